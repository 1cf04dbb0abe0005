"""The operations of callers, the bank, workers and the clock on a world.

Each runs as a task that may die in a crash. It also checks the gateway's word: the answer that a
key once got is the answer that it gets again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import stripe
from dramatiq import Message

from gateway.kit.clock import DAY, SECOND
from gateway.kit.ids import time_from_id
from gateway.stripe_stand_in.delivery import to_wire_object
from gateway.stripe_stand_in.disputes import close_dispute, open_dispute
from gateway.stripe_stand_in.refunds import create_refund, fail_refund
from gateway.stripe_stand_in.session_payment import Entries, end_delayed_payment, pay_session
from gateway.stripe_stand_in.sessions import expire_session
from gateway.stripe_stand_in.store import StripeRefusal
from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET
from tests.faults.world import PromiseBroken, World
from tests.in_process import run_sweeps_once

JOBS, PLANS = "/api/v1/media/jobs", "/api/v1/studio/agent/approval-plans"
PICTURE_PROMPTS = ("a fox", "two foxes", "a fox at night")
KEY_OWNERS = {"spare": "ann"}  # the account of a second key
KEY_MEMORY_MICROSECONDS = 6 * DAY  # a key is remembered for 7 days, and the clock may be set back
OK, CREATED, ACCEPTED = 200, 201, 202
HOUR_SECONDS, LAPSE_SECONDS = 3_600, 61  # seconds


@dataclass(slots=True)
class OutsideMemory:
    """The memory of the outside, which survives every crash: keys, requests and answers."""

    callers: dict[str, str]
    favourite_caller: str | None = None
    jump_seconds: int | None = None
    answers: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    under_way: list[tuple[str, str]] = field(default_factory=list)
    jobs: list[tuple[str, str]] = field(default_factory=list)
    quotes: list[tuple[str, str, str]] = field(default_factory=list)
    plans: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    checkouts: list[tuple[str, str]] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)
    delivered: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)


@dataclass(slots=True)
class OperationContext:
    """The world of one operation, its random generator, and the memory of the outside."""

    world: World
    random: Random
    memory: OutsideMemory

    def choose_caller(self) -> str:
        """Return the name of a customer, mostly the one that the run prefers."""
        if self.memory.favourite_caller is not None and self.random.random() < 0.7:
            return self.memory.favourite_caller
        return self.random.choice(sorted(self.memory.callers))

    async def call(self, method: str, path: str, who: str, **more: Any) -> Any:  # noqa: ANN401 - httpx2's
        """Send a request with the key of a customer."""
        return await self.world.call(method, path, self.memory.callers[who], **more)

    def remember_answer(self, who: str, key: str, name: str, body: str) -> None:
        """Check an answer against the one that its idempotency key got before, and remember it.

        `name` is the id in it. It must not belong to another account either.
        """
        owner = KEY_OWNERS.get(who, who)
        made, before = self.memory.answers.get((owner, key), (time_from_id(name), body))
        if before != body and self.world.clock.now() - made < KEY_MEMORY_MICROSECONDS:
            raise PromiseBroken(f"{who} got {body} for {key}, after {before}")
        self.memory.answers[owner, key] = time_from_id(name), body
        if self.memory.owners.setdefault(name, owner) != owner:
            raise PromiseBroken(f"{who} got {name}, which is of {self.memory.owners[name]}")


Operation = Callable[[OperationContext], Awaitable[object]]


def picture_input(act: OperationContext, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the input of a small picture."""
    return {"prompt": act.random.choice(PICTURE_PROMPTS), "width": 256, "height": 256, **more}


async def submit_job(act: OperationContext) -> None:
    """Submit a picture; keys are few, so that some come again, and some with another body."""
    who, key = act.choose_caller(), f"key-{act.random.randrange(6)}"
    body: dict[str, Any] = {"task": "image.generate", "input": picture_input(act)}
    if act.random.random() < 0.3:
        body["webhook"] = {"url": "https://receiver.example.com/hook"}
    if act.random.random() < 0.2:
        key = f"once-{act.random.randrange(10**6)}"
        body["queueTimeoutSeconds"] = 60
    quoted = [each for each in act.memory.quotes if each[0] == who]
    if quoted and act.random.random() < 0.4:
        _, body["quoteId"], text = act.random.choice(quoted)
        body["input"], key = json.loads(text), f"quoted-{act.random.randrange(10**6)}"
    if (who, key) in act.memory.under_way:
        act.world.count_event("two tasks inside one key")
    act.memory.under_way.append((who, key))
    try:
        answer = await act.call("POST", JOBS, who, json=body, headers={"X-Idempotency-Key": key})
    finally:
        act.memory.under_way.remove((who, key))
    if answer.status_code == ACCEPTED:
        job_id = answer.json()["jobId"]
        act.remember_answer(who, key, job_id, answer.text)
        act.memory.jobs.append((who, job_id))


