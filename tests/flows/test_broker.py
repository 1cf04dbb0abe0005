"""PostgreSQL and Valkey: the broker carries hints and nothing else."""

from pathlib import Path

import pytest

from tests.gateway import Gateway, picture, serving, working
from tests.services.valkey import ValkeyServer


@pytest.mark.promise("jobs: ends-once")
def test_jobs_run_in_a_worker_process_and_outlive_the_broker(
    data_dir: Path, postgres_url: str
) -> None:
    with ValkeyServer() as valkey:
        settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
        with (
            serving(data_dir, **settings) as gateway,
            working(gateway),
            gateway.account() as account,
        ):
            job = account.made("image.generate", picture())
            assert job["status"] == "succeeded"
            assert account.http.get(job["downloadableOutputUrls"][0]).status_code == 200
            if not valkey.is_ours:
                return
            valkey.kill()
            answers = [account.post("image.generate", picture(str(each))) for each in range(3)]
            assert {answer.status_code for answer in answers} == {202}
            valkey.start()
            for answer in answers:
                assert account.ended(answer.json()["jobId"])["status"] == "succeeded"
            assert account.balance()["availableUsd"] == "4.92"
            assert gateway.findings() == []


def test_a_worker_without_a_broker_is_one_clear_line(data_dir: Path) -> None:
    done = Gateway(data_dir).command("worker")
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert "KT_REDIS_URL" in line
