from pathlib import Path

import pytest

from tests.fakes.comfyui import FakeComfy
from tests.workers.comfyui.farm import farm

pytestmark = pytest.mark.anyio


@pytest.mark.promise("engines: live-jobs-on-nodes")
async def test_a_live_job_runs_on_a_node_and_is_charged_once(
    tmp_path: Path, fake: FakeComfy
) -> None:
    async with farm(tmp_path, gpu=fake) as client:
        await client.able()
        job = await client.made(count=2)
        assert job["status"] == "succeeded", job
        assert (job["upstream"]["engine"], job["upstream"]["node"]) == ("comfyui", "gpu")
        assert len(job["outputs"]) == 2
        assert await client.spent() == job["billing"]["chargedMicrousd"] == 40_000
        assert fake.url not in str(job)
