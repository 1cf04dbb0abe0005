"""A worker whose own machine fails beside a healthy one: no job pays for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.disks import allow_writes, empty_disk, fill_disk, forbid_writes, mount_small_disk
from tests.fakes.comfyui import FakeComfy
from tests.gateway import (
    Client,
    picture_input,
    run_worker,
    serve_gateway,
    stop_process,
    worker_log_path,
)
from tests.services.valkey import ValkeyServer
from tests.slow_jobs import wait_until_settled
from tests.waiting import wait_for_condition
from tests.workers.comfyui.farm import ENGINES_TOML

pytestmark = pytest.mark.slow
FAILURES = {"full": (fill_disk, empty_disk), "read-only": (forbid_writes, allow_writes)}


def submit_pictures(account: Client, count: int) -> list[str]:
    """Submit so many pictures."""
    answers = [
        account.submit("image.generate", picture_input(f"fox {each}")) for each in range(count)
    ]
    return [answer.json()["jobId"] for answer in answers]


def read_log_events(log: Path) -> list[str]:
    """Return the events in a worker's log, without their times and fields."""
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def list_tries(account: Client, job_id: str) -> list[str]:
    """Return how each try of a job ended."""
    job: dict[str, Any] = account.get_job(job_id, includeDetails=1)
    return [each["outcome"] for each in job["attempts"]]


@pytest.mark.promise("jobs: sick-worker")
@pytest.mark.parametrize("failure", FAILURES)
def test_a_worker_whose_disk_fails_gives_its_jobs_to_a_healthy_one_and_heals(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer, failure: str
) -> None:
    breaks, heals = FAILURES[failure]
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        mount_small_disk(tmp_path / "disk") as disk,
        serve_gateway(tmp_path / "data", KT_WORKER_METRICS="", **settings) as gateway,
        gateway.account() as account,
        run_worker(gateway, "sick", TMPDIR=str(disk), KT_DISK_RESERVE="0"),
    ):
        log = worker_log_path(gateway, "sick")
        first = account.run_job("image.generate", picture_input())["jobId"]
        breaks(disk)
        jobs = submit_pictures(account, 9)
        wait_for_condition(
            lambda: any("this worker rests" in line for line in read_log_events(log))
        )
        assert {account.get_job(job)["status"] for job in jobs} <= {"queued", "running"}
        with run_worker(gateway, "healthy") as healthy:
            done = wait_until_settled(gateway, account, [first, *jobs])
            assert {job["status"] for job in done} == {"succeeded"}
            outcomes = [list_tries(account, job) for job in jobs]
            assert {each[-1] for each in outcomes} == {"succeeded"}
            assert {one for each in outcomes for one in each[:-1]} == {"rejected"}
            stop_process(healthy)
        heals(disk)
        assert account.run_job("image.generate", picture_input("healed"))["status"] == "succeeded"
        assert read_log_events(log)[-1] == "this worker takes jobs again"


@pytest.mark.promise("jobs: sick-worker")
def test_a_worker_with_less_than_its_reserve_of_disk_claims_nothing(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        mount_small_disk(tmp_path / "disk") as disk,
        serve_gateway(tmp_path / "data", KT_WORKER_METRICS="", **settings) as gateway,
        gateway.account() as account,
        run_worker(gateway, "sick", TMPDIR=str(disk)),
    ):
        log = worker_log_path(gateway, "sick")
        jobs = submit_pictures(account, 3)
        wait_for_condition(
            lambda: any("this worker rests" in line for line in read_log_events(log))
        )
        with run_worker(gateway, "healthy"):
            wait_until_settled(gateway, account, jobs)
        assert [list_tries(account, job) for job in jobs] == [["succeeded"]] * 3


@pytest.mark.promise("engines: a-job-ends-once")
def test_what_a_node_made_is_fetched_by_a_worker_that_has_room_and_not_made_anew(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    engines = tmp_path / "engines.toml"
    engines.write_text(ENGINES_TOML)
    with FakeComfy(tmp_path / "comfy") as fake, mount_small_disk(tmp_path / "disk") as disk:
        settings = {
            "KT_DATABASE_URL": postgres_url,
            "KT_REDIS_URL": valkey.url,
            "KT_ENGINES_FILE": str(engines),
            "KT_COMFY_NODES": f"gpu=http://127.0.0.1:{fake.port}",
            "KT_WORKER_METRICS": "",
        }
        with (
            serve_gateway(tmp_path / "data", **settings) as gateway,
            gateway.account(mode="live") as live,
            run_worker(gateway, "sick", TMPDIR=str(disk), KT_DISK_RESERVE="0"),
        ):
            wait_for_condition(
                lambda: (
                    live.submit("image.generate", picture_input(), dry=True).json()["blockedBy"]
                    == []
                )
            )
            assert live.run_job("image.generate", picture_input())["status"] == "succeeded"
            before, log = len(fake.accepted_ids), worker_log_path(gateway, "sick")
            fill_disk(disk)
            job_id = live.submit("image.generate", picture_input("owl")).json()["jobId"]
            wait_for_condition(
                lambda: any("this worker rests" in line for line in read_log_events(log))
            )
            with run_worker(gateway, "healthy"):
                assert live.wait_for_job(job_id)["status"] == "succeeded"
            assert len(fake.accepted_ids) - before == 1
            assert list_tries(live, job_id) == ["succeeded"]
            assert gateway.list_findings() == []


def test_a_job_that_failed_in_one_worker_is_tried_by_the_other_next(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        serve_gateway(tmp_path / "data", KT_WORKER_METRICS="", **settings) as gateway,
        gateway.account() as account,
        run_worker(gateway, "one", KT_LOG_LEVEL="info"),
        run_worker(gateway, "two", KT_LOG_LEVEL="info"),
    ):
        logs = [worker_log_path(gateway, name) for name in ("one", "two")]
        wait_for_condition(
            lambda: all("the worker takes jobs" in read_log_events(log) for log in logs)
        )
        job_id = account.submit("image.generate", picture_input("[sandbox:oom]")).json()["jobId"]
        assert account.wait_for_job(job_id)["error"]["code"] == "out_of_memory"
        assert list_tries(account, job_id) == ["failed"] * 3
        for log in logs:
            assert any(
                line.startswith(f"job {job_id} attempt failed") for line in read_log_events(log)
            ), log
