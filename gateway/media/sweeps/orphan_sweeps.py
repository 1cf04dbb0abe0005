"""Orphans: stored files that no row names, found page by page and deleted when they are old.

Bytes are stored before their row and deleted after it, or before it by a sweep that repeats. So a
crash leaves bytes, never a row without them: an upload or a copy whose transaction never came, the
outputs of a lost claim, a picture that was drawn while its file was deleted.

A file is an orphan only when it has been there for days: that is longer than any request, job or
plan may take until its row names the file. Only what lies where this program stores files is looked
at.

A database that is not the storage's own names none of its files: one that was restored from an
older backup, a new one beside old files, or that of another site. So nothing is deleted until so
many days after the last restore and after the first account, and never where most of the old files
of a page would go.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.identity.accounts.account_search import find_oldest_account_time
from gateway.kit import audit_log
from gateway.kit.clock import DAY, HOUR
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx, sql
from gateway.kit.queue import Sweep
from gateway.kit.telemetry import metrics
from gateway.library.assets import ASSETS_FOLDER
from gateway.library.named_files import SELECT_KEPT_ASSETS, SELECT_PURGED_ASSETS, list_row_files
from gateway.library.preview_files import list_drawn_keys
from gateway.media.inputs.input_files import (
    FOLDER_PREFIXES,
    INPUTS_FOLDER,
    SELECT_NEEDED_INPUTS,
)
from gateway.media.jobs.outputs import OUTPUTS_FOLDER
from gateway.storage.base import Storage, StoredObject

RESTORE_ACTION = "backup.restore"  # what the audit log calls it
PAGE_FILES, PAGE_SECONDS = 1_000, 60
ROUND_PAUSE = HOUR
FEW_FILES = 10  # of so many, most may be orphans: a site with little else
KINDS = {OUTPUTS_FOLDER: "output", ASSETS_FOLDER: "asset", INPUTS_FOLDER: "input"}

SELECT_OPEN_JOBS = sql(
    """
    SELECT job.id FROM {rows} JOIN job ON job.id = given.id AND job.state IN ('queued', 'running')
    """,
    id="text",
)
SELECT_OUTPUT_FILES = sql(
    """
    SELECT o.key, o.size_bytes, o.sha256, o.previews, o.preview_clip_key, o.poster_key
    FROM {rows} JOIN job_output AS o ON o.job_id = given.id WHERE o.deleted_at IS NULL
    """,
    id="text",
)


class TooManyOrphans(Exception):  # noqa: N818 - names what is wrong
    """The database names so few of the stored files that it may not be their own."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A stored file that no row names; `purged` if a row says that its bytes are to go."""

    file: StoredObject
    kind: str
    purged: bool = False


@dataclass(frozen=True, slots=True)
class OrphanPage:
    """One page of stored files, and the orphans among them; `last_key` is empty at the end.

    `files` are those that lie where this program stores files.
    """

    files: Sequence[StoredObject]
    orphans: Sequence[Orphan]
    last_key: str


