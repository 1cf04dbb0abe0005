"""Stored inputs: the bytes that jobs, quotes and plans use, stored once per account.

A file is a row, and bytes under `inputs/<its id>/`. Its owners have a use of it each: a job, a
quote or a plan, by its id. It counts against the storage quota of the account.

Every transaction that adds a file or drops a use first locks the account's row of the quota
(`lock_shelf`). So equal bytes find each other, and a file is not deleted while another request
takes it.

Bytes are stored before their row, and deleted after it. A gateway that dies leaves at most bytes
without a row, or uses of an owner that was never made; `input_sweeps` drops both after an hour.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.kit.clock import HOUR
from gateway.kit.database.sessions import ConnectionLost, Database, Session, TransactionConflict
from gateway.kit.database.sql import Write, sql
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.library.quota import Quotas, lock_shelf, subtract_usage
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.base import Media, Plan
from gateway.storage.base import Storage

INPUTS_FOLDER = "inputs"
OWNER_PREFIXES = ("job_", "quote_")  # of their uses; the studio sweeps those of its plans
FOLDER_PREFIXES = ("input_", *OWNER_PREFIXES)  # of folders; older releases kept one an owner
FILE_KEY = re.compile(rf"{INPUTS_FOLDER}/(input_[0-9A-Z]{{26}})/0")

SELECT_KNOWN_FILES = sql(
    """
    SELECT f.sha256, f.id FROM {rows} JOIN input_file AS f
      ON f.account_id = given.account_id AND f.sha256 = given.sha256
    """,
    account_id="int",
    sha256="text",
)
INSERT_FILES = sql(
    """
    INSERT INTO input_file (id, account_id, sha256, bytes, created_at)
    SELECT given.id, given.account_id, given.sha256, given.bytes, kt_now() FROM {rows}
    """,
    id="text",
    account_id="int",
    sha256="text",
    bytes="int",
)
INSERT_USES = sql(
    """
    INSERT INTO input_use (owner_id, file_id, created_at)
    SELECT given.owner_id, given.file_id, kt_now() FROM {rows}
    """,
    owner_id="text",
    file_id="text",
)
SELECT_USED_FILES = sql(
    """
    SELECT f.id, f.account_id, f.bytes FROM {rows}
    JOIN input_use AS u ON u.owner_id = given.owner_id
    JOIN input_file AS f ON f.id = u.file_id
    """,
    owner_id="text",
)
DELETE_USES = sql(
    "DELETE FROM input_use WHERE owner_id IN (SELECT given.owner_id FROM {rows})", owner_id="text"
)
SELECT_NEEDED_FILES = sql(
    "SELECT DISTINCT u.file_id FROM {rows} JOIN input_use AS u ON u.file_id = given.id", id="text"
)
SELECT_OLD_OWNERS = sql(
    f"""
    SELECT DISTINCT u.owner_id FROM {{rows}} JOIN input_use AS u
      ON u.created_at < kt_now() - {HOUR}
     AND substr(u.owner_id, 1, length(given.prefix)) = given.prefix
    """,  # noqa: S608 - constant
    prefix="text",
)
# Older releases kept inputs below `inputs/<owner>/`, without rows of their own.
SELECT_NEEDED_INPUTS = sql(
    """
    SELECT given.id FROM {rows}
    WHERE EXISTS (SELECT 1 FROM input_file AS f WHERE f.id = given.id)
       OR EXISTS (SELECT 1 FROM job WHERE job.id = given.id AND job.inputs_json <> '{}')
       OR EXISTS (SELECT 1 FROM quote AS q WHERE q.id = given.id AND q.stored = 1)
       OR EXISTS (SELECT 1 FROM quote_item AS i JOIN job ON job.id = i.job_id
                  WHERE i.quote_id = given.id AND job.inputs_json <> '{}')
    """,
    id="text",
)
DELETE_FILES = sql("DELETE FROM input_file WHERE id IN (SELECT given.id FROM {rows})", id="text")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A local file that was measured and is not stored yet.

    The key of its media is the one it will have, unless the account keeps the same bytes already.
    """

    media: StoredMedia
    path: Path


