"""The second half of a run: nothing fails any more, and everything has to come to its end."""

import asyncio
import json
from collections import defaultdict

from gateway.payments.packages import CENT
from tests.faults.operations import OK, Acting, deliver, on_its_way, sweep, work
from tests.faults.world import Broken, World

ROUNDS = 60
OPEN = {
    "jobs": "SELECT id, state FROM job WHERE state IN ('queued', 'running')",
    "plans": "SELECT id, state, outcome FROM approval_plan "
    "WHERE outcome = 'running' OR state = 'pending'",
    "holds": "SELECT id, pending_microusd FROM ledger_account WHERE pending_microusd <> 0",
    "webhooks": "SELECT id, state FROM webhook_delivery WHERE next_try_at IS NOT NULL",
    "mail": "SELECT id, tries FROM mail_outbox",
    "attempts": "SELECT id, state FROM media_attempt WHERE finished_at IS NULL",
}


async def come_to_an_end(act: Acting) -> None:
    """Let time pass without faults until all is at rest, then look at all that was promised.

    Raises:
        Broken: it never comes to rest, or not as it should.
    """
    world = act.world
    world.stepping, world.armed = False, None
    world.engine.faulty = world.postman.faulty = world.receiver.faulty = False
    await hear_the_bank(act)
    left: list[object] = []
    for number in range(ROUNDS):
        await sweep(act)
        await work(act)
        await asyncio.sleep(min(5 * 1.3**number, 4 * 3_600))
        left = [
            f"{name}: {rows}" for name, query in OPEN.items() if (rows := await world.rows(query))
        ]
        if not left:
            break
    else:
        raise Broken(f"never at rest: {left}")
    await sweep(act)
    await world.check(late=True)
    await look(act)


async def hear_the_bank(act: Acting) -> None:
    """Let every payment arrive, and deliver all that the bank has to tell."""
    bank = act.world.bank.store
    for session in on_its_way(act.world):
        bank.arrive(session["id"], succeeded=True)
    for told in list(act.world.bank.events):
        if told["id"] not in act.known.delivered and await deliver(act, told) != OK:
            raise Broken(f"event {told['type']} is not taken")


async def look(act: Acting) -> None:
    """Look at what was promised outside: accepted jobs, equal answers, paid money.

    Raises:
        Broken: a promise was not kept.
    """
    world, known = act.world, act.known
    jobs = {row[0]: row[1] for row in await world.rows("SELECT id, state FROM job")}
    for state in jobs.values():
        world.note(f"job {state}")
    lost = [job_id for _, job_id in known.jobs if job_id not in jobs]
    if lost:
        raise Broken(f"accepted, and not there: {lost}")
    for state, outcome in await world.rows("SELECT state, outcome FROM approval_plan"):
        world.note(f"plan {outcome or state}")
    for (who, key), body in known.answers.items():
        if not key.startswith("checkout") and json.loads(body)["jobId"] not in jobs:
            raise Broken(f"{who} was promised {body} under {key}")
    await paid_is_credited(world)
    await returned_is_taken(world)


async def paid_is_credited(world: World) -> None:
    """Compare each paid session of the bank with its checkout."""
    states = dict(await world.rows("SELECT provider_reference, state FROM checkout"))
    for session in world.bank.store.kept["session"].values():
        state = states.get(session["id"])
        if session["payment_status"] == "paid" and state not in {"credited", "review"}:
            raise Broken(f"{session['id']} is paid, its checkout {state}")
        if session["payment_status"] == "paid":
            world.note("paid and credited")


async def returned_is_taken(world: World) -> None:
    """Compare what the bank gave back of each payment with what was taken for it.

    Raises:
        Broken: it is not in proportion.
    """
    bank, returned = world.bank.store, defaultdict[str, int](int)
    for refund in bank.kept["refund"].values():
        if refund["status"] in {"pending", "succeeded"}:
            returned[refund["payment_intent"]] += refund["amount"] * CENT
    for dispute in bank.kept["dispute"].values():
        if sum(each["amount"] for each in dispute["balance_transactions"]) < 0:
            returned[dispute["payment_intent"]] += dispute["amount"] * CENT
    purchases = await world.rows(
        "SELECT p.natural_key, p.paid_microusd, p.credit_microusd + p.bonus_microusd,"
        " (SELECT COALESCE(sum(r.credit_taken_microusd + r.bonus_taken_microusd), 0)"
        "  FROM reversal AS r WHERE r.purchase_id = p.id AND r.state = 'taken') FROM purchase AS p"
    )
    for intent, paid, credit, taken in purchases:
        owed = credit * min(paid, returned[intent]) // paid
        if taken != owed:
            raise Broken(f"{intent}: {taken} was taken and {owed} is owed")
        if taken:
            world.note("refund taken")
