"""Mails that were given up: kept for 30 days, so that an operator can retry one."""

from dataclasses import dataclass

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx, sql

RETENTION, RETRY_PERIOD = 30 * DAY, 3 * DAY

KEEP_MAIL = sql(
    """
    INSERT INTO mail_given_up (id, sealed, tries, reason, created_at, ended_at)
    SELECT m.id, m.sealed, given.tries, given.reason, m.created_at, kt_now()
    FROM {rows} JOIN mail_outbox AS m ON m.id = given.id WHERE true
    ON CONFLICT (id) DO NOTHING
    """,
    id="text",
    tries="int",
    reason="text",
)
LIST_NEWEST = sql(
    "SELECT id, tries, reason, created_at, ended_at FROM mail_given_up ORDER BY id DESC LIMIT 100"
)
REQUEUE_MAIL = sql(
    f"""
    INSERT INTO mail_outbox (id, sealed, tries, created_at, due_at, until_at)
    SELECT m.id, m.sealed, 0, m.created_at, kt_now(), kt_now() + {RETRY_PERIOD}
    FROM {{rows}} JOIN mail_given_up AS m ON m.id = given.id
    """,  # noqa: S608 - constant
    id="text",
)
DELETE_MAIL = sql("DELETE FROM mail_given_up WHERE id IN (SELECT given.id FROM {rows})", id="text")
DELETE_OLD_MAILS = sql(f"DELETE FROM mail_given_up WHERE ended_at < kt_now() - {RETENTION}")  # noqa: S608 - constant


@dataclass(frozen=True, slots=True)
class GivenUpMail:
    """A mail that was not sent, without its content; times in microseconds.

    `reason` is `late` (its time was up) or `refused` (by the mail server).
    """

    id: str
    tries: int
    reason: str
    created_at: int
    ended_at: int


async def record_given_up_mail(tx: Tx, mail_id: str, tries: int, reason: str) -> None:
    """Keep a mail of the outbox among those given up; the caller deletes it from the outbox."""
    await tx.change(KEEP_MAIL, [(mail_id, tries, reason)])


async def list_newest(tx: Tx) -> list[GivenUpMail]:
    """Return the newest 100 mails that were given up."""
    return [GivenUpMail(*row) for row in await tx.read(LIST_NEWEST)]


async def requeue_mail(tx: Tx, mail_id: str) -> bool:
    """Put a mail back into the outbox for three days; return False if it was not given up."""
    if not await tx.change(REQUEUE_MAIL, [(mail_id,)]):
        return False
    return await tx.change(DELETE_MAIL, [(mail_id,)]) == 1


async def delete_old_mails(database: Database) -> None:
    """Delete the mails that were given up more than 30 days ago."""
    async with database.write() as session:
        await session.change(DELETE_OLD_MAILS)