@dataclass(frozen=True, slots=True)
class InputFiles:
    """Stores inputs for one application."""

    database: Database
    storage: Storage
    quotas: Quotas
    ids: Ids

    def new_key(self) -> str:
        """Return a new storage key for the bytes of a file."""
        return build_file_key(self.ids.new("input"))

    async def store(
        self, owner_id: str, caller: Caller, new_files: Sequence[NewFile]
    ) -> Mapping[str, str]:
        """Store files for an owner that is about to be made; their bytes come before their rows.

        Returns: by the key of each file, the key under which its bytes are stored; another one
            if the account has the same bytes already.

        Raises:
            StorageQuotaExceeded: the account has no room for them.
            Problem: the storage is full or does not answer; nothing is kept.
        """
        if not new_files:
            return {}
        files = {each.media.facts.sha256: each for each in new_files}
        put: dict[str, str] = {}
        try:
            kept = await self._store_missing(owner_id, caller, files, put)
        except Unavailable:
            raise  # the connection broke at COMMIT: the rows may exist, and need their bytes
        except Problem:
            await delete_files(self.storage, put.values())
            raise
        await delete_files(self.storage, set(put.values()) - set(kept.values()))
        return {each.media.key: build_file_key(kept[each.media.facts.sha256]) for each in new_files}

    async def _store_missing(
        self, owner_id: str, caller: Caller, files: Mapping[str, NewFile], put: dict[str, str]
    ) -> dict[str, str]:
        """Return the file of each hash; `put` collects the files whose bytes were stored now.

        No transaction is open while bytes are stored. So what a file was known by may be gone when
        the lock is taken; then its bytes are stored too, and the transaction is tried again.
        """
        account = caller.ledger_account
        async with self.database.read() as snapshot:
            kept = await _find_known_files(snapshot, account, files)
        while True:
            for sha256 in files.keys() - kept.keys() - put.keys():
                new = files[sha256]
                put[sha256] = _parse_file_id(new.media.key)
                await self.storage.put_file(new.media.key, new.path, new.media.facts.mime_type)
            async with self.database.write() as session:
                await lock_shelf(session, account)
                kept = await _find_known_files(session, account, files)
                if files.keys() <= kept.keys() | put.keys():
                    fresh = {sha256: put[sha256] for sha256 in put.keys() - kept.keys()}
                    await self._add_rows(session, caller, files, fresh)
                    kept |= fresh
                    await session.write((INSERT_USES, [(owner_id, each) for each in kept.values()]))
                    return kept
            # A file that the snapshot found was deleted before the lock: store its bytes as well.

    async def _add_rows(
        self, session: Session, caller: Caller, files: Mapping[str, NewFile], fresh: dict[str, str]
    ) -> None:
        if not fresh:
            return
        account = caller.ledger_account
        sizes = {sha256: files[sha256].media.facts.size_bytes for sha256 in fresh}
        await self.quotas.add_usage(
            session, account, caller.book, size_bytes=sum(sizes.values()), assets=0
        )
        rows = [(file_id, account, sha256, sizes[sha256]) for sha256, file_id in fresh.items()]
        await session.write((INSERT_FILES, rows))

    async def drop(self, owner_id: str) -> None:
        """Drop the files of an owner that was not made; the sweep does it if this fails."""
        with suppress(TransactionConflict, ConnectionLost, Unavailable):
            async with self.database.read() as snapshot:
                if not await snapshot.read(SELECT_USED_FILES, [(owner_id,)]):
                    return
            await drop_files(self.database, self.storage, owner_id)


async def release_files(session: Session, owner_id: str) -> list[str]:
    """Drop an owner's uses, and the rows and quota of files that have no other owner.

    Returns: the ids of those files. The caller deletes their bytes after the commit: a rollback
        would leave rows without bytes.
    """
    accounts = {row[1] for row in await session.read(SELECT_USED_FILES, [(owner_id,)])}
    for account in sorted(accounts):  # in one order everywhere, or two of these could deadlock
        await lock_shelf(session, account)
    # Read again under the locks: while this one waited, a twin may have dropped the same uses, and
    # the quota would be given back twice.
    used = await session.read(SELECT_USED_FILES, [(owner_id,)]) if accounts else []
    if not used:
        return []
    await session.change(DELETE_USES, [(owner_id,)])
    needed = {
        row[0] for row in await session.read(SELECT_NEEDED_FILES, [(row[0],) for row in used])
    }
    gone = [row for row in used if row[0] not in needed]
    if gone:
        await session.write((DELETE_FILES, [(row[0],) for row in gone]))
    for account in {row[1] for row in gone}:
        size = sum(row[2] for row in gone if row[1] == account)
        await subtract_usage(session, account, size_bytes=size, assets=0)
    return [row[0] for row in gone]


async def drop_files(database: Database, storage: Storage, owner_id: str) -> None:
    """Drop an owner's files, and delete the bytes of those that have no other owner."""
    async with database.write() as session:
        gone = await release_files(session, owner_id)
    await delete_files(storage, gone)


async def list_stored_keys(tx: Session, owner_id: str) -> set[str]:
    """Return the storage keys of the inputs that are stored for an owner."""
    return {build_file_key(row[0]) for row in await tx.read(SELECT_USED_FILES, [(owner_id,)])}


async def list_old_owners(tx: Session, prefix: str) -> list[str]:
    """Return the owners of one kind (`job_`, `quote_` or `plan_`) with uses older than an hour."""
    return [row[0] for row in await tx.read(SELECT_OLD_OWNERS, [(prefix,)])]


async def delete_files(storage: Storage, file_ids: Iterable[str]) -> None:
    """Delete the bytes of files without a row; when storage is away, the sweep does it later."""
    for file_id in file_ids:
        try:
            await storage.delete_folder(f"{INPUTS_FOLDER}/{file_id}")
        except Unavailable:
            return


def build_file_key(file_id: str) -> str:
    """Return the storage key of a file's bytes."""
    return f"{INPUTS_FOLDER}/{file_id}/0"


def list_uses(owner_id: str, plan: Plan) -> list[tuple[str, str]]:
    """List owner and file of each stored input that a job's plan uses, for `build_use_inserts`."""
    keys = {one.key for many in plan.media.values() for one in many}
    return [(owner_id, match[1]) for key in sorted(keys) if (match := FILE_KEY.fullmatch(key))]


def build_use_inserts(uses: Sequence[tuple[str, str]]) -> Write:
    """Return the write that adds uses of files which another owner still keeps."""
    return INSERT_USES, uses


def replace_keys(media: Media, keys: Mapping[str, str]) -> Media:
    """Return media with the keys replaced that this mapping has."""
    return {
        name: [replace(one, key=keys.get(one.key, one.key)) for one in many]
        for name, many in media.items()
    }


async def _find_known_files(tx: Session, account: int, sha256s: Iterable[str]) -> dict[str, str]:
    rows = await tx.read(SELECT_KNOWN_FILES, [(account, sha256) for sha256 in sha256s])
    return {row[0]: row[1] for row in rows}


def _parse_file_id(key: str) -> str:
    return key.split("/")[1]
