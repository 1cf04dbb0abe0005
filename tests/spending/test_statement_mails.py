"""The mail of a closed month: to those who asked for it, once, with what never changes."""

import asyncio

import pytest

from gateway.identity.accounts.preferences import change_preferences
from gateway.kit.clock import DAY, to_utc_month
from gateway.kit.database.sessions import Database
from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.mail.outbox import Mailer
from gateway.spending.schemas import format_month
from gateway.spending.statement_mails import StatementMails
from gateway.spending.statements import load_statement
from tests.databases import MovedClock
from tests.ledger.bank import open_bank
from tests.rows import insert_row
from tests.spending.movements import Step, Walk
from tests.spending.senders import RecordingSender

pytestmark = pytest.mark.anyio


async def open_reader(database: Database, ids: Ids, clock: MovedClock) -> Walk:
    """Open an account with two addresses that wants the mail."""
    async with database.write() as session:
        await insert_row(session, "account", id="acct_1")
        for number, email in enumerate(("a@b.co", "c@b.co")):
            await insert_row(
                session, "identity", id=f"idn_{number}", account_id="acct_1", kind="email",
                subject=email, email=email,
            )  # fmt: skip
        await change_preferences(session, "acct_1", {"mail_statement": True})
    walk = Walk(await open_bank(database, ids), clock)
    await walk.open()
    return walk


async def mail_statements(database: Database, ids: Ids, sender: RecordingSender) -> None:
    """Let two processes sweep at once."""
    mailer = Mailer(database, ids, sender, {"one": b"k" * 32})
    mails = StatementMails(database, mailer, Site("http://example.com"))
    await asyncio.gather(mails.mail_due_statements(), mails.mail_due_statements())
    await mailer.close()


async def test_a_month_is_mailed_once_it_is_over_and_closed(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk, sender = await open_reader(database, ids, clock), RecordingSender()
    month = to_utc_month(database.clock.now())
    await walk.take([Step("purchase", 5_000_000), Step("job", 1_000_000)])
    await mail_statements(database, ids, sender)
    assert sender.mails == []
    await clock.advance(database, 31 * DAY)
    for _ in range(2):
        await mail_statements(database, ids, sender)
    assert sorted(mail.to for mail in sender.mails) == ["a@b.co", "c@b.co"]
    statement = await load_statement(database, walk.bank.account, month)
    assert statement is not None
    assert statement.issued_at is not None
    mail = sender.mails[0]
    assert mail.subject == f"Your statement of {format_month(month)}"
    assert "It opens with $0.00." in mail.text
    assert "$4.00 at the end of the month" in mail.text
    assert f"http://example.com/usage/statement/{format_month(month)}?mode=live" in mail.text
    await clock.advance(database, 31 * DAY)
    await mail_statements(database, ids, sender)
    assert len(sender.mails) == 2  # in the month after it nothing moved


async def test_who_did_not_ask_gets_no_statement(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk, sender = await open_reader(database, ids, clock), RecordingSender()
    async with database.write() as session:
        await change_preferences(session, "acct_1", {"mail_statement": False})
    await walk.take([Step("purchase", 5_000_000)])
    await clock.advance(database, 31 * DAY)
    await mail_statements(database, ids, sender)
    assert sender.mails == []
