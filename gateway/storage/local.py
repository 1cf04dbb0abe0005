"""Storage in a folder of this machine; a write survives power loss once it has returned."""

import asyncio
import errno
import logging
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from gateway.kit.disk import sync_to_disk
from gateway.storage.base import StoredObject, check_key, is_key, to_storage_error

CHUNK_BYTES = 256 * 1024
TEMP_FOLDER = ".tmp"
TEMP_LIFETIME_SECONDS = 3600
log = logging.getLogger("gateway.storage")


class LocalStorage:
    """Bytes as files under one folder.

    Files are written in `.tmp` and moved to their place when they are whole. What a crash left in
    `.tmp` is deleted at a start, when it is an hour old.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temp = root / TEMP_FOLDER
        self._is_open = False

    def open_root(self) -> None:
        """Create the folder; without this the first write does."""
        try:
            self._open_root()
        except OSError as error:  # a network share that is away; the next write tries again
            log.warning("storage in %s is away: %s", self._root, error.strerror)

    async def put_file(self, key: str, path: Path, content_type: str) -> None:  # noqa: ARG002
        """Store a copy of this file; the content type is known to the caller's row."""
        target = self._root / check_key(key)
        with _storage_errors(key):
            await asyncio.to_thread(self._put_copy, target, path)

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Return the bytes from `start` up to, not with, `end`, in pieces."""
        size = await self.get_size(key)
        return self._read_pieces(key, start, size if end is None else min(end, size))

    async def get_size(self, key: str) -> int:
        """Return how many bytes are stored."""
        with _storage_errors(key):
            return (await asyncio.to_thread((self._root / check_key(key)).stat)).st_size

    async def fetch_to(self, key: str, path: Path) -> None:
        """Write a copy of the stored bytes to this file."""
        with _storage_errors(key):
            await asyncio.to_thread(shutil.copyfile, self._root / check_key(key), path)

    def find_file(self, key: str) -> Path:
        """Return the file in which these bytes lie; it may be gone."""
        return self._root / check_key(key)

    async def copy(self, source: str, key: str) -> None:
        """Store the bytes of one key under another too, in one piece or not at all."""
        target = self._root / check_key(key)
        with _storage_errors(source):
            await asyncio.to_thread(self._put_copy, target, self._root / check_key(source))

    async def delete(self, key: str) -> None:
        """Delete these bytes; it is no error if they are not there."""
        with _storage_errors(key):
            await asyncio.to_thread((self._root / check_key(key)).unlink, missing_ok=True)

    async def delete_folder(self, prefix: str) -> None:
        """Delete all keys in this folder."""
        folder = self._root / check_key(prefix.removesuffix("/"))
        with _storage_errors(prefix):
            if await asyncio.to_thread(folder.is_dir):
                await asyncio.to_thread(shutil.rmtree, folder)

    async def list_folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below this one."""
        with _storage_errors(prefix):
            return await asyncio.to_thread(_list_folders, self._root / check_key(prefix))

    async def list_objects(self, after: str, limit: int) -> list[StoredObject]:
        """Return at most `limit` stored keys behind `after`: folder by folder, by name."""
        parts = check_key(after).split("/") if after else []
        with _storage_errors(after):
            return await asyncio.to_thread(
                lambda: [*islice(_walk_objects(self._root, "", parts), limit)]
            )

    def presigned_url(
        self,
        key: str,  # noqa: ARG002
        method: str,  # noqa: ARG002
        seconds: int,  # noqa: ARG002
        content_type: str,  # noqa: ARG002
        disposition: str,  # noqa: ARG002
    ) -> str | None:
        """Return None: the gateway's own file route serves these."""
        return None

    async def check(self) -> None:
        """Check that one byte can be written here."""
        with _storage_errors(TEMP_FOLDER):
            await asyncio.to_thread(self._write_probe)

    def _open_root(self) -> None:
        self._temp.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_leftovers(self._temp)
        self._is_open = True

    def _put_copy(self, target: Path, path: Path) -> None:
        """Copy a file to its place, in one piece or not at all.

        The order makes it durable: the file's bytes reach the disk before its name does, and the
        names of new folders before the name in them. In another order a power cut could leave an
        empty file under a key, or none after we had said that it is stored.
        """
        handle, name = self._make_temp_file()
        temp = Path(name)
        try:
            with os.fdopen(handle, "wb") as out, path.open("rb") as source:
                shutil.copyfileobj(source, out, CHUNK_BYTES)
                out.flush()
                os.fsync(out.fileno())
            _make_folder(target.parent, self._root)
            temp.replace(target)
            sync_to_disk(target.parent)
        finally:
            temp.unlink(missing_ok=True)

    def _make_temp_file(self) -> tuple[int, str]:
        """Create a file in the folder of unfinished ones.

        That folder is created once only. If it vanishes later, a share was unmounted: files written
        into the empty mount point would be hidden as soon as it is mounted again.
        """
        if not self._is_open:
            self._open_root()
        return mkstemp(dir=self._temp)

    def _write_probe(self) -> None:
        handle, name = self._make_temp_file()
        try:
            os.write(handle, b"\0")
        finally:
            os.close(handle)
            Path(name).unlink()

    async def _read_pieces(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        with _storage_errors(key):
            file = await asyncio.to_thread((self._root / key).open, "rb")
            with file:
                file.seek(start)
                while start < end:
                    piece = await asyncio.to_thread(
                        _read_piece, file, min(CHUNK_BYTES, end - start)
                    )
                    start += len(piece)
                    yield piece


def _read_piece(file: BinaryIO, count: int) -> bytes:
    piece = file.read(count)
    if not piece:
        raise OSError(errno.EIO, "the stored file became shorter")
    return piece


def _list_folders(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.is_dir()]


def _walk_objects(folder: Path, prefix: str, after: Sequence[str]) -> Iterator[StoredObject]:
    """Yield the files below a folder that come behind the path `after`, which may be gone.

    What somebody else has put there is left out: names that are no keys, folders that only their
    owner reads. One of those must not stop the listing of all others.
    """
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:  # deleted since its parent was read
        return
    except PermissionError:
        if not prefix:
            raise
        log.warning("%s cannot be read, and is left out of the listing", folder)
        return
    for entry in ordered:
        is_on_path = bool(after) and entry.name == after[0]
        if not is_key(f"{prefix}{entry.name}") or (after and entry.name < after[0]):
            continue
        if entry.is_dir(follow_symlinks=False):
            below = after[1:] if is_on_path else ()
            yield from _walk_objects(folder / entry.name, f"{prefix}{entry.name}/", below)
        elif not (is_on_path and len(after) == 1):
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue
            modified_at = status.st_mtime_ns // 1_000
            yield StoredObject(f"{prefix}{entry.name}", status.st_size, modified_at)


def _make_folder(folder: Path, root: Path) -> None:
    """Create the folder and its parents, each durable before what is in it."""
    for parent in (*reversed(folder.relative_to(root).parents), folder.relative_to(root)):
        level = root / parent
        if not level.is_dir():
            level.mkdir(mode=0o700, exist_ok=True)
            sync_to_disk(level.parent)


def _remove_leftovers(temp: Path) -> None:
    """Remove files that a crash left unfinished; younger ones may be in the hands of a process."""
    oldest = time.time() - TEMP_LIFETIME_SECONDS
    for leftover in temp.iterdir():
        try:
            if leftover.stat().st_mtime < oldest:
                leftover.unlink()
        except FileNotFoundError:
            continue


@contextmanager
def _storage_errors(key: str) -> Iterator[None]:
    """Turn a failed system call into an error of the port."""
    try:
        yield
    except OSError as error:
        raise to_storage_error(error, key) from error
