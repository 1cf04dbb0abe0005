"""Alerts of budgets: one for each threshold that a month crosses, by mail."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit.database.sessions import Database, Session
from gateway.kit.http.browser import Site
from gateway.kit.queue import Sweep
from gateway.ledger.accounts.owners import get_account_owners
from gateway.mail.outbox import Mailer
from gateway.spending.budget_mails import queue_budget_mail
from gateway.spending.budget_rules import CrossedThreshold, list_crossed_thresholds
from gateway.spending.budgets import (
    HAS_BUDGETS,
    INSERT_ALERT,
    MOVE_COUNT,
    BudgetProgress,
    list_accounts_to_count,
    list_budget_progress,
    read_budget_count,
)
from gateway.spending.tables import Budget

SWEEP_SECONDS = 30
log = logging.getLogger("gateway.spending")


@dataclass(frozen=True, slots=True)
class BudgetAlerts:
    """Counts what budgets have spent, and mails about those that crossed a threshold."""

    database: Database
    mailer: Mailer
    site: Site

    def build_sweep(self) -> Sweep:
        """Return the sweep; without a budget it does not run."""
        return Sweep("budgets", SWEEP_SECONDS, self.alert_accounts, HAS_BUDGETS)

    async def alert_accounts(self) -> None:
        """Alert each account that has a budget and entries which it has not counted.

        An account that fails keeps no other waiting: it is tried again by the next sweep.

        Raises:
            ExceptionGroup: the errors of the accounts that failed, after all were tried.
        """
        errors: list[Exception] = []
        for account in await list_accounts_to_count(self.database):
            try:
                await self.alert_account(account)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are alerted
                log.warning("budgets of ledger account %s: %s", account, type(error).__name__)
                errors.append(error)
        if errors:
            raise ExceptionGroup("budgets that were not counted", errors)

    async def alert_account(self, account: int) -> None:
        """Count the newest charges of an account; alert for each threshold that was crossed."""
        async with self.database.read() as snapshot:
            owners = await get_account_owners(snapshot, [account])
        for progress in await list_budget_progress(self.database, owners[account], account):
            if progress.count != read_budget_count(progress.budget):
                await self._save_progress(owners[account], progress)

    async def _save_progress(self, account_id: str, progress: BudgetProgress) -> None:
        budget, count = progress.budget, progress.count
        row = (
            budget.id, budget.seen_version, budget.amount_microusd, count.month,
            count.spent_microusd, count.since_version, count.seen_version,
        )  # fmt: skip
        async with self.database.write() as session:
            if await session.change(MOVE_COUNT, [row]):
                crossed = list_crossed_thresholds(count, budget.amount_microusd)
                await self.record_alerts(
                    session, account_id, budget, [*progress.ended_thresholds, *crossed]
                )

    async def record_alerts(
        self,
        session: Session,
        account_id: str,
        budget: Budget,
        thresholds: Sequence[CrossedThreshold],
    ) -> None:
        """Write the alerts that were not given yet; queue one mail a month that names them all."""
        new: dict[int, list[CrossedThreshold]] = defaultdict(list)
        for each in thresholds:
            row = (
                budget.id, each.month, each.percent, budget.amount_microusd, each.spent_microusd,
            )  # fmt: skip
            if await session.change(INSERT_ALERT, [row]):
                new[each.month].append(each)
        for crossed in new.values():
            await queue_budget_mail(
                session, self.mailer, self.site, account_id=account_id, budget=budget,
                crossed=crossed,
            )  # fmt: skip
