"""The stand-in for Stripe in a process of its own, with its controls as calls."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tests.gateway import find_free_port

STRIPE_KEY, STRIPE_WEBHOOK_SECRET, START_SECONDS = "sk_test_standin", "whsec_standin", 20


class StripeStandIn:
    """A running stand-in and a client of it."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.http = httpx2.Client(base_url=self.base, timeout=30, trust_env=False)

    @property
    def settings(self) -> dict[str, str]:
        """Return the settings of a gateway that uses it for the test book."""
        return {
            "KT_TEST_STRIPE_KEY": STRIPE_KEY,
            "KT_TEST_STRIPE_WEBHOOK_SECRETS": f"whsec_older,{STRIPE_WEBHOOK_SECRET}",
            "KT_TEST_STRIPE_API_BASE": self.base,
        }

    def call_control(self, name: str, /, **values: Any) -> Any:  # noqa: ANN401 - JSON
        """Call a control of the stand-in; `Controls` has their names and arguments."""
        answer = self.http.post(f"/_test/{name}", json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get_object(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return an object of Stripe's API."""
        answer = self.http.get(path, headers={"Authorization": f"Bearer {STRIPE_KEY}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def list_event_ids(self, about: str, kind: str) -> list[str]:
        """Return the ids of the events of a type about an object."""
        events = self.call_control("events", about=about)
        return [each["id"] for each in events if each["type"] == kind]


@contextmanager
def serve_stripe(*, controls: bool = True) -> Iterator[StripeStandIn]:
    """Run a stand-in for the block; it delivers no event until a test tells it where."""
    port = find_free_port()
    options = ["--controls"] * controls
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.stripe_stand_in", "--port", str(port), *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - a text
    )
    running = StripeStandIn(port)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_reachable(running.http):
            assert process.poll() is None, "the stand-in for Stripe did not start"
            assert time.monotonic() < deadline, "the stand-in for Stripe is slow to start"
            time.sleep(0.05)
        yield running
    finally:
        running.http.close()
        process.terminate()
        process.wait(START_SECONDS)


def is_reachable(http: httpx2.Client) -> bool:
    """Return True if the stand-in answers."""
    try:
        return http.get("/v1/events").status_code == httpx2.codes.UNAUTHORIZED
    except httpx2.TransportError:
        return False
