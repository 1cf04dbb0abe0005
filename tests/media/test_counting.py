"""Metrics of attempts count what was committed, and nothing that was rolled back."""

import pytest

from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.telemetry.metrics import REGISTRY
from gateway.media.jobs import attempts
from gateway.media.jobs.claims import ClaimedJob
from tests.rows import insert_row

pytestmark = pytest.mark.anyio


def count_lost_attempts() -> float:
    counted = REGISTRY.get_sample_value("killatamata_job_attempts_total", {"reason": "lost"})
    return counted or 0


async def test_an_attempt_counts_once_its_end_is_committed(database: Database, ids: Ids) -> None:
    job_id = ids.new("job")
    claimed = ClaimedJob(job_id, 1, 0, "image.generate", {}, {}, 60)
    async with database.write() as session:
        await insert_row(
            session, "job", id=job_id, book="test", state="running", fence=1, price_microusd=1
        )
        await attempts.start_attempt(session, claimed)
    before = count_lost_attempts()
    with pytest.raises(LookupError):
        async with database.write() as session:
            await attempts.mark_attempt_lost(session, job_id)
            raise LookupError
    assert count_lost_attempts() == before
    for _ in range(2):
        async with database.write() as session:
            await attempts.mark_attempt_lost(session, job_id)
    assert count_lost_attempts() == before + 1
