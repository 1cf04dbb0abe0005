"""The events that a run of many seeds must have: without them it could pass and try nothing."""

from collections import Counter

from tests.faults.points import POINTS

ENDS = (
    *(f"job {state}" for state in ("succeeded", "failed", "canceled", "expired")),
    *(f"plan {state}" for state in ("succeeded", "partial", "failed", "rejected", "expired")),
)
SOMETIMES = (
    *(f"{what} {point}" for point in POINTS for what in ("reached", "crashed")),
    *ENDS,
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


def never(seen: Counter[str]) -> list[str]:
    """Return the required events that have not happened."""
    return [what for what in SOMETIMES if not seen[what]]
