"""Rows of statements and budgets that agree with a sound ledger."""

from sqlalchemy import text

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Session
from tests.rows import insert_row


async def add_statements(session: Session, now: int) -> None:
    """State the account of the purchase: its first entry is of a month, the others of the next."""
    amounts = [
        row[0]
        for row in await session.execute(
            text("SELECT amount_microusd FROM entry WHERE account_id = 3 ORDER BY account_version")
        )
    ]
    first, both = amounts[0], sum(amounts)
    for month, through, opening, closing in ((1, 1, 0, first), (2, len(amounts), first, both)):
        await insert_row(
            session, "statement", account_id=3, month=month, through_version=through,
            ends_at=now + 30 * SECOND, opening_microusd=opening, closing_microusd=closing,
        )  # fmt: skip
        await insert_row(
            session, "statement_line", account_id=3, month=month, kind="purchases", detail="",
            movements=1, amount_microusd=closing - opening,
        )  # fmt: skip


async def add_budget(session: Session) -> None:
    """Add a budget of 200 on the account of the jobs, of which 135 are spent, and its alert."""
    row = await session.execute(text("SELECT version FROM ledger_account WHERE id = 1"))
    await insert_row(
        session, "budget", id="bud_1", account_id=1, subject="account", amount_microusd=200,
        month=1, spent_microusd=135, seen_version=row.scalar_one(),
    )  # fmt: skip
    await insert_row(
        session, "budget_alert", budget_id="bud_1", month=1, percent=50, amount_microusd=200,
        spent_microusd=105,
    )  # fmt: skip
