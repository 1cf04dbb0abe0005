"""Rows of statements and budgets that agree with a sound ledger."""

from collections import defaultdict

from sqlalchemy import text

from gateway.kit.clock import SECOND, to_utc_month
from gateway.kit.database.sessions import Session
from gateway.ledger.reports.statement_lines import LINE_OF_CODE
from gateway.ledger.states import TransferCode
from tests.rows import insert_row


async def add_statements(session: Session, now: int) -> None:
    """State the account of the purchase: its first entry is of a month, the others of the next."""
    query = """
        SELECT t.code, e.amount_microusd FROM entry AS e JOIN transfer AS t ON t.id = e.transfer_id
        WHERE e.account_id = 3 ORDER BY e.account_version
    """
    entries = [(row.code, row.amount_microusd) for row in await session.execute(text(query))]
    opening, through = 0, 0
    for month, part in ((1, entries[:1]), (2, entries[1:])):
        lines: dict[str, list[int]] = defaultdict(list)
        for code, amount in part:
            lines[LINE_OF_CODE[TransferCode(code)]].append(amount)
        closing = opening + sum(amount for _, amount in part)
        through += len(part)
        await insert_row(
            session, "statement", account_id=3, month=month, through_version=through,
            ends_at=now + 30 * SECOND, opening_microusd=opening, closing_microusd=closing,
        )  # fmt: skip
        for kind, amounts in lines.items():
            await insert_row(
                session, "statement_line", account_id=3, month=month, kind=kind, detail="",
                movements=len(amounts), amount_microusd=sum(amounts),
            )  # fmt: skip
        opening = closing


async def add_budgets(session: Session, now: int) -> None:
    """Add budgets on the account of the jobs: 135 are spent, by the member 65, in the project 70.

    That of the account, of 200, has its alert.
    """
    row = await session.execute(text("SELECT version FROM ledger_account WHERE id = 1"))
    version, month = row.scalar_one(), to_utc_month(now)
    for budget_id, subject, subject_id, amount, spent in (
        ("bud_1", "account", "", 200, 135),
        ("bud_2", "member", "mbr_1", 1_000, 65),
        ("bud_3", "project", "proj_1", 1_000, 70),
    ):
        await insert_row(
            session, "budget", id=budget_id, account_id=1, subject=subject, subject_id=subject_id,
            amount_microusd=amount, month=month, spent_microusd=spent, seen_version=version,
        )  # fmt: skip
    await insert_row(
        session, "budget_alert", budget_id="bud_1", month=month, percent=50, amount_microusd=200,
        spent_microusd=105,
    )  # fmt: skip
