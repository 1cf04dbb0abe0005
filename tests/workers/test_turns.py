"""How long one message may keep a worker: the limit on it must never fall into a job."""

from typing import cast

import pytest

from gateway.media.tasks.catalogue import TASKS
from workers import actors, runtime
from workers.engines.comfyui.graphs.family import MOST_PATIENCE
from workers.leases import Leases
from workers.runtime import Runtime

pytestmark = pytest.mark.anyio


async def test_a_message_brings_a_turn_of_jobs_and_not_all_that_there_ever_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def endless(_runtime: Runtime, queue: str) -> bool:
        ran.append(queue)
        return True

    ran: list[str] = []
    monkeypatch.setattr(Runtime, "run_next", endless)
    monkeypatch.setattr(runtime, "TURN_SECONDS", 0.05)
    nothing = cast("Leases", None)
    await Runtime(*[nothing] * 9).run_queue("image")  # type: ignore[arg-type]
    assert ran


def test_the_longest_job_fits_into_the_limit_of_a_message_that_takes_it_last() -> None:
    longest = max(task.run_limit_seconds for task in TASKS.values())
    needed = runtime.TURN_SECONDS + longest * MOST_PATIENCE + runtime.LET_GO_SECONDS
    assert needed < actors.TIME_LIMIT_MS / 1000
