"""Accepted jobs when a process dies by SIGKILL: each ends once and is charged at most once."""

import signal
from pathlib import Path

import pytest

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from tests.databases import MovedClock, apart
from tests.flows.plans import ended as plan_ended
from tests.flows.plans import execute, prepared, step
from tests.gateway import ended, picture, serving, working
from tests.services.valkey import ValkeyServer
from tests.settled import settled, submitted

pytestmark = pytest.mark.slow


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
        attempts = [each for job in ended for each in job["attempts"]]
        assert "lost" in [each["outcome"] for each in attempts]
        assert all(each["upstream"]["engineVersion"] for each in attempts)
        for job in ended:
            assert account.http.get(job["downloadableOutputUrls"][0]).status_code == 200


@pytest.mark.promise("jobs: ends-once")
def test_jobs_of_a_killed_worker_go_to_another_when_its_leases_end(
    data_dir: Path, postgres_url: str, valkey: ValkeyServer, clock: MovedClock
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
    with serving(data_dir, **settings) as gateway, gateway.account() as account:
        with working(gateway) as worker:
            jobs = submitted(account, 2, 6)
            account.until(jobs[0], "running")
            ended(worker, signal.SIGKILL)
        with working(gateway):
            apart(a_minute_passes(postgres_url, clock))
            done = settled(gateway, account, jobs)
        assert {job["status"] for job in done} == {"succeeded"}
        assert "lost" in [each["outcome"] for each in done[0]["attempts"]]


async def a_minute_passes(url: str, clock: MovedClock) -> None:
    """Move the clock of the database, so that no test waits for the end of a lease."""
    database = Database(url, clock)
    await clock.forward(database, 61 * SECOND)
    await database.close()


@pytest.mark.promise("plans: charged-what-succeeded")
def test_a_gateway_killed_in_mid_plan_lets_the_plan_end_after_a_restart(data_dir: Path) -> None:
    with serving(data_dir) as gateway, gateway.account() as account:
        names = ("one", "two [sandbox:slow=3]", "three [sandbox:slow=3]", "four", "five")
        plan = prepared(account, *(step("image.generate", picture(name)) for name in names))
        jobs = execute(account, plan).json()["jobIds"]
        account.until(jobs[1], "running")
        gateway.kill()
        gateway.start()
        done = plan_ended(account, plan)
        assert (done["outcome"], done["jobIds"]) == ("succeeded", jobs)
        balance = account.balance()
        assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 4_900_000)
        assert gateway.findings() == []
