"""The promises that the deployment has given to its callers, and how its calls went."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class JobPromise:
    """A job that was accepted: its request, and the very bytes of the answer."""

    account: str
    key: str
    body: dict[str, Any]
    answer: bytes
    job_id: str
    price_microusd: int
    has_webhook: bool


@dataclass(frozen=True, slots=True)
class PlanPromise:
    """A plan that was approved: the jobs that began with it, and the price of all its steps."""

    plan_id: str
    job_ids: tuple[str, ...]
    price_microusd: int


@dataclass(frozen=True, slots=True)
class PaymentPromise:
    """A checkout that was paid at the bank, and the credit that it buys."""

    checkout_id: str
    credit_microusd: int


@dataclass
class PromiseBook:
    """All promises of a run, and the count of its calls; callers in many threads write to it."""

    jobs: list[JobPromise] = field(default_factory=list)
    plans: list[PlanPromise] = field(default_factory=list)
    payments: list[PaymentPromise] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    call_count: int = 0
    replay_count: int = 0
    unanswered_count: int = 0
    longest_call_seconds: float = 0.0
    # What a caller saw of one gateway before the other, or the same one later, answered.
    failed_tries: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def record_failed_try(self, what: str) -> None:
        """Count a try that was not answered: its status, or the name of the error."""
        with self.lock:
            self.failed_tries[what] += 1

    def record_call(self, seconds: float, *, answered: bool) -> None:
        """Count a call with all its tries."""
        with self.lock:
            self.call_count += 1
            self.unanswered_count += not answered
            self.longest_call_seconds = max(self.longest_call_seconds, seconds)

    def record_broken(self, text: str) -> None:
        """Note a promise that was not kept."""
        with self.lock:
            self.broken.append(text)

    def count_failed_tries(self) -> int:
        """Return how many tries were not answered up to now."""
        with self.lock:
            return self.failed_tries.total()
