"""The end of a history: slow banks answer, events are delivered, and the books are compared."""

import json
from typing import Any

from tests.admin_commands import REASON_OPTION, run_admin
from tests.flows.money.histories import acts
from tests.flows.money.histories.history import History
from tests.gateway import Gateway


def close_history(history: History) -> dict[str, Any]:
    """Let all that waits happen, settle what was lost, and return the last comparison of books."""
    while history.delayed_sessions:
        acts.end_delayed_payment(history)
    history.deliver_events(10_000)
    while history.events_left:
        history.deliver_events(10_000)
    acts.sweep(history)
    compare_books(history.shops[0], "--apply", *REASON_OPTION)
    return compare_books(history.shops[0])


def compare_books(shop: Gateway, *options: str) -> dict[str, Any]:
    """Return the comparison of our books with the bank's, whether they differ or not."""
    words = ("reconcile", "--provider", "stripe", "--mode", "test", "--json", *options)
    ended = run_admin(shop, *words, code=None)
    report: dict[str, Any] = json.loads(ended.stdout)
    return report
