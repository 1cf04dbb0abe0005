"""Mails about low credit: one for each fall below the mark, however often it is looked for."""

import asyncio
from collections.abc import Iterator

import pytest

from gateway.identity.accounts import identities
from gateway.identity.accounts.low_balance import LowBalanceMails
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import get_account_number
from gateway.ledger.operations import TopUp
from gateway.mail.outbox import Mailer
from gateway.mail.smtp import SmtpSender
from tests.fakes.smtp import Inbox, read_mail_text, run_inbox
from tests.ledger.bank import Bank

pytestmark = pytest.mark.anyio
MARK, DOLLAR = 2_000_000, 1_000_000
ANA = "ana@example.com"


@pytest.fixture
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


def make_low_balance(database: Database, ids: Ids, box: Inbox) -> LowBalanceMails:
    mailer = Mailer(database, ids, SmtpSender(box.url, "no-reply@example.com"), {"1": b"pepper"})
    return LowBalanceMails(database, mailer, TopUp("http://site.test/credits", MARK))


@pytest.fixture
def low(database: Database, ids: Ids, box: Inbox) -> LowBalanceMails:
    return make_low_balance(database, ids, box)


@pytest.fixture
async def bank(database: Database, ids: Ids) -> Bank:
    async with database.write() as session:
        person = await identities.find_or_create_by_email(session, ids, ANA)
        return Bank(database, ids, await get_account_number(session, person.account_id, "live"))


async def count_mails(low: LowBalanceMails, box: Inbox) -> int:
    """Run the sweep once; return the number of mails sent until now."""
    await low.send_due()
    await low.mailer.close()
    return len(box.mails)


@pytest.mark.promise("identity: low-balance")
async def test_each_fall_below_the_mark_is_mailed_once(
    low: LowBalanceMails, bank: Bank, box: Inbox
) -> None:
    assert await count_mails(low, box) == 0
    await bank.credit(5 * DOLLAR)
    assert await count_mails(low, box) == 0
    hold = await bank.admit_hold(4 * DOLLAR)
    assert await count_mails(low, box) == 1
    assert "$1.00 left" in read_mail_text(box.mails[0])
    assert "http://site.test/credits?mode=live" in read_mail_text(box.mails[0])
    assert "below $2.00" in read_mail_text(box.mails[0])
    await bank.post(hold)
    await bank.admit_hold(DOLLAR // 2)
    assert await count_mails(low, box) == 1
    await bank.credit(5 * DOLLAR)
    assert await count_mails(low, box) == 1
    await bank.admit_hold(4 * DOLLAR)
    assert await count_mails(low, box) == 2


async def test_credit_that_came_and_went_between_two_looks_is_a_fall_too(
    low: LowBalanceMails, bank: Bank, box: Inbox
) -> None:
    await bank.credit(5 * DOLLAR)
    await bank.admit_hold(4 * DOLLAR)
    assert await count_mails(low, box) == 1


async def test_who_never_had_so_much_did_not_fall(
    low: LowBalanceMails, bank: Bank, box: Inbox
) -> None:
    await bank.credit(DOLLAR)
    await bank.admit_hold(DOLLAR // 2)
    assert await count_mails(low, box) == 0


async def test_two_processes_that_look_at_once_send_one_mail(
    database: Database, ids: Ids, bank: Bank, box: Inbox
) -> None:
    looking = [make_low_balance(database, ids, box) for _ in range(4)]
    await bank.credit(5 * DOLLAR)
    await bank.admit_hold(4 * DOLLAR)
    await asyncio.gather(*(each.send_due() for each in looking))
    for each in looking:
        await each.mailer.close()
    assert len(box.mails) == 1
