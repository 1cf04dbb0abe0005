"""Servers that lie: nobody is charged, nothing of theirs is followed, nothing of them is shown."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.openai import FakeUpstream
from tests.workers.comfyui.farm import wait_until
from tests.workers.openai.servers import ServerFarm, serve_server, start_stand_in

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
LIES = ["paths", "link", "redirect", "flood", "garbage", "not_media", "empty", "fail"]


@pytest.fixture(scope="module")
async def farm(
    anyio_backend: str,  # noqa: ARG001 - the scope of the loop
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[ServerFarm]:
    with start_stand_in("sglang") as server:
        async with serve_server(tmp_path_factory.mktemp("farm"), server, "sglang") as client:
            yield client


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_free_and_leads_nowhere(farm: ServerFarm, lie: str) -> None:
    with start_stand_in("openai") as other:
        farm.server.faults.elsewhere = f"{other.root}/v1/models"
        setattr(farm.server.faults, lie, 9)
        job = await farm.make_job()
        setattr(farm.server.faults, lie, 0)
        assert job["status"] == "failed", job
        assert other.calls == []
        assert await farm.farm.get_spent_microusd() == 0
        for trace in (farm.server.root, other.root, "/sgl-workspace", "html"):
            assert trace not in str(job)


async def test_what_a_prompt_shows_may_be_refused_by_the_server(farm: ServerFarm) -> None:
    farm.server.faults.content = 1
    job = await farm.make_job()
    assert (job["status"], job["error"]["code"]) == ("failed", "content_rejected"), job
    assert await farm.farm.get_spent_microusd() == 0


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_gets_the_job_again_and_no_attempt_is_used(
    farm: ServerFarm, status: int
) -> None:
    before = await farm.farm.get_spent_microusd()
    farm.server.faults.refuse, farm.server.faults.refuse_status = 1, status
    job = await farm.make_job()
    assert job["status"] == "succeeded", job
    spent = await farm.farm.get_spent_microusd() - before
    assert spent == job["billing"]["chargedMicrousd"]


@pytest.mark.parametrize(("status", "reason"), [(401, "unauthorized"), (402, "unpaid")])
async def test_a_server_that_wants_a_key_or_money_gets_no_work_and_no_user_is_told(
    tmp_path: Path, status: int, reason: str
) -> None:
    with start_stand_in("openai") as server:
        async with serve_server(tmp_path, server, "openai") as farm:
            server.faults.refuse, server.faults.refuse_status = 1, status
            job_id = await farm.farm.submit_picture()
            assert await wait_for_reason(farm, server) == reason
            job = await farm.farm.get_job(job_id)
            assert job["status"] == "queued"
            assert "402" not in str(job)


async def wait_for_reason(farm: ServerFarm, server: FakeUpstream) -> str | None:
    async def is_off() -> bool:
        return bool(server.paid_calls) and (await farm.farm.get_node("srv")).off_reason is not None

    await wait_until(is_off)
    return (await farm.farm.get_node("srv")).off_reason
