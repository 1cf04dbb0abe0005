"""Files that no row names go when they are old; what a row names stays, whatever happens."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.telemetry import metrics
from gateway.library.preview_files import build_drawn_key, build_preview_key
from gateway.media.oversight.named_files import stream_named_files
from gateway.media.sweeps import orphan_sweeps
from gateway.media.sweeps.orphan_sweeps import FEW_FILES, OrphanSweeps, TooManyOrphans, list_orphans
from gateway.storage import StorageUnavailable, StoredObject
from gateway.storage.local import LocalStorage
from tests.databases import MovedClock
from tests.rows import insert_row

pytestmark = pytest.mark.anyio
DAYS = 7


class Folder:
    """A folder of files whose age the test chooses; `keys` are those it has put there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.storage = LocalStorage(root)

    def put(self, key: str, age_days: float) -> str:
        """Put a file of this age."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"pixels")
        moment = time.time() - age_days * 86_400
        os.utime(path, (moment, moment))
        return key

    def list_keys(self) -> set[str]:
        """Return the keys of all files."""
        return {
            each.relative_to(self.root).as_posix()
            for each in self.root.rglob("*")
            if each.is_file()
        }


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "store")


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three files, so that a handful of files fills several."""
    monkeypatch.setattr(orphan_sweeps, "PAGE_FILES", 3)


@pytest.fixture
async def old_account(database: Database, ids: Ids) -> None:
    """An account that makes the database old enough to delete files."""
    async with database.write() as session:
        await insert_row(session, "account", id=ids.new("acct"), created_at=1)


async def sweep_round(sweeps: OrphanSweeps) -> None:
    """Sweep pages until the sweep rests."""
    sweeps._rests_until = 0
    for _ in range(1_000):
        await sweeps.sweep_page()
        if sweeps._rests_until:
            return
    raise AssertionError("the sweep never rests")


async def add_named_files(database: Database, folder: Folder, ids: Ids, age: float) -> set[str]:
    """Add rows of each kind with all files that they name; return the keys."""
    job, open_job, asset, file = ids.new("job"), ids.new("job"), ids.new("ast"), ids.new("input")
    picture, kept = f"outputs/{job}/2/0.png", f"assets/{asset}/1.png"
    async with database.write() as session:
        await insert_row(session, "job", id=job, state="succeeded", hold_id=job, price_microusd=1)
        await insert_row(
            session, "job", id=open_job, state="running", hold_id=open_job, price_microusd=1
        )
        await insert_row(
            session,
            "job_output",
            job_id=job,
            index=0,
            key=picture,
            poster_key=f"outputs/{job}/2/0-poster.webp",
            previews="256,512",
            size_bytes=6,
        )
        project = ids.new("proj")
        await insert_row(session, "project", id=project)
        await insert_row(session, "asset", id=asset, project_id=project, kind="image", key=kept)
        await insert_row(session, "input_file", id=file, sha256=file, bytes=6)
    async with database.read() as snapshot:
        named = {each.key async for each in stream_named_files(snapshot)}
    ours = {each for each in named if job in each or asset in each or file in each}
    assert len(ours) == 6
    assert build_preview_key(picture, 256) in ours
    unlisted = {build_drawn_key(picture, "card"), f"outputs/{open_job}/1/0.png"}
    return {folder.put(key, age) for key in ours | unlisted}


def add_orphans(folder: Folder, ids: Ids, job: str, age: float) -> set[str]:
    """Add files of each kind that no row names; return the keys."""
    return {
        folder.put(f"outputs/{ids.new('job')}/1/0.png", age),
        folder.put(f"outputs/{job}/1/0.png", age),  # of a lost claim
        folder.put(f"assets/{ids.new('ast')}/1.png", age),
        folder.put(f"inputs/{ids.new('input')}/0", age),
        folder.put(f"inputs/{ids.new('quote')}/1/0.png", age),  # as older releases stored them
    }


