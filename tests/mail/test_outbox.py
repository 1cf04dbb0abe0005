"""Mail leaves after the commit, once, and waits while the server is away."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from gateway.kit.clock import DAY, HOUR, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.mail import given_up_mails, outbox
from gateway.mail.base import Mail
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer
from gateway.mail.smtp import SmtpSender
from tests.databases import MovedClock
from tests.fakes.smtp import Inbox, read_mail_text

pytestmark = pytest.mark.anyio
SECRETS = {"2": b"new", "1": b"old"}
ANA = "ana@example.com"
MAIL = build_letter(
    to=ANA, subject="Your code", lines=["Hello <you>", "Bye"], highlight="123456", link="http://x/"
)


def build_mailer(database: Database, box: Inbox) -> Mailer:
    return Mailer(database, Ids(), SmtpSender(box.url, "Killa <no-reply@example.com>"), SECRETS)


async def send_in_transaction(
    database: Database, mailer: Mailer, mail: Mail = MAIL, retry_period: int = DAY
) -> None:
    async with database.write() as session:
        await mailer.send_later(session, mail, retry_period=retry_period)


async def list_outbox(database: Database) -> list[Any]:
    async with database.read() as snapshot:
        return list(await snapshot.execute(text("SELECT sealed, tries FROM mail_outbox")))


async def test_a_mail_arrives_in_text_and_html(database: Database, box: Inbox) -> None:
    mailer = build_mailer(database, box)
    await send_in_transaction(database, mailer)
    await mailer.close()
    (mail,) = box.mails
    assert (mail["To"], mail["From"]) == (ANA, "Killa <no-reply@example.com>")
    assert read_mail_text(mail) == "Hello <you>\n\n123456\n\nhttp://x/\n\nBye\n"
    assert "Hello &lt;you&gt;" in read_mail_text(mail, "html")
    assert await list_outbox(database) == []


async def test_a_transaction_that_fails_sends_nothing(database: Database, box: Inbox) -> None:
    mailer = build_mailer(database, box)
    with pytest.raises(LookupError):
        async with database.write() as session:
            await mailer.send_later(session, MAIL)
            raise LookupError
    await mailer.close()
    await mailer.send_due()
    assert box.mails == []


async def test_two_processes_send_a_mail_once(database: Database, box: Inbox) -> None:
    mailers = [build_mailer(database, box) for _ in range(2)]
    for number in range(12):
        await send_in_transaction(database, mailers[number % 2])
    await asyncio.gather(*(mailer.send_due() for mailer in mailers))
    for mailer in mailers:
        await mailer.close()
    assert len(box.mails) == 12
    assert len({mail["Message-ID"] for mail in box.mails}) == 12


@pytest.mark.parametrize("away", ["gone", "busy"])
async def test_a_mail_waits_while_the_server_is_away(
    database: Database, box: Inbox, clock: MovedClock, away: str
) -> None:
    mailer = build_mailer(database, box)
    if away == "gone":
        await asyncio.to_thread(box.stop)
    else:
        box.refusal = "451 later"
    await send_in_transaction(database, mailer)
    await mailer.close()
    ((sealed, tries),) = await list_outbox(database)
    assert tries == 1
    assert "123456" not in sealed
    assert ANA not in sealed
    box.refusal = None
    if away == "gone":
        await asyncio.to_thread(box.start)
    await mailer.send_due()
    assert box.mails == []
    await clock.advance(database, 6 * SECOND)
    await mailer.send_due()
    assert len(box.mails) == 1


async def test_an_operator_has_a_waiting_mail_tried_at_once(database: Database, box: Inbox) -> None:
    mailer = build_mailer(database, box)
    box.refusal = "451 later"
    await send_in_transaction(database, mailer)
    await mailer.close()
    box.refusal = None
    async with database.write() as session:
        (mail,) = await outbox.list_waiting(session)
        assert mail.tries == 1
        assert [await outbox.retry_waiting_mail(session, mail.id) for _ in range(2)] == [
            True,
            False,
        ]
    await mailer.send_due()
    assert len(box.mails) == 1
    async with database.write() as session:
        with pytest.raises(LookupError):
            await outbox.retry_waiting_mail(session, mail.id)


async def test_a_mail_is_given_up_when_its_time_is_up_or_it_is_refused(
    database: Database, box: Inbox, clock: MovedClock
) -> None:
    mailer = build_mailer(database, box)
    box.refusal = "451 later"
    await send_in_transaction(database, mailer, retry_period=HOUR)
    await mailer.close()
    await clock.advance(database, 2 * HOUR)
    await mailer.send_due()
    assert await list_outbox(database) == []
    box.refusal = "554 never"
    await send_in_transaction(database, mailer)
    await mailer.close()
    assert await list_outbox(database) == []
    assert box.mails == []


async def test_a_mail_that_was_given_up_is_kept_for_30_days_and_tried_again_when_asked(
    database: Database, box: Inbox, clock: MovedClock
) -> None:
    mailer = build_mailer(database, box)
    box.refusal = "554 never"
    for _ in range(2):
        await send_in_transaction(database, mailer)
    await mailer.close()
    box.refusal = None
    async with database.write() as session:
        first, second = await given_up_mails.list_newest(session)
        assert {(each.reason, each.tries) for each in (first, second)} == {("refused", 1)}
        assert [await given_up_mails.requeue_mail(session, first.id) for _ in range(2)] == [
            True,
            False,
        ]
    await mailer.send_due()
    assert len(box.mails) == 1
    await clock.advance(database, 31 * DAY)
    await given_up_mails.delete_old_mails(database)
    async with database.read() as snapshot:
        assert await given_up_mails.list_newest(snapshot) == []
    assert second.created_at <= second.ended_at


async def test_a_mail_that_was_sealed_with_an_older_secret_is_still_sent(
    database: Database, box: Inbox, clock: MovedClock
) -> None:
    old = Mailer(database, Ids(), SmtpSender("smtp://127.0.0.1:1", "a@example.com"), {"1": b"old"})
    await send_in_transaction(database, old)
    await old.close()
    await clock.advance(database, HOUR)
    await build_mailer(database, box).send_due()
    assert len(box.mails) == 1


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.example.com:25"])
def test_an_address_of_no_mail_server_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="KT_SMTP_URL"):
        SmtpSender(url, "a@example.com")
