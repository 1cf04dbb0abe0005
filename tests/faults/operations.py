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
from gateway.stripe_stand_in.store import StripeRefusal
from tests.fakes.stripe.client import SECRET
from tests.faults.world import Broken, World
from tests.in_process import sweep_once

JOBS, PLANS = "/api/v1/media/jobs", "/api/v1/studio/agent/approval-plans"
PROMPTS = ("a fox", "two foxes", "a fox at night")
OWNERS = {"spare": "ann"}  # the account of a second key
KEPT = 6 * DAY  # a key is remembered for 7 days, and the clock may be set back
OK, CREATED, ACCEPTED = 200, 201, 202
HOUR, LAPSE = 3_600, 61  # seconds


@dataclass(slots=True)
class Known:
    """The memory of the outside, which survives every crash: keys, requests and answers."""

    callers: dict[str, str]
    favourite: str | None = None
    seconds: int | None = None
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
class Acting:
    """The world of one operation, its random generator, and the memory of the outside."""

    world: World
    random: Random
    known: Known

    def who(self) -> str:
        """Return the name of a customer, mostly the one that the run prefers."""
        if self.known.favourite is not None and self.random.random() < 0.7:
            return self.known.favourite
        return self.random.choice(sorted(self.known.callers))

    async def call(self, method: str, path: str, who: str, **more: Any) -> Any:  # noqa: ANN401 - httpx2's
        """Send a request with the key of a customer."""
        return await self.world.call(method, path, self.known.callers[who], **more)

    def remember(self, who: str, key: str, name: str, body: str) -> None:
        """Check an answer against the one that its idempotency key got before, and remember it.

        `name` is the id in it. It must not belong to another account either.
        """
        owner = OWNERS.get(who, who)
        made, before = self.known.answers.get((owner, key), (time_from_id(name), body))
        if before != body and self.world.clock.now() - made < KEPT:
            raise Broken(f"{who} got {body} for {key}, after {before}")
        self.known.answers[owner, key] = time_from_id(name), body
        if self.known.owners.setdefault(name, owner) != owner:
            raise Broken(f"{who} got {name}, which is of {self.known.owners[name]}")


Operation = Callable[[Acting], Awaitable[object]]


