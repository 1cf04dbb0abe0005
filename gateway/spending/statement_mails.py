"""The mail on the first of a month with the statement of the last, for accounts that want it.

The month is claimed and the mail queued in one transaction, so of two processes only one sends it.
"""

from dataclasses import dataclass

from gateway.identity.accounts import identities
from gateway.identity.accounts.preferences import (
    HAS_STATEMENT_READERS,
    claim_statement_mail,
    list_statement_readers,
)
from gateway.kit.clock import to_utc_month
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.http.browser import Site
from gateway.kit.money import render_usd
from gateway.kit.queue import Sweep
from gateway.ledger.accounts.owners import BOOKS, get_account_number
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer
from gateway.spending.closed_months import issue_statements
from gateway.spending.schemas import format_month
from gateway.spending.statements import MonthStatement, load_statement

SWEEP_SECONDS = 300


@dataclass(frozen=True, slots=True)
class StatementMails:
    """Mails accounts the statement of the month that is over."""

    database: Database
    mailer: Mailer
    site: Site

    def build_sweep(self) -> Sweep:
        """Return the sweep; without an account that wants the mail it does not run."""
        return Sweep(
            "statement mails", SWEEP_SECONDS, self.mail_due_statements, HAS_STATEMENT_READERS
        )

    async def mail_due_statements(self) -> None:
        """Mail each account that wants it the statement of the last month, once."""
        async with self.database.read() as snapshot:
            month = to_utc_month(await get_database_time(snapshot)) - 1
            readers = await list_statement_readers(snapshot, month)
        for account_id in readers:
            stated = await self._load_statements(account_id, month)
            async with self.database.write() as session:
                if await claim_statement_mail(session, account_id, month) and stated:
                    await self._queue_mails(session, account_id, stated)

    async def _load_statements(self, account_id: str, month: int) -> dict[str, MonthStatement]:
        """Load the statements of a month by book, without those in which nothing moved."""
        stated = {}
        for book in BOOKS:
            async with self.database.read() as snapshot:
                number = await get_account_number(snapshot, account_id, book)
            await issue_statements(self.database, number)  # the mail must name what never changes
            statement = await load_statement(self.database, number, month)
            if statement is not None and statement.lines:
                stated[book] = statement
        return stated

    async def _queue_mails(
        self, session: Session, account_id: str, stated: dict[str, MonthStatement]
    ) -> None:
        book, statement = next(iter(stated.items()))  # real money first
        month = format_month(statement.month)
        money = "" if book == "live" else " of play money"
        lines = (
            f"Your statement{money} of {month} is ready: what you added, what you spent on what.",
            f"It opens with ${render_usd(statement.opening_microusd)}.",
            "You get this mail because you asked for it in Settings.",
        )
        for email in await identities.list_account_emails(session, account_id):
            mail = build_letter(
                to=email,
                subject=f"Your statement of {month}",
                lines=lines,
                highlight=f"${render_usd(statement.closing_microusd)} at the end of the month",
                link=f"{self.site.public_url}/usage/statement/{month}?mode={book}",
            )
            await self.mailer.send_later(session, mail)
