"""A film that is enlarged in segments has an id for each on its node: the newest holds the slot."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import pytest

from gateway.kit.database.sessions import Database
from gateway.media.jobs.claims import ClaimedJob
from tests.waiting import await_condition
from tests.workers.scripted import ScriptedEngine
from tests.workers.studio import PICTURE_INPUT, PipelineStudio
from workers.engines.base import Absent, Poll, RenderPlan, Running
from workers.jobs.endings import AttemptEndings
from workers.jobs.job_run import JobRun
from workers.jobs.machine import Machine
from workers.jobs.run_clock import RunClock
from workers.pipelines.attempt import render_plan

pytestmark = pytest.mark.anyio


class Holding(ScriptedEngine):
    """Knows one id, which it does not let go of."""

    known: UUID

    async def poll(self, attempt: UUID, _handle: str | None = None) -> Poll:
        return Running() if attempt == self.known else Absent()


async def test_a_slot_is_taken_until_the_node_has_let_go_of_the_segment_that_runs(
    tmp_path: Path,
) -> None:
    engine = Holding([Absent()])
    engine.known = uuid4()
    work = PipelineStudio(engine, tmp_path).prepare_work("image.generate", PICTURE_INPUT)
    plan = RenderPlan(task="image.generate", effective_input=PICTURE_INPUT)
    sending = asyncio.create_task(render_plan(work, plan, engine.known))
    await await_condition(lambda: bool(engine.calls))
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    endings = AttemptEndings(cast("Database", None), cast("Machine", None))
    claimed = ClaimedJob("job_1", 1, 1, "video.upscale", {}, {}, 60)
    run = JobRun(
        claimed=claimed, attempt=work.attempt, is_adopted=False, engine=engine, clock=RunClock(),
        sent_ids=work.sent_ids,
    )  # fmt: skip
    assert not await endings.wait_until_let_go(run, 0)
    engine.known = uuid4()
    assert await endings.wait_until_let_go(run, 0)
