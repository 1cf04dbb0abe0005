"""Delivery of events: signed as Stripe signs them, and repeated until a 2xx is answered."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any, TypedDict

import httpx2
import stripe

from gateway.kit.outgoing.bounded_client import AnswerLimits, build_http_client
from gateway.stripe_stand_in.store import Object

MAX_TRIES, FIRST_WAIT_SECONDS = 6, 0.2


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that gets events, and the secret that they are signed with."""

    url: str
    secret: str


class DeliveryTry(TypedDict):
    """A try to deliver an event; the status is 0 if no answer came."""

    event: str
    type: str
    status: int


@dataclass(slots=True)
class Delivery:
    """The delivery of events in the background; `tries` holds each try."""

    endpoints: list[Endpoint] = field(default_factory=list)
    is_on: bool = True
    tries: list[DeliveryTry] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start_delivery(self, event: Object) -> None:
        """Start to deliver a new event, unless delivery is switched off."""
        if not self.is_on:
            return
        for endpoint in self.endpoints:
            task = asyncio.get_running_loop().create_task(
                self._deliver_until_taken(event, endpoint)
            )
            self.tasks.add(task)  # the event loop keeps only a weak reference to a task
            task.add_done_callback(self.tasks.discard)

    async def _deliver_until_taken(self, event: Object, endpoint: Endpoint) -> None:
        for number in range(MAX_TRIES):
            if httpx2.codes.is_success(await self.send_event(event, endpoint)):
                return
            await asyncio.sleep(FIRST_WAIT_SECONDS * 2**number)

    async def send_event(
        self, event: Object, endpoint: Endpoint, timestamp: int | None = None
    ) -> int:
        """Send an event once; return the status, 0 if no answer came."""
        text = json.dumps(to_wire_object(event))
        at = int(time.time()) if timestamp is None else timestamp
        signed = stripe.WebhookSignature.generate_signature_header(text, endpoint.secret, at)
        headers = {
            "Stripe-Signature": f"{signed},v0={'0' * 64}",
            "Content-Type": "application/json; charset=utf-8",
        }
        try:
            async with build_http_client(AnswerLimits(seconds=30)) as client:
                answer = await client.post(endpoint.url, content=text, headers=headers)
            status = answer.status_code
        except httpx2.HTTPError:
            status = 0
        self.tries.append({"event": event["id"], "type": event["type"], "status": status})
        return status


def to_wire_object(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return an object without the private fields of the stand-in, which begin with `_`."""
    if isinstance(value, dict):
        return {
            name: to_wire_object(each) for name, each in value.items() if not name.startswith("_")
        }
    if isinstance(value, list):
        return [to_wire_object(each) for each in value]
    return value
