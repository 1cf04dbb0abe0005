"""What is kept of an attempt on a server, so that the next worker finds it or knows it unsent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from gateway.kit.database.sessions import Database
from gateway.kit.errors import Unavailable
from gateway.kit.ids import Ids
from gateway.media.jobs import attempts
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.states import AttemptState
from gateway.media.tables import Attempt
from tests.rows import insert_row
from tests.workers.scripted import ScriptedEngine
from workers.engines.base import Running
from workers.jobs.endings import AttemptEndings
from workers.jobs.job_run import JobRun
from workers.jobs.machine import Machine
from workers.jobs.run_clock import RunClock
from workers.pipelines.base import STOP_SHUTDOWN

pytestmark = pytest.mark.anyio
NODE, URL, TASK = "omni", "http://omni:1/v1", "video.generate"


@dataclass
class ShakyDatabase:
    """A database whose next transactions fail."""

    database: Database
    failures: int = 0

    def write(self) -> Any:  # noqa: ANN401 - the context manager of the database
        if self.failures:
            self.failures -= 1
            raise Unavailable
        return self.database.write()


async def start_run(database: Database, ids: Ids) -> JobRun:
    job_id = ids.new("job")
    claimed = ClaimedJob(job_id, 1, 0, TASK, {}, {}, 60, node=NODE, url=URL, family="clips")
    async with database.write() as session:
        await insert_row(
            session,
            "job",
            id=job_id,
            book="live",
            state="running",
            fence=1,
            price_microusd=1,
            hold_id=ids.new("hold"),
        )
        started = await attempts.start_attempt(session, claimed)
    engine = ScriptedEngine([Running()])
    return JobRun(
        claimed=claimed, attempt=started.id, is_adopted=False, engine=engine, clock=RunClock()
    )


async def read_attempt(database: Database, attempt: UUID) -> tuple[str, str | None]:
    async with database.read() as snapshot:
        row = await snapshot.get(Attempt, str(attempt))
        assert row is not None
        return row.state, row.handle


async def test_a_handle_is_written_though_the_database_was_away(
    database: Database, ids: Ids, tmp_path: Path
) -> None:
    shaky = ShakyDatabase(database)
    endings = AttemptEndings(cast("Database", shaky), Machine(tmp_path, 0, alone=True))
    run = await start_run(database, ids)
    run.handles[run.attempt] = "video_1"
    shaky.failures = 1
    await endings.record_state(run, AttemptState.SUBMITTED)
    assert await read_attempt(database, run.attempt) == ("submitted", "video_1")


async def test_an_attempt_that_was_never_sent_is_not_lost_at_a_shutdown(
    database: Database, ids: Ids, tmp_path: Path
) -> None:
    endings = AttemptEndings(database, Machine(tmp_path, 0, alone=True))
    for is_sent, state in ((False, "canceled"), (True, "created")):
        run = await start_run(database, ids)
        if is_sent:
            run.sent_ids.append(run.attempt)
        await endings.stop_attempt(run, [STOP_SHUTDOWN])
        assert await read_attempt(database, run.attempt) == (state, None)
