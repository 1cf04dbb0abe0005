"""A history of a shop, drawn from a seed: buyers, their banks, Stripe and the operator act in turn.

Each act goes through a door: the API of a gateway, the hosted page, the command line, or a webhook.
Nothing is expected of an act but that it is answered. What must hold is checked at the end, from
what the bank says alone (`bank_books`), and by the gateway's own checks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import httpx2

from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET, StripeStandIn
from tests.flows.money.histories.bank_books import list_paid
from tests.gateway import Client, Gateway, call_at_once

WEBHOOK = "/api/v1/webhooks/stripe"
LOST_FOR_EVER = 0.05  # of the events; Stripe gives up after three days
ADDRESSES: tuple[dict[str, str], ...] = (
    {"line1": "1 High Street", "city": "London", "postal_code": "N1 1AA", "country": "GB"},
    {"line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "DE"},
    {"line1": "1 Main Street", "city": "Austin", "postal_code": "78701", "country": "US"},
    {"line1": "1 Rue Haute", "city": "Paris", "postal_code": "75001", "country": "FR"},
)
TAX_NUMBERS = {"DE": "DE123456789", "FR": "FR12345678901", "GB": "GB123456789"}
CARDS = ("4242", "4242424242424242", "5555555555554444", "4000002500003155", "4000000000000002")


@dataclass
class History:
    """A history in progress; `open_sessions` and `events_left` are what has not happened yet."""

    random: Random
    shops: list[Gateway]
    bank: StripeStandIn
    buyers: list[Client]
    packages: list[dict[str, Any]]
    credit_codes: list[str] = field(default_factory=list)
    open_sessions: list[str] = field(default_factory=list)
    delayed_sessions: list[str] = field(default_factory=list)
    events_left: list[str] = field(default_factory=list)
    seen_events: set[str] = field(default_factory=set)
    consumed_microusd: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def pick_buyer(self) -> Client:
        """Pick a buyer, at a gateway that their next call happens to reach."""
        return self.random.choice(self.buyers)

    def call_control(self, name: str, /, **values: Any) -> httpx2.Response:  # noqa: ANN401 - JSON
        """Call a control of the bank, which may refuse."""
        answer = self.bank.http.post(f"/_test/{name}", json=values)
        assert answer.status_code in {200, 400, 402, 404}, answer.text
        self.log.append(f"{name} {values} -> {answer.status_code}")
        return answer

    def find_paid(self) -> list[dict[str, Any]]:
        """Find what the buyers of this history have paid so far."""
        accounts = {each.account_id for each in self.buyers}
        return [each for each in list_paid(self.bank) if each["account_id"] in accounts]

    def forget_earlier_events(self) -> None:
        """Leave out the events that earlier histories made at the same bank."""
        self.seen_events = {each["id"] for each in self.bank.call_control("objects", kind="event")}

    def hear_new_events(self) -> None:
        """Queue the bank's new events for delivery; a few are lost for ever."""
        mine = {each.account_id for each in self.buyers}
        for event in self.bank.call_control("objects", kind="event"):
            if event["id"] in self.seen_events:
                continue
            self.seen_events.add(event["id"])
            if is_about(event, mine) and self.random.random() >= LOST_FOR_EVER:
                self.events_left.append(event["id"])

    def deliver_events(self, count: int) -> None:
        """Deliver some events in any order, some of them several times at once."""
        self.hear_new_events()
        for _ in range(min(count, len(self.events_left))):
            event = self.events_left.pop(self.random.randrange(len(self.events_left)))
            copies = self.random.choice((1, 1, 1, 2, 3))
            calls: list[Callable[[], int]] = [
                partial(self.deliver_event, event, self.random.choice(self.shops))
                for _ in range(copies)
            ]
            answers = call_at_once(calls)
            # 503: another copy is just being handled, or the bank was asked too often; Stripe
            # delivers again.
            assert set(answers) <= {200, 503}, answers
            if 200 not in answers:
                self.events_left.append(event)

    def deliver_event(self, event: str, shop: Gateway) -> int:
        """Deliver an event to a gateway; return its status."""
        status: int = self.bank.call_control(
            "redeliver", event=event, url=f"{shop.base}{WEBHOOK}", secret=STRIPE_WEBHOOK_SECRET
        )
        return status


def is_about(event: dict[str, Any], accounts: set[str]) -> bool:
    """Return True if an event may be about one of these accounts."""
    named = event["data"]["object"].get("client_reference_id")
    return named is None or named in accounts
