"""A worker that stood still past its lease, and wakes beside the one that took its job."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.fakes.comfyui import FakeComfy
from tests.waiting import await_condition
from tests.workers.comfyui.farm import Farm, serve_farm

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def wait_until_running(client: Farm, job_id: str, attempt: int) -> None:
    async def running() -> bool:
        job = await client.get_job(job_id)
        states = [state for _, state, _ in await client.list_attempts(job_id)]
        return (job["attempt"], states[-1:]) == (attempt, ["running"])

    await await_condition(running)


async def test_who_lost_its_lease_leaves_the_run_on_the_node_to_who_took_the_job(
    tmp_path: Path, fake: FakeComfy
) -> None:
    fake.set_sample_seconds(4.0)
    async with serve_farm(tmp_path, gpu=fake) as client:
        await client.wait_until_able("gpu")
        job_id = await client.submit_picture("taken")
        await wait_until_running(client, job_id, 1)
        async with client.application.database.write() as session:
            await session.execute(text("UPDATE job SET lease_expires_at = 0"))
        await wait_until_running(client, job_id, 2)
        job = await client.wait_for_end(job_id)
        assert (job["status"], job["attempt"]) == ("succeeded", 2), job
        assert await client.list_attempts(job_id) == [("gpu", "succeeded", None)]
        assert len(fake.accepted_ids) == 1
        assert await client.get_spent_microusd() == 20_000
