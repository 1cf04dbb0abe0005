"""Load on gateways: callers that go on whatever happens, and count how each try of a call ended."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import httpx2

from tests.gateway import OPEN_JOB_STATUSES, picture_input, quote_item
from tests.waiting import PATIENCE_SECONDS, wait_for_condition

JOBS = "/api/v1/media/jobs"
CALLERS, PACE_SECONDS = 4, 0.05
TryResult = httpx2.Response | httpx2.TransportError


def needs_retry(result: TryResult) -> bool:
    """Return True if there was no answer, or it is a 5xx or says that it may be asked for again."""
    if isinstance(result, httpx2.TransportError):
        return True
    if result.is_server_error:
        return True
    is_problem = result.headers.get("content-type") == "application/problem+json"
    return is_problem and bool(result.json().get("retryable"))


def name_outcome(result: TryResult) -> str:
    """Return `ok`, the status of a refusal, or the name of the error."""
    if isinstance(result, httpx2.TransportError):
        return type(result).__name__
    return "ok" if result.is_success else str(result.status_code)


@dataclass(frozen=True)
class RetryPolicy:
    """A limit of tries and of time for a call that needs retries; our clients' by default."""

    most_tries: int = sys.maxsize
    patience_seconds: float = PATIENCE_SECONDS
    pause_seconds: float = 0.05

    def call(
        self, send: Callable[[int], httpx2.Response], record: Callable[[TryResult], object]
    ) -> TryResult:
        """Send a call, by the number of its try, until it needs no retry; return the last result.

        `record` is told of each try as soon as it has ended.
        """
        began, number = time.monotonic(), 0
        while True:
            try:
                result: TryResult = send(number)
            except httpx2.TransportError as error:
                result = error
            record(result)
            number += 1
            is_over = time.monotonic() - began > self.patience_seconds
            if not needs_retry(result) or number == self.most_tries or is_over:
                return result
            time.sleep(self.pause_seconds)


NO_RETRIES, UNTIL_ANSWERED = RetryPolicy(most_tries=1), RetryPolicy()


class Load:
    """Callers that make the same acts in rounds, each in a thread, with one client after another.

    `outcomes` counts tries, as `submit: ok`; a call whose last try failed is a line of `failures`.
    """

    def __init__(
        self,
        clients: Sequence[httpx2.Client],
        acts: Sequence[Callable[["Load", int], object]],
        retries: RetryPolicy = NO_RETRIES,
        *,
        callers: int = CALLERS,
        rounds: int | None = None,
    ) -> None:
        self.outcomes: Counter[str] = Counter()
        self.failures: list[str] = []
        self.jobs: dict[str, str] = {}
        self.call_count, self.sent_on_count, self.longest_seconds = 0, 0, 0.0
        self._clients, self._acts, self._retries = clients, acts, retries
        self._rounds = count() if rounds is None else iter(range(rounds))
        self._turns, self._caller_count = count(), callers
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._pool = ThreadPoolExecutor(callers)
        self._callers: list[Future[None]] = []

    def __enter__(self) -> Self:
        """Start the callers."""
        self._callers = [self._pool.submit(self._run) for _ in range(self._caller_count)]
        return self

    def __exit__(self, *_: object) -> None:
        """End the callers."""
        self.end()
        self._pool.shutdown()

    def end(self) -> None:
        """Let each caller finish its call, and begin no other round."""
        self._ended.set()
        self.finish()

    def finish(self) -> None:
        """Wait until the callers have made all their rounds."""
        for caller in self._callers:
            caller.result(PATIENCE_SECONDS)

    def wait_for_calls(self, more: int) -> None:
        """Wait until so many more calls were answered or failed."""
        target = self.call_count + more
        wait_for_condition(lambda: self.call_count >= target)

    def take_outcomes(self) -> Counter[str]:
        """Return how the tries ended, and begin to count anew."""
        with self._lock:
            taken, self.outcomes = self.outcomes, Counter()
        return taken

    def list_failed_tries(self) -> dict[str, int]:
        """Return the outcomes that were no success."""
        with self._lock:
            return {each: n for each, n in self.outcomes.items() if not each.endswith(": ok")}

    def submit(self, number: int) -> dict[str, Any]:
        """Submit a picture under a key of its own; return its job."""
        key = f"load-{number}"
        body = {"task": "image.generate", "input": picture_input(f"{number}")}
        job = self._call("submit", "POST", JOBS, json=body, headers={"X-Idempotency-Key": key})
        if job:
            self.jobs[key] = job["jobId"]
        return job

    def run_job(self, number: int) -> None:
        """Submit a picture, and wait for the end of its job."""
        job = self.submit(number)
        while job.get("status") in OPEN_JOB_STATUSES and not self._ended.is_set():
            query = {"jobId": job["jobId"], "waitSeconds": 2}
            job = self._call("wait", "GET", JOBS, params=query)

    def list_jobs(self, _: int) -> None:
        """List the jobs."""
        self._call("list", "GET", JOBS)

    def create_quote(self, _: int) -> None:
        """Request a quote for a picture."""
        items = {"items": [quote_item("image.generate", picture_input())]}
        self._call("quote", "POST", "/api/v1/media/quote", json=items)

    def read_balance(self, _: int) -> None:
        """Read the balance."""
        self._call("balance", "GET", "/api/v1/balance")

    def _run(self) -> None:
        while not self._ended.wait(PACE_SECONDS):
            number = next(self._rounds, None)
            if number is None:
                return
            for act in self._acts:
                act(self, number)

    def _call(self, name: str, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - of httpx
        """Make a call and count it; return its answer, empty if it failed."""
        began, first = time.monotonic(), next(self._turns)
        tries: list[TryResult] = []

        def send(number: int) -> httpx2.Response:
            client = self._clients[(first + number) % len(self._clients)]
            return client.request(method, path, **request)

        def record(result: TryResult) -> None:
            tries.append(result)
            with self._lock:
                self.outcomes[f"{name}: {name_outcome(result)}"] += 1

        result = self._retries.call(send, record)
        is_answered = isinstance(result, httpx2.Response) and result.is_success
        with self._lock:
            self.call_count += 1
            self.sent_on_count += is_answered and len(tries) > 1
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)
        if isinstance(result, httpx2.Response) and result.is_success:
            body: dict[str, Any] = result.json()
            return body
        text = result.text[:200] if isinstance(result, httpx2.Response) else repr(result)
        self.failures.append(f"{name}: {name_outcome(result)} {text}")
        return {}
