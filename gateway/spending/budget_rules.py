"""The rules of budgets: what counts, and which alerts are due. Pure functions of values."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from gateway.kit.clock import to_utc_month
from gateway.spending.charges import Charge
from gateway.spending.states import BudgetSubject

THRESHOLD_PERCENTS = (50, 80, 100)


@dataclass(frozen=True, slots=True)
class BudgetCount:
    """The count of a budget: `spent_microusd` in `month`, by the entries between two versions."""

    month: int
    spent_microusd: int
    since_version: int
    seen_version: int


@dataclass(frozen=True, slots=True)
class CrossedThreshold:
    """A part of a budget, in percent, that the spending of a month has passed."""

    month: int
    percent: int
    spent_microusd: int


@dataclass(frozen=True, slots=True)
class BudgetScope:
    """The charges that a budget is about; a key's are also those of the keys it was rotated to."""

    subject: BudgetSubject
    subject_id: str
    key_ids: Collection[str] = ()

    def covers(self, charge: Charge) -> bool:
        """Return True if the budget counts this charge."""
        if self.subject is BudgetSubject.PROJECT:
            return charge.project_id == self.subject_id
        if self.subject is BudgetSubject.ACCOUNT:
            return True
        return charge.key_id in self.key_ids


def count_charges(
    count: BudgetCount, scope: BudgetScope, charges: Iterable[Charge], amount_microusd: int
) -> tuple[BudgetCount, list[CrossedThreshold]]:
    """Count the charges after those that were seen; return the thresholds of months that ended.

    Those of the month that goes on are in `list_crossed_thresholds`.
    """
    ended: list[CrossedThreshold] = []
    for charge in charges:
        if charge.version <= count.seen_version:
            continue
        month = to_utc_month(charge.at)
        if month > count.month:
            ended += list_crossed_thresholds(count, amount_microusd)
            before = charge.version - 1
            count = BudgetCount(month, 0, before, before)
        if scope.covers(charge):
            spent = count.spent_microusd + charge.amount_microusd
            count = replace(count, spent_microusd=spent)
        count = replace(count, seen_version=charge.version)
    return count, ended


def list_crossed_thresholds(count: BudgetCount, amount_microusd: int) -> list[CrossedThreshold]:
    """List the thresholds of a budget that its month has crossed, the lowest first."""
    return [
        CrossedThreshold(count.month, percent, count.spent_microusd)
        for percent in THRESHOLD_PERCENTS
        if count.spent_microusd * 100 >= amount_microusd * percent
    ]


def compute_percent(spent_microusd: int, amount_microusd: int) -> int:
    """Return the part of a budget that is spent, in whole percent, rounded down."""
    return spent_microusd * 100 // amount_microusd
