"""The port to stored bytes; keys are made by the server, never from a user's text."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.kit.disk import is_disk_full
from gateway.kit.errors import NotFound, StorageFull, Unavailable

KEY_PATTERN = re.compile(r"(?!.*/\.)[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9._-]+)*", re.ASCII)
MAX_KEY_CHARACTERS = 512
PAGE_OBJECTS = 1_000


class KeyMissing(NotFound):
    """These bytes are not stored, or no longer."""


class StorageUnavailable(Unavailable):
    """The storage of this gateway cannot be reached right now."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A stored key as a listing shows it; `modified_at` is in microseconds since 1970."""

    key: str
    size_bytes: int
    modified_at: int


class Storage(Protocol):
    """The port: bytes under keys. They are durable once `put_file` or `copy` has returned.

    All methods raise `ValueError` for a malformed key and `StorageUnavailable` when the storage
    itself is away; reads raise `KeyMissing`, writes `StorageFull`.
    """

    async def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a copy of this file, in one piece or not at all."""
        ...

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Return the bytes from `start` up to, not with, `end`, in pieces."""
        ...

    async def get_size(self, key: str) -> int:
        """Return how many bytes are stored."""
        ...

    async def fetch_to(self, key: str, path: Path) -> None:
        """Write the stored bytes to this file."""
        ...

    def find_file(self, key: str) -> Path | None:
        """Return the file in which these bytes lie, to be read only; it may be gone.

        None if they lie in no file of this machine.
        """
        ...

    async def copy(self, source: str, key: str) -> None:
        """Store the bytes of one key under another too, in one piece or not at all."""
        ...

    async def delete(self, key: str) -> None:
        """Delete these bytes; it is no error if they are not there."""
        ...

    async def delete_folder(self, prefix: str) -> None:
        """Delete all keys in this folder (`job_1` holds `job_1/a`, not `job_12/a`)."""
        ...

    async def list_folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below this one."""
        ...

    async def list_objects(self, after: str, limit: int) -> list[StoredObject]:
        """Return at most `limit` stored keys behind the key `after`, in the storage's own order.

        `after` is empty, or the last key of the page before; an empty page is the end.
        """
        ...

    def presigned_url(
        self, key: str, method: str, seconds: int, content_type: str, disposition: str
    ) -> str | None:
        """Return a URL of the storage itself that serves these bytes for `seconds`.

        None if the storage has no such URLs: then the gateway serves the bytes.
        """
        ...

    async def check(self) -> None:
        """Check that the storage can be used; raise if it cannot."""
        ...


async def stream_objects(storage: Storage) -> AsyncIterator[StoredObject]:
    """Yield every stored key, in the storage's own order."""
    after = ""
    while page := await storage.list_objects(after, PAGE_OBJECTS):
        for stored in page:
            yield stored
        after = page[-1].key


def is_key(text: str) -> bool:
    """Return True if a text is a relative path of plain ASCII names."""
    return len(text) <= MAX_KEY_CHARACTERS and KEY_PATTERN.fullmatch(text) is not None


def check_key(key: str) -> str:
    """Check a key; return it unchanged.

    Raises:
        ValueError: it is not a relative path of plain ASCII names.
    """
    if not is_key(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def to_storage_error(error: OSError, key: str) -> KeyMissing | StorageFull | StorageUnavailable:
    """Turn a failed system call into an error of the port."""
    if isinstance(error, FileNotFoundError):
        return KeyMissing(f"Nothing is stored under {key}.")
    return StorageFull() if is_disk_full(error) else StorageUnavailable()
