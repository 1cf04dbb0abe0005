"""Films that have handles: a restart forgets them, SGLang's DELETE stops nothing."""

from pathlib import Path

import pytest

from tests.waiting import await_condition
from tests.workers.openai.servers import FILM, serve_server, start_stand_in

pytestmark = pytest.mark.anyio
FILMS, FILM_COST = ("video.generate",), '{ second = "0.01" }'


async def test_a_film_is_polled_fetched_and_dropped(tmp_path: Path) -> None:
    with start_stand_in("sglang", seconds=0.3) as server:
        async with serve_server(tmp_path, server, "sglang", tasks=FILMS, cost=None) as farm:
            job = await farm.make_job("video.generate")
            assert job["status"] == "succeeded", job
            fields = server.last_fields
            assert (fields["num_frames"], fields["width"], fields["fps"]) == ("9", "256", "24")
            assert not any("path" in name or "profile" in name for name in fields)
            assert "/sgl-workspace" not in str(job)
            await await_condition(lambda: not server.upstream.videos)


@pytest.mark.slow
async def test_a_canceled_film_frees_the_money_and_keeps_the_slot(tmp_path: Path) -> None:
    with start_stand_in("sglang", seconds=600) as server:
        async with serve_server(tmp_path, server, "sglang", tasks=FILMS, cost=None) as farm:
            given = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}
            answer = await farm.farm.post_job("video.generate", given)
            await await_condition(lambda: bool(server.upstream.videos))
            job_id = answer.json()["jobId"]
            canceled = await farm.farm.http.post(
                "/api/v1/media/jobs/cancel", json={"jobId": job_id}
            )
            assert canceled.json()["status"] == "canceled"
            assert await farm.farm.get_spent_microusd() == 0
            beats = len([call for call in server.calls if call.path == "/health"])
            # Two heartbeats later the worker has done with it whatever it does.
            await await_condition(
                lambda: len([one for one in server.calls if one.path == "/health"]) > beats + 1
            )
            assert not [call for call in server.calls if call.method == "DELETE"]
            assert [state for state, _, _ in await farm.list_costs({"id": job_id})] == ["canceling"]


@pytest.mark.slow
async def test_a_film_whose_id_comes_after_the_cancel_is_deleted(tmp_path: Path) -> None:
    with start_stand_in("vllm-omni", seconds=600) as server:
        async with serve_server(tmp_path, server, "vllm-omni", tasks=FILMS, cost=None) as farm:
            server.faults.late_seconds = 3
            answer = await farm.farm.post_job("video.generate", FILM)
            await await_condition(lambda: bool(server.upstream.videos))
            job_id = answer.json()["jobId"]
            await farm.farm.http.post("/api/v1/media/jobs/cancel", json={"jobId": job_id})
            await await_condition(lambda: server.upstream.stopped == 1)
            assert len(server.paid_calls) == 1


@pytest.mark.slow
async def test_a_paid_film_that_a_restart_forgot_is_not_bought_again(tmp_path: Path) -> None:
    with start_stand_in("sglang", seconds=600) as server:
        async with serve_server(tmp_path, server, "sglang", tasks=FILMS, cost=FILM_COST) as farm:
            answer = await farm.farm.post_job("video.generate", FILM)
            await await_condition(lambda: bool(server.upstream.videos))
            server.restart()
            job = await farm.farm.wait_for_end(answer.json()["jobId"])
            assert (job["status"], job["error"]["code"]) == ("failed", "worker_lost"), job
            assert await farm.list_costs(job) == [("lost", 3750, "possible")]
            assert len(server.paid_calls) == 1
            assert await farm.farm.get_spent_microusd() == 0


async def test_a_film_that_a_restart_forgot_is_made_again_and_charged_once(tmp_path: Path) -> None:
    with start_stand_in("sglang", seconds=600) as server:
        async with serve_server(tmp_path, server, "sglang", tasks=FILMS, cost=None) as farm:
            given = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}
            answer = await farm.farm.post_job("video.generate", given)
            await await_condition(lambda: bool(server.upstream.videos))
            server.seconds = 0.02
            server.restart()
            job = await farm.farm.wait_for_end(answer.json()["jobId"])
            assert job["status"] == "succeeded", job
            assert [state for state, _, _ in await farm.list_costs(job)] == ["lost", "succeeded"]
            assert await farm.farm.get_spent_microusd() == job["billing"]["chargedMicrousd"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", ["short", "redirect_content", "cut_content", "flood_content", "not_media", "fail"]
)
async def test_a_film_that_is_no_film_is_free(tmp_path: Path, fault: str) -> None:
    with start_stand_in("sglang") as server, start_stand_in("openai") as other:
        async with serve_server(tmp_path, server, "sglang", tasks=FILMS, cost=None) as farm:
            server.faults.elsewhere = f"{other.root}/v1/models"
            setattr(server.faults, fault, 9)
            job = await farm.make_job("video.generate")
            assert job["status"] == "failed", job
            assert await farm.farm.get_spent_microusd() == 0
            assert other.calls == []


@pytest.mark.slow
async def test_a_film_that_failed_on_vllm_omni_is_free(tmp_path: Path) -> None:
    """It tells of a failed film under the status of its error."""
    with start_stand_in("vllm-omni") as server:
        async with serve_server(tmp_path, server, "vllm-omni", tasks=FILMS, cost=None) as farm:
            server.faults.fail = 9
            job = await farm.make_job("video.generate")
            assert (job["status"], job["error"]["code"]) == ("failed", "engine_failed"), job
            assert "CUDA" not in str(job)
            assert await farm.farm.get_spent_microusd() == 0
