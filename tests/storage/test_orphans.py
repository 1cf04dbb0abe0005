"""Input bytes that nobody owns go; those of a job or of a quote stay."""

from pathlib import Path

import pytest

from gateway.kit.clock import HOUR, MINUTE
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.library.quota import get_usage
from gateway.media.sweeps.input_sweeps import InputSweeps
from gateway.media.sweeps.orphan_sweeps import list_orphans
from gateway.storage import Storage
from gateway.storage.base import KeyMissing
from tests.rows import insert_row

pytestmark = pytest.mark.anyio


@pytest.mark.promise("jobs: refused-leaves-nothing")
async def test_only_inputs_without_an_owner_are_orphans(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    ids = Ids()
    kinds = ("job", "quote", "input")
    job, quote, file = (ids.new(kind) for kind in kinds)
    lost = {ids.new(kind) for kind in kinds}
    owners = [job, quote, file, *lost, "not-ours"]
    (tmp_path / "bytes").write_bytes(b"pixels")
    for owner in owners:
        for name in ("0.png", "1/0.png"):
            await storage.put_file(f"inputs/{owner}/{name}", tmp_path / "bytes", "image/png")
    await storage.put_file(f"outputs/{job}/0.png", tmp_path / "bytes", "image/png")
    async with database.write() as session:
        await insert_row(
            session, "job", id=job, state="queued", price_microusd=1, inputs_json='{"a":[]}'
        )
        await insert_row(session, "quote", id=quote, stored=1)
        await insert_row(session, "input_file", id=file, bytes=6)
    orphans = await list_orphans(database, storage, least_age=0)
    found = {each.file.key.split("/")[1] for each in orphans if each.kind == "input"}
    assert found & {*owners} == lost  # of a bucket that other tests use too
    assert f"outputs/{job}/0.png" not in {each.file.key for each in orphans}


@pytest.mark.promise("jobs: refused-leaves-nothing")
async def test_inputs_whose_job_never_came_are_no_longer_counted(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    lost, kept = Ids().new("job"), Ids().new("job")
    (tmp_path / "bytes").write_bytes(b"pixels")
    names = {owner: Ids().new("input") for owner in (lost, kept)}
    earlier = database.clock.now() - HOUR - MINUTE
    async with database.write() as session:
        await insert_row(session, "shelf", account_id=1, bytes=12)
        await insert_row(
            session, "job", id=kept, state="queued", price_microusd=1, inputs_json='{"a":[]}'
        )
        for owner, name in names.items():
            await storage.put_file(f"inputs/{name}/0", tmp_path / "bytes", "image/png")
            await insert_row(session, "input_file", id=name, account_id=1, sha256=name, bytes=6)
            await insert_row(session, "input_use", owner_id=owner, file_id=name, created_at=earlier)
    await InputSweeps(database, storage).drop_inputs_of_no_owner()
    async with database.read() as snapshot:
        assert (await get_usage(snapshot, 1)).bytes == 6
    assert await storage.get_size(f"inputs/{names[kept]}/0") == 6
    with pytest.raises(KeyMissing):
        await storage.get_size(f"inputs/{names[lost]}/0")
