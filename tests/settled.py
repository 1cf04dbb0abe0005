"""Slow jobs for tests that kill what runs them, and a look at every micro-dollar afterwards."""

from typing import Any

from tests.gateway import Client, Gateway, picture


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
