"""What becomes of accepted jobs when a process dies without a word."""

from pathlib import Path
from typing import Any

import pytest

from gateway.kit.clock import SECOND
from gateway.kit.database import Database
from tests.databases import MovedClock, apart
from tests.gateway import STOP_SECONDS, Client, Gateway, picture, serving, working
from tests.services.valkey import ValkeyServer

POINTS = [
    "claim.committed",
    "engine.finished",
    "output.stored",
    "settle.in_transaction",
    "settle.committed",
]


def submitted(account: Client, seconds: int, count: int) -> list[str]:
    """Submit slow pictures under the keys "0", "1" and so on."""
    answers = [
        account.post("image.generate", picture(f"{key} [sandbox:slow={seconds}]"), key=str(key))
        for key in range(count)
    ]
    assert {answer.status_code for answer in answers} == {202}
    return [answer.json()["jobId"] for answer in answers]


def settled(gateway: Gateway, account: Client, jobs: list[str]) -> list[dict[str, Any]]:
    """Return the jobs when all have ended, after a look at every micro-dollar."""
    ended = [account.ended(job) for job in jobs]
    charged = sum(job["billing"]["chargedMicrousd"] for job in ended)
    for job in ended:
        succeeded = job["status"] == "succeeded"
        assert job["billing"]["chargedMicrousd"] == (20_000 if succeeded else 0)
        assert job["billing"]["state"] == ("captured" if succeeded else "released")
    balance = account.balance()
    assert balance["heldMicrousd"] == 0
    assert balance["availableMicrousd"] == 5_000_000 - charged
    assert gateway.findings() == []
    return ended


@pytest.mark.promise("jobs: kill-9")
@pytest.mark.promise("jobs: ends-once")
def test_a_gateway_killed_in_the_middle_finishes_its_jobs_after_a_restart(data_dir: Path) -> None:
    with serving(data_dir) as gateway, gateway.account() as account:
        jobs = submitted(account, 2, 6)
        account.until(jobs[0], "running")
        gateway.kill()
        gateway.start()
        assert submitted(account, 2, 6) == jobs
        ended = settled(gateway, account, jobs)
        assert {job["status"] for job in ended} == {"succeeded"}
        assert {len(job["outputs"]) for job in ended} == {1}
        lost = [each["outcome"] for job in ended for each in job["attempts"]]
        assert "lost" in lost
        for job in ended:
            assert account.http.get(job["downloadableOutputUrls"][0]).status_code == 200


@pytest.mark.promise("jobs: ends-once")
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_point_of_a_job_ends_it_once(data_dir: Path, point: str) -> None:
    with serving(data_dir, KT_CRASH_AT=f"{point}:1") as gateway, gateway.account() as account:
        job = account.post("image.generate", picture(), key="once").json()["jobId"]
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        (ended,) = settled(gateway, account, [job])
        assert ended["status"] == "succeeded"
        outputs = list((data_dir / "files" / "outputs").rglob("*.png"))
        assert len(outputs) == (2 if point in {"output.stored", "settle.in_transaction"} else 1)


@pytest.mark.promise("jobs: ends-once")
def test_jobs_of_a_killed_worker_go_to_another_when_its_leases_end(
    data_dir: Path, postgres_url: str, valkey: ValkeyServer, clock: MovedClock
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with serving(data_dir, **settings) as gateway, gateway.account() as account:
        with working(gateway) as worker:
            jobs = submitted(account, 2, 6)
            account.until(jobs[0], "running")
            worker.kill()
            worker.wait(STOP_SECONDS)
        with working(gateway):
            apart(a_minute_passes(postgres_url, clock))
            ended = settled(gateway, account, jobs)
        assert {job["status"] for job in ended} == {"succeeded"}
        assert "lost" in [each["outcome"] for each in ended[0]["attempts"]]


async def a_minute_passes(url: str, clock: MovedClock) -> None:
    """Move the clock of the database, so that no test waits for the end of a lease."""
    database = Database(url, clock)
    await clock.forward(database, 61 * SECOND)
    await database.close()
