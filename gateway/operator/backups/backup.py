"""The making of a backup, while gateways and workers serve."""

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gateway import migrations
from gateway.configuration.secrets_file import SECRET_SETTINGS, parse_secret_pairs
from gateway.configuration.settings import Settings
from gateway.kit import audit_log
from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.database.sessions import Database, Session
from gateway.kit.release import VERSION
from gateway.media.oversight.named_files import load_named_sizes
from gateway.migrations.compatibility import SchemaFit
from gateway.operator.acts import OperatorOrder
from gateway.operator.backups.backup_folder import (
    DATABASE_FILES,
    FORMAT,
    Backup,
    BackupFolder,
    BackupRefused,
    Manifest,
    hash_file,
)
from gateway.operator.backups.database_copies import (
    DatabaseSnapshot,
    copy_database,
    open_plain_database,
    read_database,
)
from gateway.operator.backups.file_copies import CopiedFiles, FileCopier, find_known
from gateway.operator.gateway_location import load_existing_settings
from gateway.storage import find_storage_folder, storage_from_url
from gateway.storage.local import LocalStorage

ACTION = "backup.create"
FINGERPRINT_DIGITS = 8


async def create_backup(
    order: OperatorOrder, target: Path, *, keep: int = 0, programs_folder: Path | None = None
) -> Mapping[str, object]:
    """Add a backup to a folder of backups, and return what it holds.

    With `keep` only so many backups are left. A new file that is missing in the storage, or has
    other bytes than its row says, does not stop the backup: it is listed. So is an older
    backup whose manifest or list of files was changed.

    The schema stays as it is: the backup before an upgrade must not upgrade.

    Raises:
        BackupRefused: the folder is in use by something else or cannot be written, a program of
            PostgreSQL is missing, or the schema is not of this program.
    """
    if not isinstance(order.where, Path | None):
        raise TypeError("a backup is made by command, not by a serving gateway")
    settings = load_existing_settings(order.where)
    _require_folder_apart(settings, target)
    folder = BackupFolder(target)
    folder.require_own_files()
    with _refuse_failed_copies(target):
        async with open_plain_database(settings.database_url) as database:
            await _require_usable_schema(database)
            if order.dry_run:
                return await _preview_backup(database, folder)
            with folder.lock() as kept:
                backup, manifest, copied = await _write_backup(
                    settings, database, folder, kept, programs_folder
                )
                dropped = folder.drop_old_backups(keep) if keep else []
                damaged_backups = folder.list_damaged_backups()
            await _record(order, database, backup, manifest)
    return {
        **describe_backup(backup),
        "folder": str(backup.folder),
        "copiedFiles": copied.copied,
        "copiedBytes": copied.copied_bytes,
        "dropped": dropped,
        "damagedBackups": damaged_backups,
    }


@contextmanager
def _refuse_failed_copies(target: Path) -> Iterator[None]:
    """Refuse the backup when the disk or SQLite fails in the block.

    Raises:
        BackupRefused: a file cannot be written, or the database cannot be copied.
    """
    try:
        yield
    except OSError as error:
        where = error.filename or target
        raise BackupRefused(f"cannot write to {where}: {error.strerror}") from error
    except sqlite3.Error as error:  # a full disk, as SQLite's own copy reports it
        raise BackupRefused(f"cannot copy the database: {error}") from error


async def _require_usable_schema(database: Database) -> None:
    fit = await migrations.get_schema_fit(database)
    if fit is SchemaFit.MISSING:
        raise BackupRefused("the database has no tables of this program")
    if not fit.is_usable:
        raise BackupRefused(
            f"the schema is {fit.value.replace('_', ' ')} for this program: "
            "back up with the program that serves it"
        )


def _require_folder_apart(settings: Settings, target: Path) -> None:
    """Check that no backup can be mistaken for what the gateway itself keeps, or drop it later.

    Raises:
        BackupRefused: the folder is, holds or lies in the gateway's data folder or storage.
    """
    ours = target.resolve()
    for place in (settings.data_dir, find_storage_folder(settings.storage_url)):
        if place is None:
            continue
        theirs = place.resolve()
        if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
            raise BackupRefused(
                f"{target} is not apart from {place}, where the gateway keeps its own: "
                "give a folder beside it"
            )


