"""The fair queue, seen from outside: nobody starves, and nobody has more than his slots."""

import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.flows.plan_calls import plan_step, prepare_plan, wait_for_plan
from tests.gateway import Client, assert_problem, picture_input, serve_gateway, to_data_uri
from tests.media.made_media import write_film

JOBS = "/api/v1/media/jobs"
ONE_TURN = {"KT_WORKER_THREADS": "1", "KT_MAX_QUEUED_JOBS": "2", "KT_LIVE_ENABLED": "1"}
SLOW_FILM = {"prompt": "a fox [sandbox:slow=120]", "width": 256, "height": 256, "durationFrames": 9}


def count_jobs(client: Client, status: str) -> int:
    return len(client.http.get(JOBS, params={"status": status, "limit": 100}).json()["data"])


@pytest.mark.promise("jobs: fair-queue")
def test_one_job_is_not_starved_by_a_hundred(data_dir: Path) -> None:
    with (
        serve_gateway(data_dir, KT_WORKER_THREADS="1", KT_QUEUED_JOBS="101") as gateway,
        gateway.account() as crowd,
        gateway.account() as single,
    ):
        first = crowd.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
        crowd.wait_for_status(first, "running")
        theirs = [
            crowd.submit("image.generate", picture_input(f"{each} [sandbox:slow=60]")).json()[
                "jobId"
            ]
            for each in range(100)
        ]
        mine = single.submit("image.generate", picture_input()).json()["jobId"]
        assert single.get_job(mine)["queuePosition"] == 1
        assert [crowd.get_job(theirs[each])["queuePosition"] for each in (0, 1, 99)] == [2, 3, 101]
        crowd.cancel_job(first)
        assert single.wait_for_job(mine)["status"] == "succeeded"
        assert count_jobs(crowd, "queued") >= 99
        assert crowd.wait_for_status(theirs[0], "running")["queuePosition"] is None


@pytest.mark.promise("jobs: fair-queue")
def test_an_account_has_its_running_jobs_and_no_more(data_dir: Path) -> None:
    with (
        serve_gateway(data_dir, KT_WORKER_THREADS="8") as gateway,
        gateway.account() as crowd,
        gateway.account() as single,
    ):
        jobs = [
            crowd.submit("image.generate", picture_input(f"{each} [sandbox:slow=60]")).json()[
                "jobId"
            ]
            for each in range(7)
        ]
        for job_id in jobs[:4]:
            crowd.wait_for_status(job_id, "running")
        other = single.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
        single.wait_for_status(other, "running")
        assert (count_jobs(crowd, "running"), count_jobs(crowd, "queued")) == (4, 3)
        began = time.monotonic()
        crowd.cancel_job(jobs[0])
        crowd.wait_for_status(jobs[4], "running")
        assert time.monotonic() - began < 15
        assert (count_jobs(crowd, "running"), count_jobs(crowd, "queued")) == (4, 2)


@pytest.mark.promise("jobs: fair-queue")
def test_play_money_films_hold_up_no_picture_and_no_live_work(
    data_dir: Path, tmp_path: Path
) -> None:
    clip = to_data_uri("video/mp4", write_film(tmp_path / "clip.mp4").read_bytes())
    with (
        serve_gateway(data_dir, **ONE_TURN) as gateway,
        gateway.account() as crowd,
        gateway.account() as single,
        gateway.account(mode="live") as live,
    ):
        films = [crowd.submit("video.generate", SLOW_FILM).json()["jobId"] for _ in range(2)]
        crowd.wait_for_status(films[0], "running")
        assert single.run_job("image.generate", picture_input())["status"] == "succeeded"
        films.append(crowd.submit("video.generate", SLOW_FILM).json()["jobId"])
        fill_queue(single)
        paid = plan_step("video.combine", {"videos": [clip, clip]})
        assert live.run_job(paid["operation"], paid["input"])["status"] == "succeeded"
        plan = prepare_plan(live, paid)
        with gateway.browser(live.account_id) as person:
            approve_plan(person, plan)
        assert wait_for_plan(live, plan)["outcome"] == "succeeded"
        assert [crowd.get_job(each)["status"] for each in films] == ["running", "queued", "queued"]


def approve_plan(person: httpx2.Client, plan: dict[str, Any]) -> None:
    """Approve a plan of one step on its page."""
    given = {"planHash": plan["planHash"], "shownUsd": plan["totalUsd"], "decision": "approve"}
    checked = {f"step.{plan['steps'][0]['stepId']}": "on"}
    assert person.post(f"/plans/{plan['planId']}", data=given | checked).status_code == 303


def fill_queue(client: Client) -> None:
    """Submit until the queue of the test book is full."""
    deadline = time.monotonic() + 15
    while (answer := client.submit("image.generate", picture_input())).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert_problem(answer, 503, "queue_full")


def test_the_catalogue_says_how_busy_a_task_is(data_dir: Path) -> None:
    with serve_gateway(data_dir, KT_WORKER_THREADS="1") as gateway, gateway.account() as account:
        with gateway.account(mode="live") as live:
            assert read_capacity(account, "image.generate") == {
                "state": "available",
                "modes": {"live": "none", "test": "available"},
                "queuedJobs": 0,
                "estimatedStartSeconds": 0,
            }
            assert_problem(live.submit("image.generate", picture_input()), 503, "no_capacity")
        assert read_capacity(account, "video.combine")["modes"]["live"] == "available"
        assert read_capacity(account, "audio.generate")["state"] == "available"
        for each in range(3):
            account.submit("image.generate", picture_input(f"{each} [sandbox:slow=60]"))
        deadline = time.monotonic() + 10
        while (found := read_capacity(account, "image.edit"))["queuedJobs"] != 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (found["state"], found["estimatedStartSeconds"]) == ("busy", None)
        assert read_capacity(account, "video.generate")["state"] == "available"


def read_capacity(client: Client, task: str) -> dict[str, Any]:
    answer = client.http.get("/api/v1/media/tasks", params={"task": task})
    found: dict[str, Any] = answer.json()["data"][0]["capacity"]
    return found
