"""The fair queue, seen from outside: nobody starves, and nobody has more than his slots."""

import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.flows.plans import ended, prepared, step
from tests.gateway import Client, inline, picture, problem, serving
from tests.media.made_media import write_film

JOBS = "/api/v1/media/jobs"
ONE_TURN = {"KT_WORKER_THREADS": "1", "KT_MAX_QUEUED_JOBS": "2", "KT_LIVE_ENABLED": "1"}
SLOW_FILM = {"prompt": "a fox [sandbox:slow=120]", "width": 256, "height": 256, "durationFrames": 9}


def count(client: Client, status: str) -> int:
    return len(client.http.get(JOBS, params={"status": status, "limit": 100}).json()["data"])


@pytest.mark.promise("jobs: fair-queue")
def test_one_job_is_not_starved_by_a_hundred(data_dir: Path) -> None:
    with (
        serving(data_dir, KT_WORKER_THREADS="1", KT_QUEUED_JOBS="101") as gateway,
        gateway.account() as crowd,
        gateway.account() as single,
    ):
        first = crowd.post("image.generate", picture("[sandbox:slow=60]")).json()["jobId"]
        crowd.until(first, "running")
        theirs = [
            crowd.post("image.generate", picture(f"{each} [sandbox:slow=60]")).json()["jobId"]
            for each in range(100)
        ]
        mine = single.post("image.generate", picture()).json()["jobId"]
        assert single.job(mine)["queuePosition"] == 1
        assert [crowd.job(theirs[each])["queuePosition"] for each in (0, 1, 99)] == [2, 3, 101]
        crowd.cancel(first)
        assert single.ended(mine)["status"] == "succeeded"
        assert count(crowd, "queued") >= 99
        assert crowd.until(theirs[0], "running")["queuePosition"] is None


@pytest.mark.promise("jobs: fair-queue")
def test_an_account_has_its_running_jobs_and_no_more(data_dir: Path) -> None:
    with (
        serving(data_dir, KT_WORKER_THREADS="8") as gateway,
        gateway.account() as crowd,
        gateway.account() as single,
    ):
        jobs = [
            crowd.post("image.generate", picture(f"{each} [sandbox:slow=60]")).json()["jobId"]
            for each in range(7)
        ]
        for job_id in jobs[:4]:
            crowd.until(job_id, "running")
        other = single.post("image.generate", picture("[sandbox:slow=60]")).json()["jobId"]
        single.until(other, "running")
        assert (count(crowd, "running"), count(crowd, "queued")) == (4, 3)
        began = time.monotonic()
        crowd.cancel(jobs[0])
        crowd.until(jobs[4], "running")
        assert time.monotonic() - began < 15
        assert (count(crowd, "running"), count(crowd, "queued")) == (4, 2)


@pytest.mark.promise("jobs: fair-queue")
def test_play_money_films_hold_up_no_picture_and_no_live_work(
    data_dir: Path, tmp_path: Path
) -> None:
    clip = inline("video/mp4", write_film(tmp_path / "clip.mp4").read_bytes())
    with (
        serving(data_dir, **ONE_TURN) as gateway,
        gateway.account() as crowd,
        gateway.account() as single,
        gateway.account(mode="live") as live,
    ):
        films = [crowd.post("video.generate", SLOW_FILM).json()["jobId"] for _ in range(2)]
        crowd.until(films[0], "running")
        assert single.made("image.generate", picture())["status"] == "succeeded"
        films.append(crowd.post("video.generate", SLOW_FILM).json()["jobId"])
        until_full(single)
        paid = step("video.combine", {"videos": [clip, clip]})
        assert live.made(paid["operation"], paid["input"])["status"] == "succeeded"
        plan = prepared(live, paid)
        with gateway.browser(live.account_id) as person:
            approve(person, plan)
        assert ended(live, plan)["outcome"] == "succeeded"
        assert [crowd.job(each)["status"] for each in films] == ["running", "queued", "queued"]


def approve(person: httpx2.Client, plan: dict[str, Any]) -> None:
    """Approve a plan of one step on its page."""
    given = {"planHash": plan["planHash"], "shownUsd": plan["totalUsd"], "decision": "approve"}
    checked = {f"step.{plan['steps'][0]['stepId']}": "on"}
    assert person.post(f"/plans/{plan['planId']}", data=given | checked).status_code == 303


def until_full(client: Client) -> None:
    """Submit until the queue of the test book is full."""
    deadline = time.monotonic() + 15
    while (answer := client.post("image.generate", picture())).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    problem(answer, 503, "queue_full")


def test_the_catalogue_says_how_busy_a_task_is(data_dir: Path) -> None:
    with serving(data_dir, KT_WORKER_THREADS="1") as gateway, gateway.account() as account:
        with gateway.account(mode="live") as live:
            assert capacity(account, "image.generate") == {
                "state": "available",
                "modes": {"live": "none", "test": "available"},
                "queuedJobs": 0,
                "estimatedStartSeconds": 0,
            }
            problem(live.post("image.generate", picture()), 503, "no_capacity")
        assert capacity(account, "video.combine")["modes"]["live"] == "available"
        assert capacity(account, "audio.generate")["state"] == "available"
        for each in range(3):
            account.post("image.generate", picture(f"{each} [sandbox:slow=60]"))
        deadline = time.monotonic() + 10
        while (found := capacity(account, "image.edit"))["queuedJobs"] != 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (found["state"], found["estimatedStartSeconds"]) == ("busy", None)
        assert capacity(account, "video.generate")["state"] == "available"


def capacity(client: Client, task: str) -> dict[str, Any]:
    answer = client.http.get("/api/v1/media/tasks", params={"task": task})
    found: dict[str, Any] = answer.json()["data"][0]["capacity"]
    return found
