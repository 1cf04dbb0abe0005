"""Budgets in their wire form."""

from collections.abc import Sequence

from gateway.kit.clock import to_iso, to_utc_month
from gateway.kit.money import render_usd
from gateway.spending import schemas
from gateway.spending.budget_rules import compute_percent
from gateway.spending.budgets import BudgetProgress
from gateway.spending.tables import BudgetAlert


def render_budget(progress: BudgetProgress, alerts: Sequence[BudgetAlert]) -> schemas.Budget:
    """Return a budget in its wire form, with its alerts of the current month."""
    budget, spent, month = progress.budget, progress.spent_microusd, to_utc_month(progress.now)
    return schemas.Budget(
        budget_id=budget.id,
        subject=budget.subject,
        subject_id=budget.subject_id or None,
        amount_usd=render_usd(budget.amount_microusd),
        amount_microusd=budget.amount_microusd,
        month=schemas.format_month(month),
        spent_usd=render_usd(spent),
        spent_microusd=spent,
        percent=compute_percent(spent, budget.amount_microusd),
        alerts=[
            schemas.Alert(percent=each.percent, at=to_iso(each.created_at))
            for each in alerts
            if (each.budget_id, each.month) == (budget.id, month)
        ],
    )
