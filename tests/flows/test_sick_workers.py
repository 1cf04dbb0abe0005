"""A worker whose own machine fails beside a healthy one: no job pays for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.disks import allow_writes, empty, fill, forbid_writes, small_disk
from tests.fakes.comfyui import FakeComfy
from tests.flows.test_chaos_services import eventually
from tests.gateway import Client, ended, picture, serving, worker_log, working
from tests.services.valkey import ValkeyServer
from tests.settled import settled
from tests.workers.comfyui.farm import ENGINES_TOML

pytestmark = pytest.mark.slow
FAILURES = {"full": (fill, empty), "read-only": (forbid_writes, allow_writes)}


def submitted(account: Client, count: int) -> list[str]:
    """Submit so many pictures."""
    answers = [account.post("image.generate", picture(f"fox {each}")) for each in range(count)]
    return [answer.json()["jobId"] for answer in answers]


def lines(log: Path) -> list[str]:
    """Return the events in a worker's log, without their times and fields."""
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def tries(account: Client, job_id: str) -> list[str]:
    """Return how each try of a job ended."""
    job: dict[str, Any] = account.job(job_id, includeDetails=1)
    return [each["outcome"] for each in job["attempts"]]


@pytest.mark.promise("jobs: sick-worker")
@pytest.mark.parametrize("failure", FAILURES)
def test_a_worker_whose_disk_fails_gives_its_jobs_to_a_healthy_one_and_heals(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer, failure: str
) -> None:
    breaks, heals = FAILURES[failure]
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        small_disk(tmp_path / "disk") as disk,
        serving(tmp_path / "data", KT_WORKER_METRICS="", **settings) as gateway,
        gateway.account() as account,
        working(gateway, "sick", TMPDIR=str(disk), KT_DISK_RESERVE="0"),
    ):
        log = worker_log(gateway, "sick")
        first = account.made("image.generate", picture())["jobId"]
        breaks(disk)
        jobs = submitted(account, 9)
        eventually(lambda: any("this worker rests" in line for line in lines(log)))
        assert {account.job(job)["status"] for job in jobs} <= {"queued", "running"}
        with working(gateway, "healthy") as healthy:
            done = settled(gateway, account, [first, *jobs])
            assert {job["status"] for job in done} == {"succeeded"}
            outcomes = [tries(account, job) for job in jobs]
            assert {each[-1] for each in outcomes} == {"succeeded"}
            assert {one for each in outcomes for one in each[:-1]} == {"rejected"}
            ended(healthy)
        heals(disk)
        assert account.made("image.generate", picture("healed"))["status"] == "succeeded"
        assert lines(log)[-1] == "this worker takes jobs again"


@pytest.mark.promise("jobs: sick-worker")
def test_a_worker_with_less_than_its_reserve_of_disk_claims_nothing(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        small_disk(tmp_path / "disk") as disk,
        serving(tmp_path / "data", KT_WORKER_METRICS="", **settings) as gateway,
        gateway.account() as account,
        working(gateway, "sick", TMPDIR=str(disk)),
    ):
        log = worker_log(gateway, "sick")
        jobs = submitted(account, 3)
        eventually(lambda: any("this worker rests" in line for line in lines(log)))
        with working(gateway, "healthy"):
            settled(gateway, account, jobs)
        assert [tries(account, job) for job in jobs] == [["succeeded"]] * 3


@pytest.mark.promise("engines: a-job-ends-once")
def test_what_a_node_made_is_fetched_by_a_worker_that_has_room_and_not_made_anew(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    engines = tmp_path / "engines.toml"
    engines.write_text(ENGINES_TOML)
    with FakeComfy(tmp_path / "comfy") as fake, small_disk(tmp_path / "disk") as disk:
        settings = {
            "KT_DATABASE_URL": postgres_url,
            "KT_REDIS_URL": valkey.url,
            "KT_ENGINES_FILE": str(engines),
            "KT_COMFY_NODES": f"gpu=http://127.0.0.1:{fake.port}",
            "KT_WORKER_METRICS": "",
        }
        with (
            serving(tmp_path / "data", **settings) as gateway,
            gateway.account(mode="live") as live,
            working(gateway, "sick", TMPDIR=str(disk), KT_DISK_RESERVE="0"),
        ):
            eventually(
                lambda: live.post("image.generate", picture(), dry=True).json()["blockedBy"] == []
            )
            assert live.made("image.generate", picture())["status"] == "succeeded"
            before, log = len(fake.accepted), worker_log(gateway, "sick")
            fill(disk)
            job_id = live.post("image.generate", picture("owl")).json()["jobId"]
            eventually(lambda: any("this worker rests" in line for line in lines(log)))
            with working(gateway, "healthy"):
                assert live.ended(job_id)["status"] == "succeeded"
            assert len(fake.accepted) - before == 1
            assert tries(live, job_id) == ["succeeded"]
            assert gateway.findings() == []


def test_a_job_that_failed_in_one_worker_is_tried_by_the_other_next(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with (
        serving(tmp_path / "data", KT_WORKER_METRICS="", **settings) as gateway,
        gateway.account() as account,
        working(gateway, "one", KT_LOG_LEVEL="info"),
        working(gateway, "two", KT_LOG_LEVEL="info"),
    ):
        logs = [worker_log(gateway, name) for name in ("one", "two")]
        eventually(lambda: all("the worker takes jobs" in lines(log) for log in logs))
        job_id = account.post("image.generate", picture("[sandbox:oom]")).json()["jobId"]
        assert account.ended(job_id)["error"]["code"] == "out_of_memory"
        assert tries(account, job_id) == ["failed"] * 3
        for log in logs:
            assert any(line.startswith(f"job {job_id} attempt failed") for line in lines(log)), log
