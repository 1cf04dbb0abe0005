"""The restoring of a backup into an empty place, and the check of one without a place."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from gateway import migrations
from gateway.configuration.secrets_file import SECRET_SETTINGS
from gateway.configuration.settings import SECRETS_FILE, Settings
from gateway.kit import audit_log
from gateway.kit.database.sessions import Database
from gateway.media.sweeps.orphan_sweeps import RESTORE_ACTION
from gateway.migrations.compatibility import SchemaFit, SchemaRevision, decide_fit
from gateway.operator.acts import OperatorOrder
from gateway.operator.backups.backup import build_fingerprints, describe_backup
from gateway.operator.backups.backup_folder import (
    Backup,
    BackupRefused,
    find_backup,
    hash_file,
)
from gateway.operator.backups.database_copies import (
    check_dump,
    read_database,
    read_sqlite_copy,
    require_empty_database,
    restore_database,
)
from gateway.operator.backups.file_copies import check_files, put_files, require_empty_storage
from gateway.operator.gateway_location import make_folder_private
from gateway.storage import storage_from_url

Part = Literal["database", "files"]
OTHER_SECRETS = (
    "keys, links, sessions and waiting e-mails do not work without the secrets of the backup: "
    "put them in place before the next command or gateway makes new ones"
)


async def check_backup(source: Path, programs_folder: Path | None = None) -> Mapping[str, object]:
    """Check every hash of a backup, and that its database can be read; write nothing.

    Raises:
        BackupRefused: there is no backup, or it is not as it was written.
    """
    backup = find_backup(source)
    manifest = backup.manifest
    await _check_database(backup, programs_folder)
    if wrong := await check_files(backup.files, backup.load_entries()):
        raise BackupRefused(
            f"{len(wrong)} of {manifest.files['count']} files are missing or damaged, "
            f"such as {wrong[0]}"
        )
    return describe_backup(backup)


async def restore_backup(
    order: OperatorOrder,
    source: Path,
    *,
    only: Part | None = None,
    programs_folder: Path | None = None,
) -> Mapping[str, object]:
    """Restore a backup into an empty database and storage, and return what was restored.

    Files come first and the database last, at once: a gateway finds all or nothing. A try that
    broke off before the rows were in their place is repeated. `only` restores one of the two, where
    the other has survived.

    Raises:
        BackupRefused: the place is not empty, or the backup is damaged or of a newer program.
    """
    if not isinstance(order.where, Path | None):
        raise TypeError("a backup is restored by command, not by a serving gateway")
    fields = dict(await check_backup(source, programs_folder))
    backup = find_backup(source)
    settings = _load_settings(order.where)
    storage = storage_from_url(settings.storage_url, create=False)
    entries = backup.load_entries()
    _require_known_schema(backup)
    if only != "files":
        _require_same_kind(backup, settings)
        await require_empty_database(settings.database_url)
    if only != "database":
        await require_empty_storage(storage, entries)
    secrets = _compare_secrets(backup, settings)
    fields["secrets"] = secrets
    if set(secrets.values()) != {"same"}:
        fields["warning"] = OTHER_SECRETS
    if order.dry_run:
        return {**fields, "dryRun": True}
    make_folder_private(settings.data_dir)
    if only != "database":
        await put_files(backup.files, entries, storage)
    if only != "files":
        await restore_database(
            settings.database_url,
            backup.database_file,
            lambda database: _finish_database(order, database, backup),
            programs_folder,
        )
    return {**fields, "restored": only or "database and files"}


def _load_settings(data_dir: Path | None) -> Settings:
    """Load the settings without making secrets: those of the backup's gateway are needed here."""
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    file = settings.data_dir / SECRETS_FILE
    stored = json.loads(file.read_text()) if file.is_file() else {}
    lacking = {
        name: SecretStr(stored[name])
        for name in SECRET_SETTINGS
        if name in stored and not getattr(settings, name).get_secret_value()
    }
    return settings.model_copy(update=lacking)


async def _check_database(backup: Backup, programs_folder: Path | None) -> None:
    manifest, file = backup.manifest, backup.database_file
    if not file.is_file() or hash_file(file) != manifest.database["sha256"]:
        raise BackupRefused(f"{file.name} is missing or damaged")
    if manifest.database["kind"] == "sqlite":
        snapshot = await read_sqlite_copy(file)
        if snapshot.tables != manifest.tables:
            raise BackupRefused(f"{file.name} has other rows than the manifest says")
    else:
        await check_dump("postgresql+asyncpg://", file, programs_folder)


def _require_known_schema(backup: Backup) -> None:
    schema = SchemaRevision(backup.manifest.schema, backup.manifest.oldestCode)
    if decide_fit(schema, migrations.get_own_revision()) == SchemaFit.TOO_NEW:
        raise BackupRefused(
            f"the backup is of program {backup.manifest.program}, which has a newer schema: "
            "restore it with that version"
        )


def _require_same_kind(backup: Backup, settings: Settings) -> None:
    kind = backup.manifest.database["kind"]
    if not settings.database_url.startswith(str(kind)):
        raise BackupRefused(f"the backup is of {kind}: KT_DATABASE_URL names another database")


async def _finish_database(order: OperatorOrder, database: Database, backup: Backup) -> None:
    """Record the restore, compare the restored rows with the manifest and upgrade the schema.

    The record comes first: it keeps files newer than the backup, whatever fails behind it. It can
    be written to any older schema: an operator's act fills only columns that each schema has.
    """
    manifest = backup.manifest
    try:
        async with database.write() as session:
            after = {"takenAt": manifest.takenAt, "reason": order.reason}
            await audit_log.record(session, order.actor, RESTORE_ACTION, backup.name, after=after)
        restored = dict((await read_database(database)).tables)
        restored["audit_log"] -= 1
        if restored != manifest.tables:
            raise BackupRefused("the restored database has other rows than the manifest says")
        await migrations.upgrade(database, create=False)
    except sqlite3.Error as error:
        raise BackupRefused(f"the restored database cannot be read: {error}") from error


def _compare_secrets(backup: Backup, settings: Settings) -> Mapping[str, str]:
    """Return for each secret setting if this place has what the backup's rows were made with."""
    here, there = build_fingerprints(settings), backup.manifest.secrets
    return {
        name: "missing"
        if not here[name]
        else "same"
        if there[name].items() <= here[name].items()
        else "other"
        for name in SECRET_SETTINGS
    }
