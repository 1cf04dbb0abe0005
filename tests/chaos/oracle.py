"""The oracle: it checks after the faults that every promise was kept."""

import hashlib
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any

import httpx2

from gateway.kit.database.sessions import Database
from gateway.kit.money import parse_usd
from gateway.media.jobs.lifecycle import MOST_ATTEMPTS
from gateway.media.sweeps.orphan_sweeps import list_orphans
from gateway.storage.base import stream_objects
from tests.chaos.deployment import CREDIT_USD, Deployment
from tests.chaos.load import PLANS, Caller
from tests.chaos.promises import JobPromise, PromiseBook
from tests.databases import run_on_own_loop
from tests.gateway import EMPTY_TLS_CONTEXT
from tests.load import JOBS

SETTLE_SECONDS, MOST_REPLAYS = 300, 200
# What a job may fail of when faults took its attempts, and how many: a node that fails a job twice
# in the same way gets no third try. Any other failure is one of ours.
EXCUSED_ATTEMPTS = {"engine_failed": 2, "output_missing": 2, "worker_lost": MOST_ATTEMPTS}


@dataclass
class Verdict:
    """Findings of the oracle: the promises it checked, those that were broken, and leftovers."""

    checked: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    settle_seconds: float = 0.0
    charged_microusd: int = 0
    failed_jobs: Counter[str] = field(default_factory=Counter)
    retried_jobs: int = 0
    repeated_deliveries: int = 0
    object_count: int = 0
    orphans: list[str] = field(default_factory=list)

    def check(self, what: str, is_kept: bool, text: str) -> None:  # noqa: FBT001 - the finding
        """Count a promise that was checked, and note it if it was broken."""
        self.checked[what] += 1
        if not is_kept:
            self.broken.append(f"{what}: {text}")


def check_promises(deployment: Deployment, book: PromiseBook) -> Verdict:
    """Wait until the deployment is at rest, then check every promise of the book."""
    verdict, began = Verdict(broken=list(book.broken)), time.monotonic()
    with ExitStack() as stack:
        for gateway in deployment.gateways:
            gateway.wait_until_ready()
        caller = Caller(deployment, book, Random(0))  # noqa: S311 - no secret
        caller.open(stack)
        charged = Counter[str]()
        for promise in list(book.jobs):
            charged[promise.account] += _check_job(caller, promise, verdict)
        charged["test"] += _check_plans(caller, verdict)
        verdict.settle_seconds = time.monotonic() - began
        paid = _check_payments(caller, verdict)
        _check_balances(caller, verdict, charged, paid)
        _check_webhooks(deployment, book, verdict)
        _check_replays(caller, verdict)
    _check_database(deployment, verdict)
    verdict.charged_microusd = charged.total()
    verdict.broken += [each for each in book.broken if each not in verdict.broken]
    return verdict


def _check_job(caller: Caller, promise: JobPromise, verdict: Verdict) -> int:
    """Check that a job ended, was charged its price once or nothing, and that its files load."""
    job = caller.wait_for_job(promise)
    ended = job["status"]
    verdict.check("job ended", ended in {"succeeded", "failed"}, f"{promise.job_id}: {ended}")
    attempts = job["attempts"]
    if ended == "failed":
        code = job["error"]["code"]
        verdict.failed_jobs[code] += 1
        is_excused = len(attempts) >= EXCUSED_ATTEMPTS.get(code, inf)
        text = f"{promise.job_id}: {code} after {len(attempts)} attempts"
        verdict.check("failed by faults alone", is_excused, text)
    verdict.retried_jobs += len(attempts) > 1
    charged: int = job["billing"]["chargedMicrousd"]
    price = promise.price_microusd if ended == "succeeded" else 0
    verdict.check(
        "charged once", charged == price, f"{promise.job_id}: {charged} in place of {price}"
    )
    for output in job["outputs"]:
        _check_file(output, promise.job_id, verdict)
    return charged


def _check_file(output: dict[str, Any], job_id: str, verdict: Verdict) -> None:
    got = httpx2.get(
        output["url"],
        timeout=60,
        trust_env=False,
        verify=EMPTY_TLS_CONTEXT,
        follow_redirects=True,
    )
    is_whole = hashlib.sha256(got.content).hexdigest() == output["sha256"]
    verdict.check("file loads", got.is_success and is_whole, f"{job_id}: {got.status_code}")


