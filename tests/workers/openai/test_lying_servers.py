"""Servers that lie: nobody is charged, nothing of theirs is followed, nothing of them is shown."""

from pathlib import Path

import pytest

from tests.waiting import await_condition
from tests.workers.openai.servers import PICTURE, ServerFarm, serve_server, start_stand_in

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
LIES = ["paths", "link", "flood", "garbage", "not_media", "empty"]


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_free_and_leads_nowhere(tmp_path: Path, lie: str) -> None:
    with start_stand_in("sglang") as server, start_stand_in("openai") as other:
        async with serve_server(tmp_path, server, "sglang") as farm:
            server.faults.elsewhere = f"{other.root}/v1/models"
            setattr(server.faults, lie, 9)
            job = await farm.make_job()
            assert (job["status"], job["error"]["code"]) == ("failed", "output_invalid"), job
            assert other.calls == []
            assert await farm.farm.get_spent_microusd() == 0
            for trace in (server.root, other.root, "/sgl-workspace", "html"):
                assert trace not in str(job)


async def test_a_redirect_is_not_followed_and_takes_the_task_from_the_server(
    tmp_path: Path,
) -> None:
    with start_stand_in("sglang") as server, start_stand_in("openai") as other:
        async with serve_server(tmp_path, server, "sglang") as farm:
            server.faults.elsewhere = f"{other.root}/v1/models"
            server.faults.redirect = 9
            await farm.farm.submit_picture()

            async def is_withdrawn() -> bool:
                return "302" in (await farm.farm.get_node("srv")).able_json

            await await_condition(is_withdrawn)
            assert (other.calls, len(server.paid_calls)) == ([], 1)


async def test_what_a_prompt_shows_may_be_refused_by_the_server(tmp_path: Path) -> None:
    with start_stand_in("openai") as server:
        async with serve_server(tmp_path, server, "openai") as farm:
            server.faults.content = 1
            job = await farm.make_job()
            assert (job["status"], job["error"]["code"]) == ("failed", "content_rejected"), job
            assert await farm.farm.get_spent_microusd() == 0
            server.faults.bad_request = 1
            job = await farm.make_job()
            assert (job["status"], job["error"]["code"]) == ("failed", "engine_failed"), job
            assert len(server.paid_calls) == 2
            assert await farm.farm.get_spent_microusd() == 0


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_gets_the_job_again_and_no_attempt_is_used(
    tmp_path: Path, status: int
) -> None:
    with start_stand_in("dynamo") as server:
        async with serve_server(tmp_path, server, "dynamo") as farm:
            server.faults.refuse, server.faults.refuse_status = 1, status
            job = await farm.make_job()
            assert job["status"] == "succeeded", job
            states = [(state, cost) for state, _, cost in await farm.list_costs(job)]
            assert states == [("rejected", "none"), ("succeeded", "expected")]
            assert await farm.farm.get_spent_microusd() == job["billing"]["chargedMicrousd"]


@pytest.mark.parametrize(
    ("dialect", "fault", "reason"),
    [
        ("localai", "refuse", "unauthorized"),
        ("localai", "unpaid", "unpaid"),
        ("openai", "unpaid", "unpaid"),
    ],
)
async def test_a_server_that_wants_a_key_or_money_gets_no_work_and_no_user_is_told(
    tmp_path: Path, dialect: str, fault: str, reason: str
) -> None:
    with start_stand_in(dialect) as server:
        async with serve_server(tmp_path, server, dialect) as farm:
            server.faults.refuse_status = 401
            setattr(server.faults, fault, 9)
            answer = await farm.farm.post_job("image.generate", PICTURE)
            await wait_until_off(farm, reason)
            job = await farm.farm.get_job(answer.json()["jobId"])
            assert (job["status"], len(server.paid_calls)) == ("queued", 1)
            assert not {"402", "quota", "credit.", "Unauthorized"} & set(str(job).split())


async def wait_until_off(farm: ServerFarm, reason: str) -> None:
    async def is_off() -> bool:
        return (await farm.farm.get_node("srv")).off_reason == reason

    await await_condition(is_off)