def describe_backup(backup: Backup) -> Mapping[str, object]:
    """Return what a backup holds, and what it lacks."""
    manifest = backup.manifest
    return {
        "backup": backup.name,
        "takenAt": manifest.takenAt,
        "program": manifest.program,
        "schema": manifest.schema,
        "database": manifest.database["kind"],
        "tableRows": sum(manifest.tables.values()),
        "files": manifest.files["count"],
        "bytes": manifest.files["bytes"],
        "deletedMeanwhile": manifest.deletedMeanwhile,
        "lost": manifest.lost,
        "damaged": manifest.damaged,
    }


async def find_last_backup(snapshot: Session) -> str | None:
    """Return when the newest backup was finished, as the audit log says; None without one."""
    return to_iso_or_none(await audit_log.find_last_time(snapshot, ACTION))


async def _preview_backup(database: Database, folder: BackupFolder) -> Mapping[str, object]:
    snapshot = await read_database(database)
    known = folder.read_newest_entries()
    new = [each for each in snapshot.files if find_known(folder.files, known, each) is None]
    return {
        "dryRun": True,
        "database": database.url.get_backend_name(),
        "tableRows": sum(snapshot.tables.values()),
        "files": len(snapshot.files),
        "newFiles": len(new),
        "newBytes": sum(each.size_bytes or 0 for each in new),
        "damagedBackups": folder.list_damaged_backups(),
    }


async def _write_backup(
    settings: Settings,
    database: Database,
    folder: BackupFolder,
    kept: LocalStorage,
    programs_folder: Path | None,
) -> tuple[Backup, Manifest, CopiedFiles]:
    backup = folder.begin(datetime.now(UTC))
    dump = backup.folder / DATABASE_FILES[database.url.get_backend_name()]
    taken_at = to_iso(database.clock.now())
    snapshot = await copy_database(database, dump, programs_folder)
    storage = storage_from_url(settings.storage_url)
    copier = FileCopier(storage, kept, folder.files, folder.read_newest_entries())
    copied = await copier.copy_files(snapshot.files)
    manifest = await _build_manifest(settings, database, backup, snapshot, copied, taken_at)
    return folder.finish(backup, manifest), manifest, copied


async def _build_manifest(
    settings: Settings,
    database: Database,
    backup: Backup,
    snapshot: DatabaseSnapshot,
    copied: CopiedFiles,
    taken_at: str,
) -> Manifest:
    kind = database.url.get_backend_name()
    dump = backup.folder / DATABASE_FILES[kind]
    # A file that rows still name is lost; one that no row names any more was deleted as usual.
    missing = set(copied.missing)
    lost = missing & (await load_named_sizes(database)).keys() if missing else set()
    return Manifest(
        format=FORMAT,
        program=VERSION,
        schema=snapshot.schema.revision,
        oldestCode=snapshot.schema.oldest_code,
        takenAt=taken_at,
        database={"kind": kind, "bytes": dump.stat().st_size, "sha256": hash_file(dump)},
        tables=snapshot.tables,
        files=backup.write_entries(copied.entries),
        secrets=build_fingerprints(settings),
        deletedMeanwhile=sorted(missing - lost),
        lost=sorted(lost),
        damaged=sorted(copied.damaged),
    )


def build_fingerprints(settings: Settings) -> Mapping[str, Mapping[str, str]]:
    """Return eight digits of an HMAC under each secret, by setting and by its id.

    They show if a place has the secrets of a backup, and are too short to give anything away that
    the hashes of keys in the same database do not.
    """
    prints: dict[str, Mapping[str, str]] = {}
    for name in SECRET_SETTINGS:
        value = getattr(settings, name)
        pairs = parse_secret_pairs(value) if value.get_secret_value() else {}
        prints[name] = {
            each: hmac.new(secret, b"killatamata backup", hashlib.sha256).hexdigest()[
                :FINGERPRINT_DIGITS
            ]
            for each, secret in pairs.items()
        }
    return prints


async def _record(
    order: OperatorOrder, database: Database, backup: Backup, manifest: Manifest
) -> None:
    """Add the backup to the audit log, from which `admin status` knows the newest one."""
    after = {
        "files": manifest.files["count"],
        "missing": len(manifest.lost),
        "sha256": hash_file(backup.folder / "manifest.json"),
        "reason": order.reason,
    }
    async with database.write() as session:
        await audit_log.record(session, order.actor, ACTION, backup.name, after=after)