def _check_plans(caller: Caller, verdict: Verdict) -> int:
    """Check that each plan succeeded with its jobs at its price; return what all of them cost."""
    charged = 0
    for promise in caller.book.plans:
        deadline = time.monotonic() + SETTLE_SECONDS
        query = {"planId": promise.plan_id, "waitSeconds": 5}
        while (plan := caller.call("test", "GET", PLANS, params=query).json())["outcome"] in {
            None,
            "running",
        } and time.monotonic() < deadline:
            continue
        verdict.check(
            "plan ended", plan["outcome"] == "succeeded", f"{promise.plan_id}: {plan['outcome']}"
        )
        jobs = [step["jobId"] for step in plan["steps"]]
        cost = sum(_read_charge(caller, job_id) for job_id in jobs)
        is_kept = cost == promise.price_microusd and set(promise.job_ids) <= set(jobs)
        text = f"{promise.plan_id}: {cost} for {jobs} in place of {promise}"
        verdict.check("plan charged once", is_kept, text)
        charged += cost
    return charged


def _read_charge(caller: Caller, job_id: str) -> int:
    job = caller.call("test", "GET", JOBS, params={"jobId": job_id}).json()
    charged: int = job["billing"]["chargedMicrousd"]
    return charged


def _check_payments(caller: Caller, verdict: Verdict) -> int:
    """Check that what was paid at the bank is credited; return the sum."""
    for promise in caller.book.payments:
        body = {"checkoutId": promise.checkout_id}
        state = caller.call("test", "POST", "/api/v1/claim/stripe", body).json().get("state")
        verdict.check("payment credited", state == "credited", f"{promise.checkout_id}: {state}")
    return sum(promise.credit_microusd for promise in caller.book.payments)


def _check_balances(caller: Caller, verdict: Verdict, charged: Counter[str], paid: int) -> None:
    """Check that each balance is the credit less the charges, and that nothing is held."""
    for account in caller.deployment.accounts:
        balance = caller.call(account, "GET", "/api/v1/balance").json()
        left = parse_usd(CREDIT_USD) + (paid if account == "test" else 0) - charged[account]
        found = (balance["availableMicrousd"], balance["heldMicrousd"])
        verdict.check(
            "balance", found == (left, 0), f"{account}: {found}, and {left} should be left"
        )


def _check_webhooks(deployment: Deployment, book: PromiseBook, verdict: Verdict) -> None:
    """Check that the end of each job was delivered, under one id however often it came."""
    wanted = [promise.job_id for promise in book.jobs if promise.has_webhook]
    sink, deadline = deployment.sink, time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline and not all(sink.delivery_ids.get(job) for job in wanted):
        # The pauses between tries grow to hours; the oracle asks for the next try now.
        deployment.postgres.execute(
            "UPDATE webhook_delivery SET next_try_at = 1 WHERE state = 'pending'",
            database=deployment.database_name,
        )
        time.sleep(1)
    for job_id in wanted:
        ids = sink.delivery_ids.get(job_id, [])
        verdict.repeated_deliveries += max(0, len(ids) - 1)
        verdict.check("webhook delivered", len(set(ids)) == 1, f"{job_id}: {ids}")


def _check_replays(caller: Caller, verdict: Verdict) -> None:
    """Check that a repeated submit gets the same bytes, for the last two hundred."""
    before = len(caller.book.broken)
    for promise in caller.book.jobs[-MOST_REPLAYS:]:
        caller.check_replay(promise)
    verdict.checked["replay has the same bytes"] += caller.book.replay_count
    verdict.broken += caller.book.broken[before:]


def _check_database(deployment: Deployment, verdict: Verdict) -> None:
    """Check every invariant and every file by `admin check --storage`, and count the orphans."""
    checked = deployment.operator.run_command("admin", "check", "--storage", "--json")
    verdict.check("admin check --storage", checked.returncode == 0, checked.stdout[-2_000:])
    verdict.object_count = len(list_stored_keys(deployment))
    verdict.orphans = run_on_own_loop(_list_orphan_keys(deployment))


def list_stored_keys(deployment: Deployment) -> list[str]:
    """List the key of every object of the bucket, as the gateway names it."""

    async def list_keys() -> list[str]:
        return [stored.key async for stored in stream_objects(deployment.open_storage())]

    return run_on_own_loop(list_keys())


async def _list_orphan_keys(deployment: Deployment) -> list[str]:
    database = Database(deployment.operator.settings["KT_DATABASE_URL"])
    try:
        orphans = await list_orphans(database, deployment.open_storage(), least_age=0)
    finally:
        await database.close()
    return [each.file.key for each in orphans]
