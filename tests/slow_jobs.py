"""Slow jobs for tests that kill gateways and workers, and a check of every micro-dollar after."""

from collections.abc import Callable
from typing import Any

from tests.gateway import Client, Gateway, picture_input
from tests.load import UNTIL_ANSWERED, Load


def submit_slow_jobs(account: Client, seconds: int, count: int) -> list[str]:
    """Submit pictures of `seconds` under the idempotency keys "0", "1" …; return their job ids."""
    answers = [
        account.submit(
            "image.generate", picture_input(f"{key} [sandbox:slow={seconds}]"), key=str(key)
        )
        for key in range(count)
    ]
    assert {answer.status_code for answer in answers} == {202}
    return [answer.json()["jobId"] for answer in answers]


def submit_amid(account: Client, count: int, disaster: Callable[[], object]) -> list[str]:
    """Submit jobs from four threads, let a disaster happen amid them; return the jobs' ids.

    A submit is tried until it is accepted; it may be refused as unavailable, and never otherwise.
    """
    with Load([account.http], [Load.submit], UNTIL_ANSWERED, rounds=count) as load:
        load.wait_for_calls(4)
        disaster()
        load.finish()
    assert load.failures == []
    refused = {outcome for outcome in load.list_failed_tries() if outcome[-1].isdigit()}
    assert refused <= {"submit: 503"}
    return list(load.jobs.values())


def wait_until_settled(gateway: Gateway, account: Client, jobs: list[str]) -> list[dict[str, Any]]:
    """Wait until all jobs have ended; check billing, balance and ledger; return the jobs.

    The account began with $5, and each job costs $0.02 if it succeeds and nothing else.
    """
    ended = [account.wait_for_job(job) for job in jobs]
    charged = sum(job["billing"]["chargedMicrousd"] for job in ended)
    for job in ended:
        succeeded = job["status"] == "succeeded"
        assert job["billing"]["chargedMicrousd"] == (20_000 if succeeded else 0)
        assert job["billing"]["state"] == ("captured" if succeeded else "released")
    balance = account.get_balance()
    assert balance["heldMicrousd"] == 0
    assert balance["availableMicrousd"] == 5_000_000 - charged
    assert gateway.list_findings() == []
    return ended
