"""A worker that stood still past its lease, and wakes beside the one that took its job."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.fakes.comfyui import FakeComfy
from tests.workers.comfyui.farm import Farm, farm, until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def running_since(client: Farm, job_id: str, attempt: int) -> None:
    async def running() -> bool:
        job = await client.job(job_id)
        states = [state for _, state, _ in await client.attempts(job_id)]
        return (job["attempt"], states[-1:]) == (attempt, ["running"])

    await until(running)


async def test_who_lost_its_lease_leaves_the_run_on_the_node_to_who_took_the_job(
    tmp_path: Path, fake: FakeComfy
) -> None:
    fake.slow(4.0)
    async with farm(tmp_path, gpu=fake) as client:
        await client.able("gpu")
        job_id = await client.submit("taken")
        await running_since(client, job_id, 1)
        async with client.application.database.write() as session:
            await session.execute(text("UPDATE job SET lease_expires_at = 0"))
        await running_since(client, job_id, 2)
        job = await client.ended(job_id)
        assert (job["status"], job["attempt"]) == ("succeeded", 2), job
        assert await client.attempts(job_id) == [("gpu", "succeeded", None)]
        assert len(fake.accepted) == 1
        assert await client.spent() == 20_000