@pytest.mark.promise("operations: orphans-go")
@pytest.mark.parametrize("seed", range(2))
async def test_only_old_files_that_no_row_names_are_deleted_and_a_crash_changes_nothing(
    database: Database,
    old_account: None,
    folder: Folder,
    ids: Ids,
    small_pages: None,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    named: set[str] = set()
    for _ in range(3):
        named |= await add_named_files(database, folder, ids, age=100 * chance.random())
    jobs = sorted(key.split("/")[1] for key in named if key.endswith("-poster.webp"))
    first, second = chance.sample(jobs, 2)  # in one folder the old would replace the young
    young = add_orphans(folder, ids, first, age=(DAYS - 0.1) * chance.random())
    old = add_orphans(folder, Ids(), second, age=DAYS + 1 + chance.random())
    foreign = {folder.put("not-ours/0.png", 100), folder.put("inputs/plan_old/0/0.png", 100)}
    delete, rest = folder.storage.delete, chance.randrange(len(old))

    async def crash(key: str) -> None:
        nonlocal rest
        if rest == 0:
            raise StorageUnavailable
        rest -= 1
        await delete(key)

    monkeypatch.setattr(folder.storage, "delete", crash)
    with pytest.raises(StorageUnavailable):
        await sweep_round(OrphanSweeps(database, folder.storage, DAYS))
    young -= old  # of the same lost claim
    assert folder.list_keys() >= named | young | foreign
    monkeypatch.setattr(folder.storage, "delete", delete)
    # The process died; another begins at the front.
    await sweep_round(OrphanSweeps(database, folder.storage, DAYS))
    assert folder.list_keys() == named | young | foreign
    listed = {each.file.key for each in await list_orphans(database, folder.storage, 0)}
    assert listed == young


@pytest.mark.parametrize("days", [DAYS, 0])
async def test_the_bytes_of_a_purged_asset_that_a_crash_left_go_after_an_hour(
    database: Database, folder: Folder, ids: Ids, days: int
) -> None:
    asset, project = ids.new("ast"), ids.new("proj")
    async with database.write() as session:
        await insert_row(session, "project", id=project)
        await insert_row(
            session, "asset", id=asset, project_id=project, kind="image", purged_at=1, archived_at=1
        )
    young = folder.put(f"assets/{asset}/2.png", 0)
    folder.put(f"assets/{asset}/1.png", 0.05)
    await sweep_round(OrphanSweeps(database, folder.storage, days))
    assert folder.list_keys() == {young}


@pytest.mark.promise("operations: orphans-go")
async def test_after_a_restore_from_an_older_backup_newer_files_stay_for_days(
    database: Database, old_account: None, folder: Folder, ids: Ids, clock: MovedClock
) -> None:
    made_since = add_orphans(folder, ids, ids.new("job"), age=30)
    async with database.write() as session:
        actor = Actor(kind="operator", id="root")
        await audit_log.record(session, actor, orphan_sweeps.RESTORE_ACTION, "20261129T031500Z")
    sweeps = OrphanSweeps(database, folder.storage, DAYS)
    await sweep_round(sweeps)
    assert folder.list_keys() == made_since
    await clock.advance(database, (DAYS - 1) * DAY)
    await sweep_round(sweeps)
    assert folder.list_keys() == made_since
    await clock.advance(database, 2 * DAY)
    await sweep_round(sweeps)
    assert folder.list_keys() == set()


def add_jobs_files(folder: Folder, ids: Ids, count: int) -> list[str]:
    """Add old outputs of jobs that this database does not know."""
    return [folder.put(f"outputs/{ids.new('job')}/1/0.png", 30) for _ in range(count)]


@pytest.mark.promise("operations: orphans-go")
async def test_a_new_database_deletes_no_file_until_its_first_account_is_days_old(
    database: Database, folder: Folder, ids: Ids, clock: MovedClock
) -> None:
    files = {*add_jobs_files(folder, ids, FEW_FILES)}
    sweeps = OrphanSweeps(database, folder.storage, DAYS)
    for _ in range(2):
        await sweep_round(sweeps)
        assert folder.list_keys() == files
        await clock.advance(database, (DAYS + 1) * DAY)
    async with database.write() as session:
        await insert_row(session, "account", id=ids.new("acct"), created_at=clock.now())
    await sweep_round(sweeps)
    assert folder.list_keys() == files
    await clock.advance(database, (DAYS + 1) * DAY)
    await sweep_round(sweeps)
    assert folder.list_keys() == set()


@pytest.mark.promise("operations: orphans-go")
async def test_a_database_that_names_few_of_the_old_files_deletes_none_and_says_so(
    database: Database, old_account: None, folder: Folder, ids: Ids
) -> None:
    named = await add_named_files(database, folder, ids, age=30)
    young = {folder.put(f"outputs/{ids.new('job')}/1/0.png", 1) for _ in range(100)}
    lost = add_jobs_files(folder, ids, FEW_FILES + 1)
    sweeps = OrphanSweeps(database, folder.storage, DAYS)
    with pytest.raises(TooManyOrphans, match=r"no row names 11 of 19 old files"):
        await sweep_round(sweeps)
    assert folder.list_keys() == named | young | {*lost}
    # The operator has looked, and deletes enough of them; or brings the right database back.
    (folder.root / lost[0]).unlink()
    await sweep_round(sweeps)
    assert folder.list_keys() == named | young


async def test_a_few_orphans_among_many_named_files_go_at_once(
    database: Database, old_account: None, folder: Folder, ids: Ids
) -> None:
    named: set[str] = set()
    for _ in range(2):
        named |= await add_named_files(database, folder, ids, age=30)
    add_jobs_files(folder, ids, FEW_FILES + 1)
    await sweep_round(OrphanSweeps(database, folder.storage, DAYS))
    assert folder.list_keys() == named


async def test_deleted_files_are_counted_by_kind_and_days_of_zero_keep_all(
    database: Database, old_account: None, folder: Folder, ids: Ids
) -> None:
    orphans = add_orphans(folder, ids, ids.new("job"), age=3_000)
    await sweep_round(OrphanSweeps(database, folder.storage, 0))
    assert folder.list_keys() == orphans
    count = metrics.ORPHANS_DELETED.labels("output")._value.get
    before = count()
    await sweep_round(OrphanSweeps(database, folder.storage, DAYS))
    assert count() == before + 2


async def test_the_sweep_rests_for_an_hour_after_the_last_page(
    database: Database, folder: Folder, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = count_listings(folder.storage, monkeypatch)
    sweeps = OrphanSweeps(database, folder.storage, DAYS)
    for _ in range(5):
        await sweeps.sweep_page()
    assert pages() == 1
    await clock.advance(database, 3_601 * SECOND)
    await sweeps.sweep_page()
    assert pages() == 2


def count_listings(storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count how often a storage is listed."""
    calls: list[str] = []
    whole = storage.list_objects

    async def list_objects(after: str, limit: int) -> list[StoredObject]:
        calls.append(after)
        return await whole(after, limit)

    monkeypatch.setattr(storage, "list_objects", list_objects)
    return lambda: len(calls)
