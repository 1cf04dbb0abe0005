"""The mail about low credit: one each time that a balance falls below the mark."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.identity.accounts import identities
from gateway.kit.database.sessions import Database, Session
from gateway.kit.money import render_usd
from gateway.ledger.operations import TopUp
from gateway.ledger.reports import low_balances
from gateway.ledger.reports.low_balances import MovedBalance
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer

TopUpWords = Callable[[Session, str, str], Awaitable[str | None]]


async def describe_no_top_up(_session: Session, _account_id: str, _book: str) -> str | None:
    """Return no words: nothing here charges a saved card."""
    return None


@dataclass(frozen=True, slots=True)
class LowBalanceMails:
    """Finds balances that fell below the mark, and mails their owners.

    `describe_top_up` gives a line about auto top-up of an account in a book, if it is offered.
    """

    database: Database
    mailer: Mailer
    top_up: TopUp
    describe_top_up: TopUpWords = describe_no_top_up

    async def send_due(self) -> None:
        """Mail the accounts whose balance fell below the mark since the last run of the sweep."""
        mark, after = self.top_up.low_microusd, 0
        while True:
            async with self.database.read() as snapshot:
                moved = await low_balances.list_moved_balances(snapshot, mark, after)
            if not moved:
                return
            fallen = [account for account in moved if account.fell_below(mark)]
            async with self.database.write() as session:
                others = [account for account in moved if account not in fallen]
                await low_balances.record_balances_checked(session, mark, others)
            for account in fallen:
                await self._mail_once(account)
            after = moved[-1].account

    async def _mail_once(self, fallen: MovedBalance) -> None:
        """Queue the mail and remember it in one transaction: of two processes only one sends it."""
        async with self.database.write() as session:
            if await low_balances.record_balances_checked(
                session, self.top_up.low_microusd, [fallen]
            ):
                await self._queue_mails(session, fallen)

    async def _queue_mails(self, session: Session, fallen: MovedBalance) -> None:
        mode = "" if fallen.book == "live" else " of play money"
        words = await self.describe_top_up(session, fallen.owner_id, fallen.book)
        lines = (
            f"Your Killa Tamata balance{mode} is below ${render_usd(self.top_up.low_microusd)}.",
            "Jobs that cost more than your balance are refused until you add credit.",
            *([] if words is None else [words]),
        )
        for email in await identities.list_account_emails(session, fallen.owner_id):
            mail = build_letter(
                to=email,
                subject=f"Your balance{mode} is low",
                lines=lines,
                highlight=f"${render_usd(fallen.available_microusd)} left",
                link=f"{self.top_up.url}?mode={fallen.book}",
            )
            await self.mailer.send_later(session, mail)
