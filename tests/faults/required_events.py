"""The events that a run of many seeds must have: without them it could pass and try nothing."""

from collections import Counter

from tests.faults.points import CRASH_POINTS

END_EVENTS = (
    *(f"job {state}" for state in ("succeeded", "failed", "canceled", "expired")),
    *(f"plan {state}" for state in ("succeeded", "partial", "failed", "rejected", "expired")),
)
REQUIRED_EVENTS = (
    *(f"{what} {point}" for point in CRASH_POINTS for what in ("reached", "crashed")),
    *END_EVENTS,
    "402",
    "409",
    "410",
    "replayed",
    "paid and credited",
    "refund taken",
    "refund before payment",
    "two tasks inside one key",
    "stale fence refused",
    "lease lost and job requeued",
)


def list_missing_events(seen: Counter[str]) -> list[str]:
    """Return the required events that have not happened."""
    return [what for what in REQUIRED_EVENTS if not seen[what]]
