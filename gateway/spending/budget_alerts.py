"""Alerts of budgets: one for each part that a month reaches, by mail."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.identity.accounts import identities
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import sql
from gateway.kit.http.browser import Site
from gateway.kit.money import render_usd
from gateway.kit.queue import Sweep
from gateway.ledger.accounts.owners import get_account_owners
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer
from gateway.spending.budget_rules import ReachedPart, find_reached_parts
from gateway.spending.budgets import (
    INSERT_ALERT,
    MOVE_COUNT,
    BudgetLook,
    list_budget_accounts,
    look_at_budgets,
    read_count,
)
from gateway.spending.schemas import format_month
from gateway.spending.states import BudgetSubject
from gateway.spending.tables import Budget

SWEEP_SECONDS = 30
PERCENT_OF_ALL = 100
HAS_BUDGETS = sql("SELECT 1 FROM budget LIMIT 1")
LIMIT_WORDS = "To stop spending at an amount, set a limit on the API key."
SUBJECT_WORDS = {
    BudgetSubject.ACCOUNT: "the whole account",
    BudgetSubject.KEY: "one API key",
    BudgetSubject.MEMBER: "one member",
    BudgetSubject.PROJECT: "one project",
}


@dataclass(frozen=True, slots=True)
class BudgetAlerts:
    """Looks at budgets, and mails the owners of those that reached a part."""

    database: Database
    mailer: Mailer
    site: Site

    def build_sweep(self) -> Sweep:
        """Return the sweep; without a budget it does not run."""
        return Sweep("budgets", SWEEP_SECONDS, self.look_at_all, HAS_BUDGETS)

    async def look_at_all(self) -> None:
        """Look at the budgets of every account."""
        async for account in list_budget_accounts(self.database):
            await self.look_at_account(account)

    async def look_at_account(self, account: int) -> None:
        """Count the newest charges of an account; alert for each part that was reached."""
        async with self.database.read() as snapshot:
            owners = await get_account_owners(snapshot, [account])
        for look in await look_at_budgets(self.database, owners[account], account):
            if look.count != read_count(look.budget):
                await self._move_on(owners[account], look)

    async def _move_on(self, account_id: str, look: BudgetLook) -> None:
        budget, count = look.budget, look.count
        row = (
            budget.id, budget.seen_version, budget.amount_microusd, count.month,
            count.spent_microusd, count.since_version, count.seen_version,
        )  # fmt: skip
        async with self.database.write() as session:
            if await session.change(MOVE_COUNT, [row]):
                parts = [*look.ended, *find_reached_parts(count, budget.amount_microusd)]
                await self.alert(session, account_id, budget, parts)

    async def alert(
        self, session: Session, account_id: str, budget: Budget, parts: Sequence[ReachedPart]
    ) -> None:
        """Write the alerts that were not given yet, and queue a mail about the highest one."""
        new = [
            part
            for part in parts
            if await session.change(
                INSERT_ALERT,
                [
                    (
                        budget.id,
                        part.month,
                        part.percent,
                        budget.amount_microusd,
                        part.spent_microusd,
                    )
                ],
            )
        ]
        if new:
            await self._queue_mails(session, account_id, budget, new[-1])

    async def _queue_mails(
        self, session: Session, account_id: str, budget: Budget, part: ReachedPart
    ) -> None:
        amount = f"${render_usd(budget.amount_microusd)}"
        month, of = format_month(part.month), SUBJECT_WORDS[budget.subject]
        reached = "all" if part.percent == PERCENT_OF_ALL else f"{part.percent} %"
        lines = [
            f"In {month}, {reached} of the budget of {amount} for {of} is spent.",
            f"A budget only tells you, and jobs go on. {LIMIT_WORDS}",
        ]
        for email in await identities.list_account_emails(session, account_id):
            mail = build_letter(
                to=email,
                subject=f"{part.percent} % of a budget is spent",
                lines=lines,
                highlight=f"${render_usd(part.spent_microusd)} of {amount}",
                link=f"{self.site.public_url}/usage",
            )
            await self.mailer.send_later(session, mail)