async def request_quote(act: OperationContext) -> None:
    """Request a quote and remember it for a later submit."""
    who, task_input = act.choose_caller(), picture_input(act)
    items = [{"task": "image.generate", "input": task_input}]
    answer = await act.call("POST", "/api/v1/media/quote", who, json={"items": items})
    if answer.status_code == OK:
        act.memory.quotes.append((who, answer.json()["quoteId"], json.dumps(task_input)))


async def cancel_job(act: OperationContext) -> None:
    """Cancel a job, one that runs if there is any."""
    running = {
        row[0] for row in await act.world.fetch_rows("SELECT id FROM job WHERE state = 'running'")
    }
    jobs = [each for each in act.memory.jobs if each[1] in running] or act.memory.jobs
    if jobs:
        who, job_id = act.random.choice(jobs)
        await act.call("POST", f"{JOBS}/cancel", who, json={"jobId": job_id})


async def prepare_plan(act: OperationContext) -> None:
    """Prepare a plan of a few steps, the second of which needs the first."""
    who = act.choose_caller()
    steps: list[dict[str, Any]] = [
        {"key": f"s{n}", "operation": "image.generate", "input": picture_input(act)}
        for n in range(act.random.randint(1, 3))
    ]
    for before, step in pairwise(steps):
        if act.random.random() < 0.5:
            step["dependsOn"] = [before["key"]]
    body = {"steps": steps, "onFailure": act.random.choice(("continue", "stop"))}
    answer = await act.call("POST", f"{PLANS}/prepare", who, json=body)
    if answer.status_code == CREATED:
        act.memory.plans.append((who, answer.json()))


async def execute_plan(act: OperationContext) -> None:
    """Execute a plan, maybe one that was executed before."""
    if act.memory.plans:
        who, plan = act.random.choice(act.memory.plans[-3:])
        body = {"planId": plan["planId"], "planHash": plan["planHash"]}
        await act.call("POST", f"{PLANS}/execute", who, json=body)


async def reject_plan(act: OperationContext) -> None:
    """Reject a plan."""
    if act.memory.plans:
        who, plan = act.random.choice(act.memory.plans)
        await act.call("POST", f"{PLANS}/reject", who, json={"planId": plan["planId"]})


async def open_checkout(act: OperationContext) -> None:
    """Open a checkout, maybe once more under the same key."""
    who, key = act.choose_caller(), f"buy-{act.random.randrange(8)}"
    code = act.random.choice(("pocket_100", "starter_200", "studio_2500"))
    body = {"packageCode": code, "email": "buyer@example.com"}
    answer = await act.call(
        "POST", "/api/v1/checkout/stripe", who, json=body, headers={"X-Idempotency-Key": key}
    )
    if answer.status_code == CREATED:
        checkout = answer.json()
        act.remember_answer(who, f"checkout {key}", checkout["checkoutId"], checkout["checkoutId"])
        act.memory.checkouts.append((who, checkout["sessionId"]))


async def pay_at_bank(act: OperationContext) -> None:
    """Pay an open session at the bank, at once or delayed, or let it expire there."""
    bank = act.world.bank.store
    sessions = [each for each in bank.objects["session"].values() if each["status"] == "open"]
    if sessions:
        session = act.random.choice(sessions)
        if act.random.random() < 0.15:
            expire_session(bank, session["id"])
            return
        pay_session(bank, session["id"], Entries(delayed=act.random.random() < 0.2))
        act.memory.intents.append(session["payment_intent"])
    for session in list_delayed_sessions(act.world):
        end_delayed_payment(bank, session["id"], succeeded=act.random.random() < 0.7)


def list_delayed_sessions(world: World) -> list[dict[str, Any]]:
    """Return the bank's sessions whose delayed payment has not arrived."""
    bank = world.bank.store
    waiting = {
        each["id"]
        for each in bank.objects["payment_intent"].values()
        if each["status"] == "processing"
    }
    return [each for each in bank.objects["session"].values() if each["payment_intent"] in waiting]


async def refund_at_bank(act: OperationContext) -> None:
    """Refund or dispute a payment at the bank, or fail a refund, or close a dispute."""
    bank, known = act.world.bank.store, act.memory
    try:
        match act.random.randrange(6):
            case 0 if known.refunds:
                fail_refund(bank, known.refunds.pop())
            case 1 if known.disputes:
                close_dispute(bank, known.disputes.pop(), won=act.random.random() < 0.5)
            case 2 if known.intents:
                known.disputes.append(
                    open_dispute(bank, act.random.choice(known.intents), None, withdraw=True)["id"]
                )
            case _ if known.intents:
                intent = act.random.choice(known.intents)
                amount = act.random.choice((None, 37, 50))
                made = create_refund(bank, {"payment_intent": intent, "amount": amount})
                known.refunds.append(made["id"])
    except StripeRefusal:
        pass  # the bank refuses to return more than was paid


