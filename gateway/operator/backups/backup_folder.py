"""The folder of backups: one folder a backup, and all their files beside each other, stored once.

20261129T031500Z/manifest.json     written last: a folder without it is no backup
20261129T031500Z/files.jsonl       key, bytes and SHA-256 of each file, one a line
20261129T031500Z/database.dump     PostgreSQL's custom format; SQLite: database.sqlite
files/…                            the files of all backups, under their storage keys
.killatamata-backups               locked by the backup that writes; the folder is ours by it
"""

import fcntl
import hashlib
import json
import re
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from gateway.kit.disk import sync_to_disk
from gateway.storage.local import LocalStorage

FORMAT = 1
FILES_FOLDER, MANIFEST, FILE_LIST, PARTIAL_SUFFIX = "files", "manifest.json", "files.jsonl", ".part"
DATABASE_FILES = {"postgresql": "database.dump", "sqlite": "database.sqlite"}
LOCK_FILE = ".killatamata-backups"
NAME = re.compile(r"\d{8}T\d{6}Z")


class BackupRefused(ValueError):  # noqa: N818 - said of a backup
    """A backup that cannot be made, read or restored; the message is one clear line."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a backup."""

    key: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The description of a backup; its checksum covers every other field.

    `schema` is the revision of the tables, and `oldestCode` that of the oldest program which works
    on them. `secrets` has a fingerprint of each secret that rows depend on, never a secret.
    `deletedMeanwhile`, `lost` and `damaged` are keys of files that earlier backups do not have:
    deleted while the backup ran, missing in the storage, and other than their rows say.
    """

    format: int
    program: str
    schema: str
    oldestCode: str  # noqa: N815 - the names of the file
    takenAt: str  # noqa: N815
    database: Mapping[str, object]
    tables: Mapping[str, int]
    files: Mapping[str, object]
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    deletedMeanwhile: list[str] = field(default_factory=list)  # noqa: N815
    lost: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    def to_text(self) -> str:
        """Return the text of `manifest.json`, with its checksum."""
        fields = asdict(self)
        return json.dumps(fields | {"checksum": _hash_fields(fields)}, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str | bytes) -> "Manifest":
        """Return the manifest of this text.

        Raises:
            BackupRefused: it is no manifest, was changed, or has another format.
        """
        try:
            fields = json.loads(text)
            checksum = fields.pop("checksum")
            is_whole = checksum == _hash_fields(fields)
        except (ValueError, AttributeError, KeyError):
            raise BackupRefused("manifest.json cannot be read") from None
        if fields.get("format") != FORMAT:
            raise BackupRefused(
                f"the backup has format {fields.get('format')}, and this program reads {FORMAT}"
            )
        if not is_whole:
            raise BackupRefused("manifest.json was changed: its checksum does not fit")
        return cls(**fields)


@dataclass(frozen=True)
class Backup:
    """One backup in a folder of backups."""

    folder: Path

    @property
    def name(self) -> str:
        """Return its name: when it was begun, in UTC."""
        return self.folder.name

    @property
    def files(self) -> Path:
        """Return the folder of the files of all backups."""
        return self.folder.parent / FILES_FOLDER

    @cached_property
    def manifest(self) -> Manifest:
        """Return its manifest.

        Raises:
            BackupRefused: it is no manifest, was changed, or has another format.
        """
        return Manifest.from_text((self.folder / MANIFEST).read_bytes())

    @property
    def database_file(self) -> Path:
        """Return the file of its database."""
        return self.folder / DATABASE_FILES[str(self.manifest.database["kind"])]

    def check_list(self) -> None:
        """Check that the list of its files is as it was written.

        Raises:
            BackupRefused: the list or the manifest is missing or was changed.
        """
        file = self.folder / FILE_LIST
        if not file.is_file() or hash_file(file) != self.manifest.files["sha256"]:
            raise BackupRefused(f"{FILE_LIST} of {self.name} is missing or not as it was written")

    def load_entries(self) -> list[FileEntry]:
        """Return its files, as its list names them.

        Raises:
            BackupRefused: the list or the manifest is missing or was changed.
        """
        self.check_list()
        with (self.folder / FILE_LIST).open() as lines:
            return [FileEntry(**json.loads(line)) for line in lines]

    def write_entries(self, entries: Iterable[FileEntry]) -> Mapping[str, object]:
        """Write the list of its files; return what the manifest says of them."""
        count, size = 0, 0
        with (self.folder / FILE_LIST).open("w") as lines:
            for entry in entries:
                lines.write(json.dumps(asdict(entry)) + "\n")
                count, size = count + 1, size + entry.bytes
        return {"count": count, "bytes": size, "sha256": hash_file(self.folder / FILE_LIST)}


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """A folder of backups."""

    root: Path

    @property
    def files(self) -> Path:
        """Return the folder of the files of all backups."""
        return self.root / FILES_FOLDER

    @contextmanager
    def lock(self) -> Iterator[LocalStorage]:
        """Keep other backups out for the block; yield the storage of the files.

        Raises:
            BackupRefused: another backup writes to this folder, or its files are not of backups.
        """
        self.require_own_files()
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.root / LOCK_FILE).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupRefused(f"another backup writes to {self.root}") from None
            for leftover in self.root.glob(f"*{PARTIAL_SUFFIX}"):
                if NAME.fullmatch(leftover.name.removesuffix(PARTIAL_SUFFIX)):
                    shutil.rmtree(leftover)
            yield LocalStorage(self.files)

    def require_own_files(self) -> None:
        """Check that the folder of files was made by backups: later they drop what none names.

        Raises:
            BackupRefused: it has files, and there is neither a finished backup nor the lock.
        """
        if (self.root / LOCK_FILE).exists() or self.list_backups():
            return
        if self.files.is_dir() and any(self.files.iterdir()):
            raise BackupRefused(
                f"{self.files} is not of backups, which would drop its files later: "
                "give another folder"
            )

    def begin(self, moment: datetime) -> Backup:
        """Create the folder of a backup that is not finished, named by the next free second."""
        while (self.root / (name := f"{moment:%Y%m%dT%H%M%SZ}")).exists():
            moment += timedelta(seconds=1)
        folder = self.root / f"{name}{PARTIAL_SUFFIX}"
        folder.mkdir(mode=0o700)
        return Backup(folder)

    def finish(self, backup: Backup, manifest: Manifest) -> Backup:
        """Write the manifest of a backup, and give the backup its name once all is on disk."""
        (backup.folder / MANIFEST).write_text(manifest.to_text())
        for file in backup.folder.iterdir():
            file.chmod(0o600)
            sync_to_disk(file)
        sync_to_disk(backup.folder)
        backup.folder.rename(final := self.root / backup.name.removesuffix(PARTIAL_SUFFIX))
        sync_to_disk(self.root)
        return Backup(final)

    def list_backups(self) -> list[Backup]:
        """List the finished backups, the oldest first."""
        if not self.root.is_dir():
            return []
        folders = sorted(each for each in self.root.iterdir() if NAME.fullmatch(each.name))
        return [Backup(each) for each in folders if (each / MANIFEST).is_file()]

    def list_damaged_backups(self) -> list[str]:
        """List the finished backups whose manifest or list of files was changed since."""
        damaged = []
        for each in self.list_backups():
            try:
                each.check_list()
            except BackupRefused:
                damaged.append(each.name)
        return damaged

    def read_newest_entries(self) -> Mapping[str, FileEntry]:
        """Return the files of the newest backup that is not damaged, by key."""
        for each in reversed(self.list_backups()):
            with suppress(BackupRefused):
                return {entry.key: entry for entry in each.load_entries()}
        return {}

    def drop_old_backups(self, keep: int) -> list[str]:
        """Drop all but the `keep` newest backups, and files that only those named.

        While one of the newest is damaged, no file is dropped: it may be one of that backup.
        """
        backups = self.list_backups()
        dropped, kept = backups[:-keep], backups[-keep:]
        for each in dropped:
            shutil.rmtree(each.folder)
        with suppress(BackupRefused):
            self._drop_files_but({entry.key for each in kept for entry in each.load_entries()})
        return [each.name for each in dropped]

    def _drop_files_but(self, keys: Container[str]) -> None:
        for file in [each for each in self.files.rglob("*") if each.is_file()]:
            key = file.relative_to(self.files).as_posix()
            if key not in keys and not key.startswith("."):
                file.unlink()


def find_backup(path: Path) -> Backup:
    """Return the backup in this folder; of a folder of backups the newest.

    Raises:
        BackupRefused: there is none.
    """
    if (path / MANIFEST).is_file():
        return Backup(path.resolve())
    backups = BackupFolder(path).list_backups()
    if not backups:
        raise BackupRefused(f"there is no finished backup in {path}")
    return Backup(backups[-1].folder.resolve())


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash_fields(fields: Mapping[str, object]) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
