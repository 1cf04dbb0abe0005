"""The end of a history: slow banks answer, events are delivered, and the books are compared."""

import json
import time
from typing import Any

from tests.admin_commands import REASON_OPTION, run_admin
from tests.flows.money.histories import acts, top_up_acts
from tests.flows.money.histories.history import History
from tests.gateway import JOB_SECONDS, Gateway


def close_history(history: History) -> dict[str, Any]:
    """Let all that waits happen, settle what was lost, and return the last comparison of books."""
    while history.delayed_sessions:
        acts.end_delayed_payment(history)
    history.deliver_events(10_000)
    while history.events_left:
        history.deliver_events(10_000)
    acts.sweep(history)
    end_top_ups(history)
    compare_books(history.shops[0], "--apply", *REASON_OPTION)
    return compare_books(history.shops[0])


def end_top_ups(history: History) -> None:
    """Turn every auto top-up off, and sweep until none is in flight."""
    for buyer in history.buyers:
        with history.shops[0].browser(buyer.account_id) as page:
            assert page.delete(top_up_acts.TOP_UP).status_code == 200
    deadline = time.monotonic() + JOB_SECONDS
    while any(each.http.get(top_up_acts.TOP_UP).json()["inFlight"] for each in history.buyers):
        assert time.monotonic() < deadline, "a top-up is in flight for ever"
        top_up_acts.sweep_top_ups(history.shops[0])
    history.deliver_events(10_000)


def compare_books(shop: Gateway, *options: str) -> dict[str, Any]:
    """Return the comparison of our books with the bank's, whether they differ or not."""
    words = ("reconcile", "--provider", "stripe", "--mode", "test", "--json", *options)
    ended = run_admin(shop, *words, code=None)
    report: dict[str, Any] = json.loads(ended.stdout)
    return report
