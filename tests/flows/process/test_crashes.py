"""Accepted jobs when a process dies by SIGKILL: each ends once and is charged at most once."""

import signal
from pathlib import Path

import pytest

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from tests.databases import MovedClock, run_on_own_loop
from tests.flows.plan_calls import execute_plan, plan_step, prepare_plan
from tests.flows.plan_calls import wait_for_plan as plan_ended
from tests.gateway import picture_input, run_worker, serve_gateway, stop_process
from tests.services.valkey import ValkeyServer
from tests.slow_jobs import submit_slow_jobs, wait_until_settled

pytestmark = pytest.mark.slow


@pytest.mark.promise("jobs: kill-9")
@pytest.mark.promise("jobs: ends-once")
def test_a_gateway_killed_in_the_middle_finishes_its_jobs_after_a_restart(data_dir: Path) -> None:
    with serve_gateway(data_dir) as gateway, gateway.account() as account:
        jobs = submit_slow_jobs(account, 2, 6)
        account.wait_for_status(jobs[0], "running")
        gateway.kill()
        gateway.start()
        assert submit_slow_jobs(account, 2, 6) == jobs
        ended = wait_until_settled(gateway, account, jobs)
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
    with serve_gateway(data_dir, **settings) as gateway, gateway.account() as account:
        with run_worker(gateway) as worker:
            jobs = submit_slow_jobs(account, 2, 6)
            account.wait_for_status(jobs[0], "running")
            stop_process(worker, signal.SIGKILL)
        with run_worker(gateway):
            run_on_own_loop(advance_a_minute(postgres_url, clock))
            done = wait_until_settled(gateway, account, jobs)
        assert {job["status"] for job in done} == {"succeeded"}
        assert "lost" in [each["outcome"] for each in done[0]["attempts"]]


async def advance_a_minute(url: str, clock: MovedClock) -> None:
    """Move the clock of the database, so that no test waits for the end of a lease."""
    database = Database(url, clock)
    await clock.advance(database, 61 * SECOND)
    await database.close()


@pytest.mark.promise("plans: charged-what-succeeded")
def test_a_gateway_killed_in_mid_plan_lets_the_plan_end_after_a_restart(data_dir: Path) -> None:
    with serve_gateway(data_dir) as gateway, gateway.account() as account:
        names = ("one", "two [sandbox:slow=3]", "three [sandbox:slow=3]", "four", "five")
        plan = prepare_plan(
            account, *(plan_step("image.generate", picture_input(name)) for name in names)
        )
        jobs = execute_plan(account, plan).json()["jobIds"]
        account.wait_for_status(jobs[1], "running")
        gateway.kill()
        gateway.start()
        done = plan_ended(account, plan)
        assert (done["outcome"], done["jobIds"]) == ("succeeded", jobs)
        balance = account.get_balance()
        assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 4_900_000)
        assert gateway.list_findings() == []
