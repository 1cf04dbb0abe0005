"""Copies of stored files: from the storage into a folder of backups, and back."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from gateway.library.kinds import EXTENSIONS
from gateway.library.named_files import NamedFile
from gateway.operator.backups.backup_folder import BackupRefused, FileEntry, hash_file
from gateway.storage.base import KeyMissing, Storage, check_key, stream_objects
from gateway.storage.local import LocalStorage

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 8
MIME_TYPES = {extension: mime_type for mime_type, extension in EXTENSIONS.items()}


@dataclass(slots=True)
class CopiedFiles:
    """The outcome of copying: the files that the backup has, and what was not as the rows say."""

    entries: list[FileEntry] = field(default_factory=list)
    copied: int = 0
    copied_bytes: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileCopier:
    """Copies files of a storage that the folder of backups has not; keys never change their bytes.

    `kept` is the storage in the folder `root`; `known` are the files of the newest backup.
    """

    storage: Storage
    kept: LocalStorage
    root: Path
    known: Mapping[str, FileEntry]

    async def copy_files(self, named: Iterable[NamedFile]) -> CopiedFiles:
        """Copy files; those that are in the folder already are not read again."""
        copied = CopiedFiles()
        async for file, entry, is_new in _do_at_once(self._copy_file, named):
            if entry is None:
                copied.missing.append(file.key)
                continue
            copied.entries.append(entry)
            copied.copied += is_new
            copied.copied_bytes += entry.bytes if is_new else 0
            if file.sha256 not in {None, entry.sha256}:
                copied.damaged.append(file.key)
        return copied

    async def _copy_file(self, file: NamedFile) -> tuple[NamedFile, FileEntry | None, bool]:
        if (entry := find_known(self.root, self.known, file)) is not None:
            return file, entry, False
        path = self.kept.find_file(file.key)
        if path.is_file():  # of a backup that broke off, before its list was written
            entry = await asyncio.to_thread(_measure, file.key, path)
            if file.sha256 == entry.sha256:
                return file, entry, False
        try:
            await self._fetch(file.key)
        except KeyMissing:
            return file, None, False
        return file, await asyncio.to_thread(_measure, file.key, path), True

    async def _fetch(self, key: str) -> None:
        if (source := self.storage.find_file(key)) is not None:
            await self.kept.put_file(key, source, "")
            return
        with tempfile.TemporaryDirectory(prefix="kt-backup-") as folder:
            await self.storage.fetch_to(key, path := Path(folder, "file"))
            await self.kept.put_file(key, path, "")


def find_known(root: Path, known: Mapping[str, FileEntry], file: NamedFile) -> FileEntry | None:
    """Return the entry of a file that a backup has already, with its bytes in the folder `root`."""
    entry = known.get(file.key)
    if entry is None or file.sha256 not in {None, entry.sha256}:
        return None
    path = root / file.key
    return entry if path.is_file() and path.stat().st_size == entry.bytes else None


async def check_files(folder: Path, entries: Iterable[FileEntry]) -> list[str]:
    """Return the keys of files that a folder of backups lacks, or holds with other bytes."""

    async def check(entry: FileEntry) -> tuple[str, bool]:
        path = folder / check_key(entry.key)
        whole = path.is_file() and path.stat().st_size == entry.bytes
        return entry.key, whole and await asyncio.to_thread(hash_file, path) == entry.sha256

    return [key async for key, is_whole in _do_at_once(check, entries) if not is_whole]


async def put_files(folder: Path, entries: Iterable[FileEntry], storage: Storage) -> int:
    """Put the files of a backup into a storage; return how many.

    Raises:
        BackupRefused: a file of the backup has other bytes than its list says.
    """

    async def put(entry: FileEntry) -> None:
        path = folder / check_key(entry.key)
        if not path.is_file() or await asyncio.to_thread(hash_file, path) != entry.sha256:
            raise BackupRefused(f"the backup's file {entry.key} is missing or damaged")
        extension = entry.key.rpartition(".")[2]
        mime_type = MIME_TYPES.get(extension, "application/octet-stream")
        await storage.put_file(entry.key, path, mime_type)

    return len([None async for _ in _do_at_once(put, entries)])


async def require_empty_storage(storage: Storage, entries: Iterable[FileEntry]) -> None:
    """Check that a storage holds nothing but files of this backup, which a broken try left.

    Raises:
        BackupRefused: it holds another file.
    """
    known = {entry.key: entry.bytes for entry in entries}
    async for stored in stream_objects(storage):
        if known.get(stored.key) != stored.size_bytes:
            raise BackupRefused(
                f"the storage is not empty: it holds {stored.key}. A backup is only restored "
                "into an empty one; if the files are still there, use --only database"
            )


async def _do_at_once(work: Callable[[T], Awaitable[R]], items: Iterable[T]) -> AsyncIterator[R]:
    """Yield the result of the work for each item, in order; a few are under way at once."""
    rest = iter(items)
    while batch := [*islice(rest, AT_ONCE)]:
        results: Sequence[R] = await asyncio.gather(*(work(each) for each in batch))
        for result in results:
            yield result


def _measure(key: str, path: Path) -> FileEntry:
    return FileEntry(key, path.stat().st_size, hash_file(path))