async def find_orphans(database: Database, storage: Storage, after: str) -> OrphanPage:
    """Find the orphans, of any age, in the page of stored files behind a key.

    The storage is read first: what it lists is named by then, or was not named all the time.
    """
    files = await storage.list_objects(after, PAGE_FILES)
    by_folder: dict[str, dict[str, list[StoredObject]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        folder, _, rest = file.key.partition("/")
        by_folder[folder][rest.partition("/")[0]].append(file)
    async with database.read() as snapshot:
        orphans = [
            *await _find_outputs(snapshot, by_folder[OUTPUTS_FOLDER]),
            *await _find_assets(snapshot, by_folder[ASSETS_FOLDER]),
            *await _find_inputs(snapshot, by_folder[INPUTS_FOLDER]),
        ]
    ours = [file for file in files if file.key.partition("/")[0] in KINDS]
    return OrphanPage(ours, orphans, files[-1].key if len(files) == PAGE_FILES else "")


async def _find_outputs(tx: Tx, jobs: dict[str, list[StoredObject]]) -> list[Orphan]:
    rows = [(job_id,) for job_id in jobs]
    open_jobs = {row[0] for row in await tx.read(SELECT_OPEN_JOBS, rows)} if rows else set()
    named: set[str] = set()
    outputs = await tx.read(SELECT_OUTPUT_FILES, rows) if rows else []
    for columns in outputs:
        named.update(file.key for file in list_row_files(*columns))
        named.update(list_drawn_keys(columns[0]))
    return [
        Orphan(file, KINDS[OUTPUTS_FOLDER])
        for job_id, files in jobs.items()
        if job_id not in open_jobs
        for file in files
        if file.key not in named
    ]


async def _find_assets(tx: Tx, assets: dict[str, list[StoredObject]]) -> list[Orphan]:
    rows = [(asset_id,) for asset_id in assets]
    kept = {row[0] for row in await tx.read(SELECT_KEPT_ASSETS, rows)} if rows else set()
    purged = {row[0] for row in await tx.read(SELECT_PURGED_ASSETS, rows)} if rows else set()
    return [
        Orphan(file, KINDS[ASSETS_FOLDER], purged=asset_id in purged)
        for asset_id, files in assets.items()
        if asset_id not in kept
        for file in files
    ]


async def _find_inputs(tx: Tx, owners: dict[str, list[StoredObject]]) -> list[Orphan]:
    rows = [(owner_id,) for owner_id in owners]
    needed = {row[0] for row in await tx.read(SELECT_NEEDED_INPUTS, rows)} if rows else set()
    return [
        Orphan(file, KINDS[INPUTS_FOLDER])
        for owner_id, files in owners.items()
        if owner_id.startswith(FOLDER_PREFIXES) and owner_id not in needed
        for file in files
    ]


@dataclass(slots=True)
class OrphanSweeps:
    """The sweep of orphans that are `days` old; 0 days: only of those that a row says are to go.

    It reads one page a minute and goes on where it was; after the last page it rests for an hour.
    A new process begins at the front: a page costs one listing and a few reads.
    """

    database: Database
    storage: Storage
    days: int
    _after: str = field(default="", init=False)
    _rests_until: int = field(default=0, init=False)
    _grace_from: int = field(default=0, init=False)

    def list_sweeps(self) -> list[Sweep]:
        """Return the sweep."""
        return [Sweep("orphan files", PAGE_SECONDS, self.sweep_page)]

    async def sweep_page(self) -> None:
        """Delete the old orphans of the next page.

        Raises:
            TooManyOrphans: they are most of its old files; none was deleted.
        """
        now = self.database.clock.now()
        if now < self._rests_until:
            return
        if not self._after:
            self._grace_from = await _load_grace_start(self.database)
        page = await find_orphans(self.database, self.storage, self._after)
        for orphan in self._select_due(page, now):
            await self.storage.delete(orphan.file.key)
            metrics.ORPHANS_DELETED.labels(orphan.kind).inc()
        self._after = page.last_key
        self._rests_until = 0 if page.last_key else now + ROUND_PAUSE

    def _select_due(self, page: OrphanPage, now: int) -> list[Orphan]:
        """Return the orphans that nothing can name any more, and that nobody may want back."""
        purged = [
            each for each in page.orphans if each.purged and each.file.modified_at < now - HOUR
        ]
        if not self.days:
            return purged
        before = now - self.days * DAY
        nameless = _select_old_orphans(page, before)
        return purged + (nameless if self._grace_from < before else [])


def _select_old_orphans(page: OrphanPage, before: int) -> list[Orphan]:
    """Return the orphans of the page that are older than a time, unless they are most of it."""
    old = [each for each in page.orphans if not each.purged and each.file.modified_at < before]
    old_files = sum(file.modified_at < before for file in page.files)
    if len(old) > FEW_FILES and len(old) > old_files / 2:
        raise TooManyOrphans(
            f"no row names {len(old)} of {old_files} old files from {page.files[0].key} on: is"
            " this the database of this storage? None is deleted until most are named, or gone"
        )
    return old


async def _load_grace_start(database: Database) -> int:
    """Return when a backup was last restored into this database, or when its life began if later.

    It began with its oldest account: one without accounts begins now.
    """
    async with database.read() as snapshot:
        restored_at = await audit_log.find_last_time(snapshot, RESTORE_ACTION)
        born_at = await find_oldest_account_time(snapshot)
    return max(restored_at or 0, database.clock.now() if born_at is None else born_at)


async def list_orphans(database: Database, storage: Storage, least_age: int = HOUR) -> list[Orphan]:
    """List all orphans older than a time that no request lasts."""
    found: list[Orphan] = []
    after, before = "", database.clock.now() - least_age
    while True:
        page = await find_orphans(database, storage, after)
        found += [each for each in page.orphans if each.file.modified_at < before]
        if not page.last_key:
            return found
        after = page.last_key
