"""The second half of a run: nothing fails any more, and all work has to come to its end.

Safety alone is easy: a gateway that does nothing breaks no invariant. So after the faults the run
waits until no job, plan, hold, webhook or mail is left, and compares the outcome with the answers
that callers got and with the bank.
"""

import asyncio
import json
from collections import defaultdict

from gateway.payments.packages import CENT_MICROUSD
from gateway.stripe_stand_in.session_payment import end_delayed_payment
from tests.faults.operations import (
    OK,
    OperationContext,
    deliver_event,
    list_delayed_sessions,
    run_sweeps,
    run_worker,
)
from tests.faults.world import PromiseBroken, World

SOON_ROUNDS, LATE_ROUNDS = 40, 60  # rounds
MINUTE_SECONDS, HOURS_SECONDS = 60.0, 4 * 3_600.0
OPEN_WORK_QUERIES = {
    "jobs": "SELECT id, state FROM job WHERE state IN ('queued', 'running')",
    "plans": "SELECT id, state FROM approval_plan WHERE outcome = 'running'",
    "attempts": "SELECT id, state FROM media_attempt WHERE finished_at IS NULL",
    "holds": "SELECT id, pending_microusd FROM ledger_account WHERE pending_microusd <> 0",
}
UNDELIVERED_QUERIES = {
    "pending plans": "SELECT id FROM approval_plan WHERE state = 'pending'",
    "webhooks": "SELECT id, state FROM webhook_delivery WHERE next_try_at IS NOT NULL",
    "mail": "SELECT id, tries FROM mail_outbox",
}

SELECT_WRONG_OUTPUTS = """
    SELECT j.id, j.fence FROM job AS j WHERE j.state = 'succeeded' AND NOT EXISTS (
        SELECT 1 FROM media_attempt AS a
        WHERE a.job_id = j.id AND a.state = 'succeeded' AND a.fence = j.fence)
    UNION ALL
    SELECT j.id, j.fence FROM job AS j JOIN job_output AS o ON o.job_id = j.id
    WHERE o.key NOT LIKE 'outputs/' || j.id || '/' || j.fence || '/%'
"""


async def finish_without_faults(act: OperationContext) -> None:
    """Let time pass without faults until no work is left, then check every promise.

    Raises:
        PromiseBroken: Work is left for ever, or its outcome breaks a promise.
    """
    world = act.world
    world.parks_tasks, world.armed_point = False, None
    world.engine.is_faulty = world.node.is_faulty = world.mailer.is_faulty = (
        world.receiver.is_faulty
    ) = False
    await deliver_bank_events(act)
    await wait_until_none_left(act, OPEN_WORK_QUERIES, SOON_ROUNDS, MINUTE_SECONDS)
    await wait_until_none_left(
        act, OPEN_WORK_QUERIES | UNDELIVERED_QUERIES, LATE_ROUNDS, HOURS_SECONDS
    )
    await run_sweeps(act)
    await world.check_invariants(late=True)
    await check_promises(act)


async def wait_until_none_left(
    act: OperationContext, wanted: dict[str, str], rounds: int, most: float
) -> None:
    """Sweep, work and wait until each query returns no row; a wait is at most `most` seconds.

    Raises:
        PromiseBroken: A query still returns rows after so many rounds.
    """
    for number in range(rounds):
        await run_sweeps(act)
        await run_worker(act)
        left = [name for name, query in wanted.items() if await act.world.fetch_rows(query)]
        if not left:
            return
        await asyncio.sleep(min(5 * 1.5**number, most))
    raise PromiseBroken(f"never at rest: {left}")


async def deliver_bank_events(act: OperationContext) -> None:
    """Let every delayed payment arrive, and deliver each event that was not taken yet."""
    bank = act.world.bank.store
    for session in list_delayed_sessions(act.world):
        end_delayed_payment(bank, session["id"], succeeded=True)
    for sent in list(act.world.bank.events):
        if sent["id"] not in act.memory.delivered and await deliver_event(act, sent) != OK:
            raise PromiseBroken(f"event {sent['type']} is not taken")


async def check_promises(act: OperationContext) -> None:
    """Check the promises to the outside: accepted jobs, answers under a key, and money paid.

    Raises:
        PromiseBroken: A promise was not kept.
    """
    world, known = act.world, act.memory
    jobs = {row[0]: row[1] for row in await world.fetch_rows("SELECT id, state FROM job")}
    for state in jobs.values():
        world.count_event(f"job {state}")
    lost = [job_id for _, job_id in known.jobs if job_id not in jobs]
    if lost:
        raise PromiseBroken(f"accepted, and not there: {lost}")
    for state, outcome in await world.fetch_rows("SELECT state, outcome FROM approval_plan"):
        world.count_event(f"plan {outcome or state}")
    wrong = await world.fetch_rows(SELECT_WRONG_OUTPUTS)
    if wrong:
        raise PromiseBroken(f"succeeded, and not by the attempt that had it: {wrong}")
    for (who, key), (_, body) in known.answers.items():
        if not key.startswith("checkout") and json.loads(body)["jobId"] not in jobs:
            raise PromiseBroken(f"{who} was promised {body} under {key}")
    await check_paid_sessions(world)
    await check_returns(world)


async def check_paid_sessions(world: World) -> None:
    """Check that the checkout of each paid session of the bank is credited or under review."""
    states = dict(await world.fetch_rows("SELECT provider_reference, state FROM checkout"))
    for session in world.bank.store.objects["session"].values():
        state = states.get(session["id"])
        if session["payment_status"] == "paid" and state not in {"credited", "review"}:
            raise PromiseBroken(f"{session['id']} is paid, its checkout {state}")
        if session["payment_status"] == "paid":
            world.count_event("paid and credited")


async def check_returns(world: World) -> None:
    """Check that credit was taken back in proportion to what the bank returned of each payment.

    Raises:
        PromiseBroken: It is not in proportion.
    """
    bank, returned = world.bank.store, defaultdict[str, int](int)
    for refund in bank.objects["refund"].values():
        if refund["status"] in {"pending", "succeeded"}:
            returned[refund["payment_intent"]] += refund["amount"] * CENT_MICROUSD
    for dispute in bank.objects["dispute"].values():
        if sum(each["amount"] for each in dispute["balance_transactions"]) < 0:
            returned[dispute["payment_intent"]] += dispute["amount"] * CENT_MICROUSD
    purchases = await world.fetch_rows(
        "SELECT p.natural_key, p.paid_microusd, p.credit_microusd + p.bonus_microusd,"
        " (SELECT COALESCE(sum(r.credit_taken_microusd + r.bonus_taken_microusd), 0)"
        "  FROM reversal AS r WHERE r.purchase_id = p.id AND r.state = 'taken') FROM purchase AS p"
    )
    for intent, paid, credit, taken in purchases:
        owed = credit * min(paid, returned[intent]) // paid
        if taken != owed:
            raise PromiseBroken(f"{intent}: {taken} was taken and {owed} is owed")
        if taken:
            world.count_event("refund taken")
