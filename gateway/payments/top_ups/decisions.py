"""The rules of auto top-up as functions of values: when to charge, how much at most, when to stop.

Amounts of credit are micro-USD; prices and the monthly maximum are millionths of the currency that
the card is charged in.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.kit.clock import HOUR

DECLINE_PAUSES = (HOUR, 6 * HOUR)  # after the first and the second decline; the third turns it off
MAX_DECLINES = len(DECLINE_PAUSES) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpTerms:
    """The terms that a person agrees to."""

    threshold_microusd: int
    package_code: str
    currency: str
    price_micros: int
    monthly_max_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpFacts:
    """The facts that decide if a rule charges now, read in one transaction.

    `counted_micros` is what was charged this month and is in flight, tax included.
    """

    is_on: bool
    is_in_flight: bool
    is_account_active: bool
    retry_at: int | None
    available_microusd: int
    counted_micros: int


class StartDecision(StrEnum):
    """The decision on a rule."""

    START = "start"
    REST = "rest"
    OVER_MAXIMUM = "over_maximum"


def decide_start(terms: TopUpTerms, facts: TopUpFacts, now: int) -> StartDecision:
    """Decide if a rule charges the card now."""
    if not facts.is_on or facts.is_in_flight or not facts.is_account_active:
        return StartDecision.REST
    if facts.retry_at is not None and facts.retry_at > now:
        return StartDecision.REST
    if facts.available_microusd >= terms.threshold_microusd:
        return StartDecision.REST
    if not has_room(terms.monthly_max_micros, facts.counted_micros, terms.price_micros):
        return StartDecision.OVER_MAXIMUM
    return StartDecision.START


def has_room(monthly_max_micros: int, counted_micros: int, gross_micros: int) -> bool:
    """Return True if a charge stays within the monthly maximum."""
    return counted_micros + gross_micros <= monthly_max_micros


def is_raised(before: TopUpTerms | None, after: TopUpTerms) -> bool:
    """Return True if new terms let more be charged, or sooner, than those in force; None: none are.

    Amounts of another currency cannot be compared, so another currency counts as more.
    """
    if before is None or before.currency != after.currency:
        return True
    return (
        after.threshold_microusd > before.threshold_microusd
        or after.price_micros > before.price_micros
        or after.monthly_max_micros > before.monthly_max_micros
    )


def decide_retry(declines: int, now: int) -> int | None:
    """Return when to try again after so many declines in a row; None turns the rule off."""
    return None if declines >= MAX_DECLINES else now + DECLINE_PAUSES[declines - 1]


def list_term_problems(terms: TopUpTerms, credit_microusd: int) -> dict[str, str]:
    """List what is wrong with terms, by field, in words for people."""
    problems = {}
    if terms.threshold_microusd > credit_microusd:
        # Otherwise one top-up would not lift the balance above it, and the next would follow at
        # once, until the monthly maximum is spent.
        problems["thresholdUsd"] = "must be at most the credit of the package"
    if terms.monthly_max_micros < terms.price_micros:
        problems["monthlyMaximum"] = "must be at least the price of the package"
    return problems