async def deliver_random_event(act: OperationContext) -> None:
    """Deliver one of the bank's last twelve events, in any order and any number of times."""
    if act.world.bank.events:
        await deliver_event(act, act.random.choice(act.world.bank.events[-12:]))


async def deliver_event(act: OperationContext, sent: dict[str, Any]) -> int:
    """Deliver an event of the bank, signed now; return the status of the answer."""
    text = json.dumps(to_wire_object(sent))
    now = act.world.clock.now() // SECOND
    signed = stripe.WebhookSignature.generate_signature_header(text, STRIPE_WEBHOOK_SECRET, now)
    headers = {"Stripe-Signature": signed, "Content-Type": "application/json"}
    path = "/api/v1/webhooks/stripe"
    answer = await act.world.call("POST", path, content=text, headers=headers)
    if answer.status_code == OK:
        about = sent["data"]["object"]
        intent = about.get("payment_intent")
        if answer.json()["outcome"] == "refunded" and f"paid {intent}" not in act.memory.delivered:
            act.world.count_event("refund before payment")
        if sent["type"].startswith("checkout.session"):
            act.memory.delivered.add(f"paid {intent}")
        act.memory.delivered.add(sent["id"])
    status: int = answer.status_code
    return status


async def claim_checkout(act: OperationContext) -> None:
    """Claim a checkout, which settles it if its payment has arrived."""
    if act.memory.checkouts:
        who, session = act.random.choice(act.memory.checkouts)
        await act.call("POST", "/api/v1/claim/stripe", who, json={"sessionId": session})


async def run_worker(act: OperationContext) -> None:
    """Take a message as a worker does, and run a job that is due."""
    host = act.world.application.host
    assert host is not None
    messages = host._broker.queues["image"]
    if messages.qsize():
        message = Message.decode(messages.get_nowait())
        if act.random.random() < 0.2:
            messages.put(message.encode())  # it comes twice
        await act.world.runtime.run_queue(*message.args[:1])


async def run_sweeps(act: OperationContext) -> None:
    """Run each sweep once."""
    await run_sweeps_once(act.world.application)


async def lose_messages(act: OperationContext) -> None:
    """Lose all messages of the broker."""
    host = act.world.application.host
    assert host is not None
    host._broker.flush_all()


async def jump_clock(act: OperationContext) -> None:
    """Move the wall clock forward or back, as a machine that slept or a clock that was set."""
    by = act.random.choice((1, 61, 61, 130, 20 * 60, 30 * HOUR_SECONDS, 74 * HOUR_SECONDS, -10))
    if act.memory.jump_seconds is not None and act.random.random() < 0.7:
        by = act.memory.jump_seconds
    act.world.clock.offset += by * SECOND


async def pass_days(act: OperationContext) -> None:
    """Move the clock by days, and run each sweep once."""
    act.world.clock.offset += act.random.choice((30, 74, 74)) * HOUR_SECONDS * SECOND
    await run_sweeps(act)


async def outlast_lease(act: OperationContext) -> None:
    """Let the lease of a worker expire while it stands at its last points, and others go on."""
    await act.world.wait_for_point("engine.finished", "output.stored")
    act.world.clock.offset += LAPSE_SECONDS * SECOND
    await run_sweeps(act)
    await act.world.runtime.run_next_job("image")


async def pass_time(act: OperationContext) -> None:
    """Let some seconds pass on the loop."""
    await asyncio.sleep(act.random.choice((0.2, 2.0, 20.0, 65.0, 400.0)))


async def revoke_key(act: OperationContext) -> None:
    """Revoke Ann's second key, with which other operations may be under way."""
    who = "spare"
    if who in act.memory.callers:
        key = act.memory.callers[who]
        prefix = key.split("_")[2][:8]
        answer = await act.call("POST", "/api/v1/keys/revoke", "ann", json={"keyPrefix": prefix})
        if answer.status_code == OK:
            act.memory.revoked.add(who)


async def read_balance(act: OperationContext) -> None:
    """Read the balance of a customer."""
    await act.call("GET", "/api/v1/balance", act.choose_caller())


USUAL_WEIGHTS: dict[Operation, int] = {
    submit_job: 10,
    run_worker: 9,
    execute_plan: 5,
    prepare_plan: 4,
    pay_at_bank: 5,
    deliver_random_event: 8,
    open_checkout: 4,
    run_sweeps: 4,
    pass_time: 4,
    request_quote: 2,
    cancel_job: 3,
    reject_plan: 1,
    refund_at_bank: 3,
    claim_checkout: 2,
    lose_messages: 1,
    jump_clock: 2,
    outlast_lease: 1,
    pass_days: 1,
    revoke_key: 1,
    read_balance: 1,
}
