"""The load of a chaos run: callers that submit, pay, approve and repeat, and note each promise.

A caller behaves as an HTTP client behind a proxy with two gateways: a try that is refused by the
network, answered with 5xx or called retryable is made again, at the other gateway, under the same
idempotency key, until it is answered.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from tests.chaos.deployment import Deployment
from tests.chaos.promises import JobPromise, PaymentPromise, PlanPromise, PromiseBook
from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET
from tests.gateway import OPEN_JOB_STATUSES, picture_data_uri, picture_input
from tests.load import JOBS, RetryPolicy, TryResult, name_outcome, needs_retry

PLANS = "/api/v1/studio/agent/approval-plans"
CHECKOUT, CLAIM = "/api/v1/checkout/stripe", "/api/v1/claim/stripe"
PACKAGE, PACKAGE_MICROUSD = "builder_600", 6_000_000
PATIENCE_SECONDS = 180
PATIENT = RetryPolicy(patience_seconds=PATIENCE_SECONDS, pause_seconds=0.2)
SLOWEST_SECONDS = 4  # of a job of the sandbox: long enough to be caught in the middle
CALLERS, PAUSE_SECONDS = 3, 3.0


class Unanswered(Exception):  # noqa: N818 - names what happened
    """A call had no answer in three minutes, from either gateway."""


@dataclass
class Caller:
    """One caller, in a thread of its own; it makes one call after the other."""

    deployment: Deployment
    book: PromiseBook
    random: Random
    first: int = 0
    clients: dict[str, list[httpx2.Client]] = field(default_factory=dict)

    def open(self, stack: ExitStack) -> None:
        """Open the clients of both gateways for every account."""
        for account in self.deployment.accounts:
            self.clients[account] = [
                stack.enter_context(self.deployment.open_client(gateway, account))
                for gateway in self.deployment.gateways
            ]

    def call(
        self,
        account: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 - of httpx
    ) -> httpx2.Response:
        """Make a call until a gateway answers it.

        Raises:
            Unanswered: Neither did in three minutes.
        """
        began, first, clients = time.monotonic(), self.first, self.clients[account]
        self.first += 1  # as a proxy that takes turns

        def send(number: int) -> httpx2.Response:
            client = clients[(first + number) % len(clients)]
            return client.request(method, path, json=body, **more)

        def record(result: TryResult) -> None:
            if needs_retry(result):
                self.book.record_failed_try(name_outcome(result))

        result = PATIENT.call(send, record)
        answered = not needs_retry(result)
        self.book.record_call(time.monotonic() - began, answered=answered)
        if isinstance(result, httpx2.Response) and answered:
            return result
        raise Unanswered(f"{method} {path}")

    def act(self) -> None:
        """Make one random act of a customer."""
        acts = (
            (self.submit_test_picture, 6),
            (self.submit_live_picture, 3),
            (self.submit_live_edit, 2),
            (self.repeat_submit, 2),
            (self.execute_plan, 1),
            (self.pay_at_bank, 1),
            (self.read_balance, 1),
        )
        (act,) = self.random.choices([act for act, _ in acts], [weight for _, weight in acts])
        act()

    def submit_test_picture(self) -> None:
        """Submit a picture of the sandbox, with a webhook."""
        seconds = self.random.randint(0, SLOWEST_SECONDS)
        self.submit("test", "image.generate", picture_input(f"a fox [sandbox:slow={seconds}]"))

    def submit_live_picture(self) -> None:
        """Submit a picture of the GPU node."""
        self.submit("live", "image.generate", picture_input("an owl"))

    def submit_live_edit(self) -> None:
        """Submit an edit, with an input file, to the server of the OpenAI API."""
        picture = picture_data_uri(256, 256, shade=self.random.randint(0, 255))
        self.submit("live", "image.edit", {"prompt": "at night", "image": picture})

    def submit(self, account: str, task: str, task_input: dict[str, Any]) -> None:
        """Submit a job with a webhook under a new idempotency key, and note its promise."""
        key = secrets.token_hex(8)
        body = {"task": task, "input": task_input, "webhook": {"url": self.deployment.sink.url}}
        answer = self.call(account, "POST", JOBS, body, headers={"X-Idempotency-Key": key})
        if answer.status_code != httpx2.codes.ACCEPTED:
            self.book.record_broken(f"a submit is refused: {answer.status_code} {answer.text}")
            return
        job = answer.json()
        price = job["billing"]["priceMicrousd"]
        self.book.jobs.append(
            JobPromise(account, key, body, answer.content, job["jobId"], price, has_webhook=True)
        )

    def repeat_submit(self) -> None:
        """Send an earlier submit again; its answer must have the same bytes."""
        if self.book.jobs:
            self.check_replay(self.random.choice(self.book.jobs))

    def check_replay(self, promise: JobPromise) -> None:
        """Repeat a submit and compare the answer with the one that was promised."""
        headers = {"X-Idempotency-Key": promise.key}
        again = self.call(promise.account, "POST", JOBS, promise.body, headers=headers)
        self.book.replay_count += 1
        if again.content != promise.answer:
            self.book.record_broken(f"{promise.job_id}: its key is answered by {again.text}")

    def wait_for_job(self, promise: JobPromise) -> dict[str, Any]:
        """Return a job with its details when it has ended, or as it is after three minutes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        query = {"jobId": promise.job_id, "waitSeconds": 5, "includeDetails": 1}
        while True:
            answer = self.call(promise.account, "GET", JOBS, params=query)
            if not answer.is_success:
                raise ValueError(f"{promise.job_id}: {answer.text}")
            job: dict[str, Any] = answer.json()
            if job["status"] not in OPEN_JOB_STATUSES or time.monotonic() > deadline:
                return job

    def execute_plan(self) -> None:
        """Prepare a plan of two pictures and approve it."""
        steps = [
            {"operation": "image.generate", "input": picture_input(f"step {number}")}
            for number in range(2)
        ]
        prepared = self.call("test", "POST", f"{PLANS}/prepare", {"steps": steps})
        if prepared.status_code != httpx2.codes.CREATED:
            self.book.record_broken(f"a plan is refused: {prepared.text}")
            return
        plan = prepared.json()
        body = {"planId": plan["planId"], "planHash": plan["planHash"]}
        executed = self.call("test", "POST", f"{PLANS}/execute", body)
        if not executed.is_success:
            self.book.record_broken(f"{plan['planId']} is not executed: {executed.text}")
            return
        jobs = tuple(executed.json()["jobIds"])
        self.book.plans.append(PlanPromise(plan["planId"], jobs, plan["totalMicrousd"]))

    def pay_at_bank(self) -> None:
        """Open a checkout, pay it, and let the bank deliver its event to a gateway or fail to."""
        headers = {"X-Idempotency-Key": secrets.token_hex(8)}
        opened = self.call("test", "POST", CHECKOUT, {"packageCode": PACKAGE}, headers=headers)
        if opened.status_code not in {httpx2.codes.OK, httpx2.codes.CREATED}:
            self.book.record_broken(f"a checkout is refused: {opened.text}")
            return
        checkout, bank = opened.json(), self.deployment.stripe
        bank.call_control("pay", session=checkout["sessionId"])
        self.book.payments.append(PaymentPromise(checkout["checkoutId"], PACKAGE_MICROUSD))
        (event,) = bank.list_event_ids(checkout["sessionId"], "checkout.session.completed")
        url = f"{self.random.choice(self.deployment.gateways).base}/api/v1/webhooks/stripe"
        # Once: a delivery that fails is found by the claim or by the sweep of checkouts.
        bank.http.post(
            "/_test/redeliver",
            json={"event": event, "url": url, "secret": STRIPE_WEBHOOK_SECRET},
        )
        self.call("test", "POST", CLAIM, {"checkoutId": checkout["checkoutId"]})

    def read_balance(self) -> None:
        """Read the balance; it is never negative."""
        balance = self.call("test", "GET", "/api/v1/balance").json()
        if balance["availableMicrousd"] < 0:
            self.book.record_broken(f"a negative balance: {balance}")


@contextmanager
def run_load(
    deployment: Deployment, book: PromiseBook, seed: int, pause_seconds: float = PAUSE_SECONDS
) -> Iterator[None]:
    """Run the callers for the block; each pauses up to twice `pause_seconds` between its acts."""
    ended = threading.Event()

    def run(number: int) -> None:
        random = Random(f"{seed} {number}")  # noqa: S311 - no secret
        with ExitStack() as stack:
            caller = Caller(deployment, book, random, first=number)
            caller.open(stack)
            while not ended.wait(random.uniform(0, 2 * pause_seconds)):
                try:
                    caller.act()
                except Unanswered as error:
                    book.record_broken(f"never answered: {error}")
                except Exception as error:  # noqa: BLE001 - a thread would end without a word
                    book.record_broken(f"a caller failed: {error!r}")

    threads = [
        threading.Thread(target=run, args=(number,), daemon=True) for number in range(CALLERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS + 60)