def given(act: Acting, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the input of a small picture."""
    return {"prompt": act.random.choice(PROMPTS), "width": 256, "height": 256, **more}


async def submit(act: Acting) -> None:
    """Submit a picture; keys are few, so that some come again, and some with another body."""
    who, key = act.who(), f"key-{act.random.randrange(6)}"
    body: dict[str, Any] = {"task": "image.generate", "input": given(act)}
    if act.random.random() < 0.3:
        body["webhook"] = {"url": "https://receiver.example.com/hook"}
    if act.random.random() < 0.2:
        key = f"once-{act.random.randrange(10**6)}"
        body["queueTimeoutSeconds"] = 60
    quoted = [each for each in act.known.quotes if each[0] == who]
    if quoted and act.random.random() < 0.4:
        _, body["quoteId"], text = act.random.choice(quoted)
        body["input"], key = json.loads(text), f"quoted-{act.random.randrange(10**6)}"
    if (who, key) in act.known.under_way:
        act.world.note("two tasks inside one key")
    act.known.under_way.append((who, key))
    try:
        answer = await act.call("POST", JOBS, who, json=body, headers={"X-Idempotency-Key": key})
    finally:
        act.known.under_way.remove((who, key))
    if answer.status_code == ACCEPTED:
        job_id = answer.json()["jobId"]
        act.remember(who, key, job_id, answer.text)
        act.known.jobs.append((who, job_id))


async def quote(act: Acting) -> None:
    """Request a quote and remember it for a later submit."""
    who, task_input = act.who(), given(act)
    items = [{"task": "image.generate", "input": task_input}]
    answer = await act.call("POST", "/api/v1/media/quote", who, json={"items": items})
    if answer.status_code == OK:
        act.known.quotes.append((who, answer.json()["quoteId"], json.dumps(task_input)))


async def cancel(act: Acting) -> None:
    """Cancel a job, one that runs if there is any."""
    running = {row[0] for row in await act.world.rows("SELECT id FROM job WHERE state = 'running'")}
    jobs = [each for each in act.known.jobs if each[1] in running] or act.known.jobs
    if jobs:
        who, job_id = act.random.choice(jobs)
        await act.call("POST", f"{JOBS}/cancel", who, json={"jobId": job_id})


async def prepare(act: Acting) -> None:
    """Prepare a plan of a few steps, the second of which needs the first."""
    who = act.who()
    steps: list[dict[str, Any]] = [
        {"key": f"s{n}", "operation": "image.generate", "input": given(act)}
        for n in range(act.random.randint(1, 3))
    ]
    for before, step in pairwise(steps):
        if act.random.random() < 0.5:
            step["dependsOn"] = [before["key"]]
    body = {"steps": steps, "onFailure": act.random.choice(("continue", "stop"))}
    answer = await act.call("POST", f"{PLANS}/prepare", who, json=body)
    if answer.status_code == CREATED:
        act.known.plans.append((who, answer.json()))


async def execute(act: Acting) -> None:
    """Execute a plan, maybe one that was executed before."""
    if act.known.plans:
        who, plan = act.random.choice(act.known.plans[-3:])
        body = {"planId": plan["planId"], "planHash": plan["planHash"]}
        await act.call("POST", f"{PLANS}/execute", who, json=body)


async def reject(act: Acting) -> None:
    """Reject a plan."""
    if act.known.plans:
        who, plan = act.random.choice(act.known.plans)
        await act.call("POST", f"{PLANS}/reject", who, json={"planId": plan["planId"]})


async def buy(act: Acting) -> None:
    """Open a checkout, maybe once more under the same key."""
    who, key = act.who(), f"buy-{act.random.randrange(8)}"
    code = act.random.choice(("pocket_100", "starter_200", "studio_2500"))
    body = {"packageCode": code, "email": "buyer@example.com"}
    answer = await act.call(
        "POST", "/api/v1/checkout/stripe", who, json=body, headers={"X-Idempotency-Key": key}
    )
    if answer.status_code == CREATED:
        checkout = answer.json()
        act.remember(who, f"checkout {key}", checkout["checkoutId"], checkout["checkoutId"])
        act.known.checkouts.append((who, checkout["sessionId"]))


async def pay(act: Acting) -> None:
    """Pay an open session at the bank, at once or delayed, or let it expire there."""
    bank = act.world.bank.store
    sessions = [each for each in bank.objects["session"].values() if each["status"] == "open"]
    if sessions:
        session = act.random.choice(sessions)
        if act.random.random() < 0.15:
            bank.expire_session(session["id"])
            return
        bank.pay_session(session["id"], delayed=act.random.random() < 0.2)
        act.known.intents.append(session["payment_intent"])
    for session in on_its_way(act.world):
        bank.end_delayed_payment(session["id"], succeeded=act.random.random() < 0.7)


def on_its_way(world: World) -> list[dict[str, Any]]:
    """Return the bank's sessions whose delayed payment has not arrived."""
    bank = world.bank.store
    waiting = {
        each["id"]
        for each in bank.objects["payment_intent"].values()
        if each["status"] == "processing"
    }
    return [each for each in bank.objects["session"].values() if each["payment_intent"] in waiting]


async def give_back(act: Acting) -> None:
    """Refund or dispute a payment at the bank, or fail a refund, or close a dispute."""
    bank, known = act.world.bank.store, act.known
    try:
        match act.random.randrange(6):
            case 0 if known.refunds:
                bank.fail_refund(known.refunds.pop())
            case 1 if known.disputes:
                bank.close_dispute(known.disputes.pop(), won=act.random.random() < 0.5)
            case 2 if known.intents:
                known.disputes.append(
                    bank.open_dispute(act.random.choice(known.intents), None, withdraw=True)["id"]
                )
            case _ if known.intents:
                intent = act.random.choice(known.intents)
                amount = act.random.choice((None, 37, 50))
                made = bank.create_refund({"payment_intent": intent, "amount": amount})
                known.refunds.append(made["id"])
    except StripeRefusal:
        pass  # the bank refuses to return more than was paid


async def event(act: Acting) -> None:
    """Deliver one of the bank's last twelve events, in any order and any number of times."""
    if act.world.bank.events:
        await deliver(act, act.random.choice(act.world.bank.events[-12:]))


async def deliver(act: Acting, sent: dict[str, Any]) -> int:
    """Deliver an event of the bank, signed now; return the status of the answer."""
    text = json.dumps(to_wire_object(sent))
    now = act.world.clock.now() // SECOND
    signed = stripe.WebhookSignature.generate_signature_header(text, SECRET, now)
    headers = {"Stripe-Signature": signed, "Content-Type": "application/json"}
    path = "/api/v1/webhooks/stripe"
    answer = await act.world.call("POST", path, content=text, headers=headers)
    if answer.status_code == OK:
        about = sent["data"]["object"]
        intent = about.get("payment_intent")
        if answer.json()["outcome"] == "refunded" and f"paid {intent}" not in act.known.delivered:
            act.world.note("refund before payment")
        if sent["type"].startswith("checkout.session"):
            act.known.delivered.add(f"paid {intent}")
        act.known.delivered.add(sent["id"])
    status: int = answer.status_code
    return status


async def claim(act: Acting) -> None:
    """Claim a checkout, which settles it if its payment has arrived."""
    if act.known.checkouts:
        who, session = act.random.choice(act.known.checkouts)
        await act.call("POST", "/api/v1/claim/stripe", who, json={"sessionId": session})


async def work(act: Acting) -> None:
    """Take a message as a worker does, and run a job that is due."""
    host = act.world.application.host
    assert host is not None
    messages = host._broker.queues["image"]
    if messages.qsize():
        message = Message.decode(messages.get_nowait())
        if act.random.random() < 0.2:
            messages.put(message.encode())  # it comes twice
        await act.world.runtime.run_queue(*message.args[:1])


async def sweep(act: Acting) -> None:
    """Run each sweep once."""
    await sweep_once(act.world.application)


async def flush(act: Acting) -> None:
    """Lose all messages of the broker."""
    host = act.world.application.host
    assert host is not None
    host._broker.flush_all()


async def jump(act: Acting) -> None:
    """Move the wall clock forward or back, as a machine that slept or a clock that was set."""
    by = act.random.choice((1, 61, 61, 130, 20 * 60, 30 * HOUR, 74 * HOUR, -10))
    if act.known.seconds is not None and act.random.random() < 0.7:
        by = act.known.seconds
    act.world.clock.offset += by * SECOND


async def days(act: Acting) -> None:
    """Move the clock by days, and run each sweep once."""
    act.world.clock.offset += act.random.choice((30, 74, 74)) * HOUR * SECOND
    await sweep(act)


async def lapse(act: Acting) -> None:
    """Let the lease of a worker expire while it stands at its last points, and others go on."""
    await act.world.stands("engine.finished", "output.stored")
    act.world.clock.offset += LAPSE * SECOND
    await sweep(act)
    await act.world.runtime.run_next_job("image")


async def wait(act: Acting) -> None:
    """Let some seconds pass on the loop."""
    await asyncio.sleep(act.random.choice((0.2, 2.0, 20.0, 65.0, 400.0)))


async def revoke(act: Acting) -> None:
    """Revoke Ann's second key, with which other operations may be under way."""
    who = "spare"
    if who in act.known.callers:
        key = act.known.callers[who]
        prefix = key.split("_")[2][:8]
        answer = await act.call("POST", "/api/v1/keys/revoke", "ann", json={"keyPrefix": prefix})
        if answer.status_code == OK:
            act.known.revoked.add(who)


async def balance(act: Acting) -> None:
    """Read the balance of a customer."""
    await act.call("GET", "/api/v1/balance", act.who())


USUAL: dict[Operation, int] = {
    submit: 10,
    work: 9,
    execute: 5,
    prepare: 4,
    pay: 5,
    event: 8,
    buy: 4,
    sweep: 4,
    wait: 4,
    quote: 2,
    cancel: 3,
    reject: 1,
    give_back: 3,
    claim: 2,
    flush: 1,
    jump: 2,
    lapse: 1,
    days: 1,
    revoke: 1,
    balance: 1,
}
