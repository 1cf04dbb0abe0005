"""Services around the gateway that fail at the worst moment: real ones, or reached as real ones."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.databases import MovedClock, run_on_own_loop
from tests.disks import empty_disk, fill_disk, mount_small_disk
from tests.fakes.buckets import BUCKET_KEYS, serve_bucket
from tests.fault_proxy import FaultProxy
from tests.flows.process.test_crashes import advance_a_minute
from tests.gateway import assert_problem, picture_input, run_worker, serve_gateway
from tests.library.files import create_project, make_png, upload_file
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer
from tests.slow_jobs import submit_amid, submit_slow_jobs, wait_until_settled
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.slow


@pytest.mark.promise("operations: degraded")
@pytest.mark.promise("jobs: ends-once")
def test_postgresql_dies_under_load_and_no_accepted_job_is_lost(
    data_dir: Path,
    postgres: PostgresServer,
    postgres_url: str,
    valkey: ValkeyServer,
    clock: MovedClock,
) -> None:
    if not postgres.is_ours:
        pytest.skip("the server is not ours to stop")

    def dies() -> None:
        postgres.postmaster.stop("immediate")
        postgres.postmaster.start()

    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    settings |= {"KT_SUBMITS_PER_MINUTE": "100000", "KT_WORKER_METRICS": ""}
    with (
        serve_gateway(data_dir, **settings) as gateway,
        run_worker(gateway),
        gateway.account() as account,
    ):
        first = account.run_job("image.generate", picture_input())  # the worker is there
        jobs = [first["jobId"], *submit_amid(account, 12, dies)]
        assert len(set(jobs)) == 13
        run_on_own_loop(
            advance_a_minute(postgres_url, clock)
        )  # for claims of which the worker did not hear
        assert {job["status"] for job in wait_until_settled(gateway, account, jobs)} == {
            "succeeded"
        }


@pytest.mark.promise("jobs: ends-once")
def test_a_broker_that_forgets_everything_again_and_again_loses_no_job(
    data_dir: Path, postgres_url: str
) -> None:
    with ValkeyServer() as valkey, Redis.from_url(valkey.url) as broker:
        settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
        with (
            serve_gateway(data_dir, KT_WORKER_METRICS="", **settings) as gateway,
            run_worker(gateway),
            gateway.account() as account,
        ):
            jobs: list[str] = []
            for number in range(3):
                jobs += submit_slow_jobs(account, 1, 2 * number + 2)[len(jobs) :]
                broker.flushall()
            done = wait_until_settled(gateway, account, jobs)
            assert [len(job["attempts"]) for job in done] == [1] * len(jobs)
            assert {job["status"] for job in done} == {"succeeded"}


@pytest.fixture
def bucket() -> Iterator[FaultProxy]:
    """The way to a bucket `media` of a stand-in for S3."""
    with (
        serve_bucket("us-east-1") as endpoint,
        FaultProxy(int(endpoint.rpartition(":")[2])) as proxy,
    ):
        yield proxy


@pytest.mark.promise("operations: degraded")
def test_no_job_succeeds_before_its_bytes_are_stored_and_none_is_made_anew(
    data_dir: Path, bucket: FaultProxy
) -> None:
    settings = {
        "KT_STORAGE_URL": f"s3://media/kt?endpoint=http://127.0.0.1:{bucket.port}&region=us-east-1",
        **BUCKET_KEYS,
    }
    with serve_gateway(data_dir, **settings) as gateway, gateway.account() as account:
        bucket.set_fault("reset")
        job_id = account.submit("image.generate", picture_input()).json()["jobId"]
        wait_for_condition(lambda: "storage_away" in gateway.read_log())
        assert account.get_job(job_id)["status"] == "running"
        told = assert_problem(
            upload_file(account, create_project(account), "a.png", make_png()), 503, "unavailable"
        )
        assert told["retryAfterSeconds"] > 0
        assert account.get_job(job_id)["billing"]["state"] == "reserved"
        bucket.heal()
        job = account.wait_for_job(job_id)
        assert (job["status"], len(job["attempts"])) == ("succeeded", 1)
        got = account.http.get(job["downloadableOutputUrls"][0], follow_redirects=True)
        assert got.content.startswith(b"\x89PNG")
        assert account.get_balance()["availableMicrousd"] == 4_980_000
        assert gateway.list_findings() == []


@pytest.mark.promise("operations: degraded")
def test_a_disk_that_is_full_to_the_last_byte_is_507_and_heals(tmp_path: Path) -> None:
    with mount_small_disk(tmp_path / "disk") as disk:
        settings = {"KT_DISK_RESERVE": "0", "TMPDIR": str(disk), "KT_LOG_LEVEL": "info"}
        with serve_gateway(disk / "data", **settings) as gateway, gateway.account() as account:
            place = create_project(account)
            answered: set[int] = set()
            jobs: list[str] = []

            def refused() -> bool:
                fill_disk(disk)
                answer = account.submit("image.generate", picture_input())
                answered.add(answer.status_code)
                if answer.status_code == 202:  # the journal had room for it
                    jobs.append(answer.json()["jobId"])
                    return False
                assert assert_problem(answer, 507, "storage_full")["retryable"] is True
                return True

            wait_for_condition(refused)
            assert upload_file(account, place, "a.png", make_png(1024, 1024)).status_code == 507
            given = {"prompt": "x", "image": noise_picture()}
            assert account.submit("image.edit", given).status_code == 507
            assert account.http.get("/api/v1/balance").status_code == 200
            empty_disk(disk)
            last = account.run_job("image.generate", picture_input())
            assert last["status"] == "succeeded"
            for job in jobs:
                assert account.wait_for_job(job)["status"] in {"succeeded", "failed"}
            assert account.get_balance()["heldMicrousd"] == 0
            assert upload_file(account, place, "a.png", make_png()).status_code == 201
            assert gateway.list_findings() == []


def noise_picture() -> dict[str, str]:
    """Return an inline picture of noise, which no compression makes smaller."""
    return {"mimeType": "image/png", "data": base64.b64encode(make_png(1024, 1024)).decode()}
