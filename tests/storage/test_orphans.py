"""Input bytes that nobody owns go; those of a job, of a quote, or of a request under way stay."""

from pathlib import Path

import pytest

from gateway.kit.clock import HOUR, MINUTE, SystemClock
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.media.input_sweeps import InputSweeps
from gateway.storage import Storage
from tests.rows import add

pytestmark = pytest.mark.anyio


class Earlier:
    """A clock that is behind."""

    def __init__(self, microseconds: int) -> None:
        self.behind = microseconds

    def now(self) -> int:
        return SystemClock().now() - self.behind


@pytest.mark.promise("jobs: refused-leaves-nothing")
async def test_only_old_inputs_without_an_owner_are_swept(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    old, young = Ids(Earlier(HOUR + MINUTE)), Ids(Earlier(HOUR - MINUTE))
    job, quote, orphan, lost_quote = (old.new(kind) for kind in ("job", "quote", "job", "quote"))
    owners = [job, quote, orphan, lost_quote, young.new("job"), "not-ours"]
    (tmp_path / "bytes").write_bytes(b"pixels")
    for owner in owners:
        for name in ("0.png", "1/0.png"):
            await storage.put_file(f"inputs/{owner}/{name}", tmp_path / "bytes", "image/png")
    await storage.put_file(f"outputs/{orphan}/0.png", tmp_path / "bytes", "image/png")
    async with database.write() as session:
        await add(session, "job", id=job, state="queued", price_microusd=1)
        await add(session, "quote", id=quote)
    await InputSweeps(database, storage).orphans()
    left = set(await storage.folders("inputs"))  # of a bucket that other tests use too
    assert {owner for owner in owners if owner not in left} == {orphan, lost_quote}
    assert await storage.size(f"outputs/{orphan}/0.png") == 6
