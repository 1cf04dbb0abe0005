"""Load on a deployment: callers that go on whatever happens, and write down what failed."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any, Self

import httpx2

from tests.gateway import EMPTY_TLS_CONTEXT, OPEN_JOB_STATUSES, STOP_SECONDS, picture_input
from tests.waiting import wait_for_condition

CALLERS, PACE_SECONDS = 4, 0.05


class SteadyLoad:
    """Callers through a proxy, each call on a connection of its own, none tried a second time."""

    def __init__(self, base: str, key: str) -> None:
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        self.jobs: dict[str, str] = {}
        self._http = httpx2.Client(
            base_url=base,
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
            trust_env=False,
            verify=EMPTY_TLS_CONTEXT,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )
        self._pool, self._ended, self._numbers = (
            ThreadPoolExecutor(CALLERS),
            threading.Event(),
            count(),
        )
        self._callers: list[Future[None]] = []

    def __enter__(self) -> Self:
        """Start the callers."""
        self._callers = [self._pool.submit(self._call_until_end) for _ in range(CALLERS)]
        return self

    def __exit__(self, *_: object) -> None:
        """End the callers."""
        self.end()
        self._pool.shutdown()
        self._http.close()

    def end(self) -> None:
        """Let each caller finish its call, and make no other."""
        self._ended.set()
        for caller in self._callers:
            caller.result(STOP_SECONDS)

    def wait_for_calls(self, more: int) -> None:
        """Wait until so many more calls were answered or failed."""
        target = self.total + more
        wait_for_condition(lambda: self.total >= target)

    @property
    def total(self) -> int:
        """Return how many calls were made."""
        return self.counts.total() + len(self.failures)

    def _call_until_end(self) -> None:
        """Submit, wait for the end of that job, read the balance; and again."""
        while not self._ended.wait(PACE_SECONDS):
            number = next(self._numbers)
            accepted = self._call("submit", 202, partial(self._submit, number))
            job_id, status = accepted.get("jobId"), accepted.get("status")
            while status in OPEN_JOB_STATUSES and not self._ended.is_set():
                query = {"jobId": job_id, "waitSeconds": 2}
                read = partial(self._http.get, "/api/v1/media/jobs", params=query)
                status = self._call("wait", 200, read).get("status")
            self._call("balance", 200, partial(self._http.get, "/api/v1/balance"))

    def _submit(self, number: int) -> httpx2.Response:
        key = f"load-{number}"
        answer = self._http.post(
            "/api/v1/media/jobs",
            json={"task": "image.generate", "input": picture_input(f"{number}")},
            headers={"X-Idempotency-Key": key},
        )
        if answer.status_code == httpx2.codes.ACCEPTED:
            self.jobs[key] = answer.json()["jobId"]
        return answer

    def _call(self, name: str, status: int, call: Callable[[], httpx2.Response]) -> dict[str, Any]:
        """Make a call and count it; return its answer, empty if it failed."""
        try:
            answer = call()
        except httpx2.HTTPError as error:
            self.failures.append(f"{name}: {error!r}")
            return {}
        if answer.status_code != status:
            self.failures.append(f"{name}: {answer.status_code} {answer.text[:200]}")
            return {}
        self.counts[name] += 1
        body: dict[str, Any] = answer.json()
        return body
