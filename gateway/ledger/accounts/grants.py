"""Grants and the order in which they pay: promo by expiry, bonus, earned, paid, oldest first.

Pure functions of values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

Category = Literal["promo", "bonus", "earned", "paid"]  # in spending order
CATEGORIES: tuple[Category, ...] = get_args(Category)
NEVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Grant:
    """Credit with an origin and an expiry, and what remains of it."""

    id: str
    category: Category
    purchase_id: str | None
    remaining_microusd: int
    expires_at: int | None
    created_at: int

    def is_expired(self, now: int) -> bool:
        """Return True if the grant may no longer be spent."""
        return self.expires_at is not None and self.expires_at <= now


def sort_grants(grants: Sequence[Grant]) -> list[Grant]:
    """Return the grants in spending order."""

    def rank(grant: Grant) -> tuple[int, int, int, str]:
        expiry = NEVER if grant.expires_at is None else grant.expires_at
        by_expiry = expiry if grant.category == "promo" else 0
        return CATEGORIES.index(grant.category), by_expiry, grant.created_at, grant.id

    return sorted(grants, key=rank)


def take_from_grants(grants: Sequence[Grant], amount_microusd: int) -> tuple[list[Grant], int]:
    """Take an amount in spending order; return all grants in that order, and the missing amount."""
    left: list[Grant] = []
    for grant in sort_grants(grants):
        part = min(grant.remaining_microusd, amount_microusd)
        amount_microusd -= part
        left.append(replace(grant, remaining_microusd=grant.remaining_microusd - part))
    return left, amount_microusd


def calculate_free_parts(
    grants: Sequence[Grant], untaken_microusd: int, pending_microusd: int
) -> dict[str, int]:
    """Return the free part of each grant by id: what past spending and open holds do not need."""
    left, _ = take_from_grants(grants, untaken_microusd + pending_microusd)
    return {grant.id: grant.remaining_microusd for grant in left}


def find_earliest_expiry(grants: Sequence[Grant]) -> int | None:
    """Return the earliest expiry of the grants that have something remaining."""
    dates = [
        grant.expires_at
        for grant in grants
        if grant.expires_at is not None and grant.remaining_microusd > 0
    ]
    return min(dates, default=None)
