"""The outbox: a mail is a row written in the transaction that causes it, and sent after the commit.

A row is claimed for a minute, sent, and deleted. If the process dies in between, the mail is sent a
second time; it is never lost. While the mail server is away, it is retried at growing intervals
until its time is up.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from joserfc import jwe
from joserfc.jwk import KeySet, OctKey
from sqlalchemy import event

from gateway.kit.clock import DAY, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import Statement, Tx, sql
from gateway.kit.ids import Ids
from gateway.kit.telemetry import metrics
from gateway.mail import given_up_mails
from gateway.mail.base import Mail, MailRefused, MailSender

MAX_CLAIMED_MAILS = 5
SEND_LEASE = 60 * SECOND
FIRST_WAIT, LONGEST_WAIT = 5 * SECOND, 900 * SECOND
ENCRYPTION = {"alg": "dir", "enc": "A256GCM"}
log = logging.getLogger("gateway.mail")

INSERT_MAIL = sql(
    """
    INSERT INTO mail_outbox (id, sealed, tries, created_at, due_at, until_at)
    SELECT given.id, given.sealed, 0, kt_now(), kt_now(), kt_now() + given.keep FROM {rows}
    """,
    id="text",
    sealed="text",
    keep="int",
)
DUE_MAIL = sql("SELECT id FROM mail_outbox WHERE due_at <= kt_now()")
CLAIM_DUE = sql(
    f"""
    UPDATE mail_outbox SET tries = tries + 1, due_at = kt_now() + given.lease
    FROM {{rows}}
    WHERE due_at <= kt_now() AND id IN (
        SELECT id FROM mail_outbox WHERE due_at <= kt_now()
        ORDER BY due_at LIMIT {MAX_CLAIMED_MAILS}
    )
    RETURNING id, sealed, tries, until_at <= kt_now()
    """,  # noqa: S608 - constant text
    lease="int",
)
OLDEST_AGE = sql("SELECT COALESCE(kt_now() - min(created_at), 0) FROM mail_outbox")
RETRY_LATER = sql(
    """
    UPDATE mail_outbox SET due_at = kt_now() + given.wait FROM {rows}
    WHERE mail_outbox.id = given.id
    """,
    id="text",
    wait="int",
)
LIST_WAITING = sql(
    "SELECT id, tries, created_at, due_at, until_at FROM mail_outbox ORDER BY id LIMIT 100"
)
COUNT_WAITING = sql("SELECT count(*) FROM mail_outbox")
FIND_MAIL = sql("SELECT m.id FROM {rows} JOIN mail_outbox AS m ON m.id = given.id", id="text")
RETRY_NOW = sql(
    """
    UPDATE mail_outbox SET due_at = kt_now() FROM {rows}
    WHERE mail_outbox.id = given.id AND mail_outbox.due_at > kt_now()
    """,
    id="text",
)
DELETE_MAIL = sql("DELETE FROM mail_outbox WHERE id IN (SELECT given.id FROM {rows})", id="text")


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail that waits to be sent, without its content; times in microseconds."""

    id: str
    tries: int
    created_at: int
    due_at: int
    until_at: int


async def list_waiting(tx: Tx) -> list[WaitingMail]:
    """Return the oldest 100 mails that were not sent yet."""
    return [WaitingMail(*row) for row in await tx.read(LIST_WAITING)]


async def count_waiting(tx: Tx) -> int:
    """Count the mails that were not sent yet."""
    ((unsent,),) = await tx.read(COUNT_WAITING)
    return int(unsent)


async def refresh_gauge(tx: Tx) -> None:
    """Set the gauge of the age of the oldest unsent mail."""
    ((oldest,),) = await tx.read(OLDEST_AGE)
    metrics.OUTBOX_OLDEST_SECONDS.labels("mail").set(oldest / SECOND)


async def retry_waiting_mail(tx: Tx, mail_id: str) -> bool:
    """Make a mail due now; return True if its next try was later.

    Raises:
        LookupError: no such mail waits.
    """
    if not await tx.read(FIND_MAIL, [(mail_id,)]):
        raise LookupError(f"{mail_id} is not waiting to be sent")
    return await tx.change(RETRY_NOW, [(mail_id,)]) == 1


class Mailer:
    """The mailer: it stores mail within a transaction and sends it after the commit.

    Without a sender it stores and sends nothing. Mails are encrypted at rest; `secrets` are keys by
    id, the newest, which encrypts, first.
    """

    def __init__(
        self, database: Database, ids: Ids, sender: MailSender | None, secrets: Mapping[str, bytes]
    ) -> None:
        self._database = database
        self._ids = ids
        self._sender = sender
        self._newest = next(iter(secrets))
        self._keys = KeySet([_sealing_key(name, secret) for name, secret in secrets.items()])
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def can_send(self) -> bool:
        """Return True if this gateway has a sender of mail."""
        return self._sender is not None

    async def send_later(
        self, session: Session, mail: Mail, *, retry_period: int = 3 * DAY
    ) -> None:
        """Send this mail once the caller's transaction is committed; never if it is rolled back.

        The mail is given up after `retry_period` microseconds.
        """
        if self._sender is None:
            return
        header = {**ENCRYPTION, "kid": self._newest}
        sealed = jwe.encrypt_compact(header, json.dumps(asdict(mail)), self._keys)
        await session.write((INSERT_MAIL, [(self._ids.new("mail"), sealed, retry_period)]))
        event.listen(session.sync_session, "after_commit", self._send_soon, once=True)

    async def send_due(self) -> None:
        """Send every mail that is due; a sweep calls it too, for mails that a crash left behind."""
        while self._sender is not None:
            # The claim commits before the sending: no transaction may stay open while a mail server
            # answers. Other processes skip these rows until the lease has passed.
            async with self._database.write() as session:
                claimed = await session.read(CLAIM_DUE, [(SEND_LEASE,)])
            await asyncio.gather(*(self._send(self._sender, *row) for row in claimed))
            if len(claimed) < MAX_CLAIMED_MAILS:
                return

    async def close(self) -> None:
        """Wait until the mails that are being sent are done."""
        await asyncio.gather(*self._sending, return_exceptions=True)

    def _send_soon(self, _session: object) -> None:
        task = asyncio.get_running_loop().create_task(self._try_sending())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _try_sending(self) -> None:
        try:
            await self.send_due()
        except Exception:
            log.exception("mail waits for the next sweep")

    async def _send(
        self, sender: MailSender, mail_id: str, sealed: str, tries: int, late: int
    ) -> None:
        if late:
            log.error("mail %s given up after %d tries", mail_id, tries - 1)
            await self._give_up(mail_id, tries - 1, "late")
            return
        plaintext = jwe.decrypt_compact(sealed, self._keys).plaintext
        try:
            await sender.send(Mail(**json.loads(plaintext or b"")), mail_id)
        except MailRefused:
            log.warning("mail %s refused by the mail server", mail_id)
            await self._give_up(mail_id, tries, "refused")
            return
        except Exception as error:  # noqa: BLE001 - whatever goes wrong on the way may pass
            log.warning("mail %s not sent (%s), try %d", mail_id, type(error).__name__, tries)
            wait = min(FIRST_WAIT << min(tries - 1, 10), LONGEST_WAIT)
            await self._change(RETRY_LATER, mail_id, wait)
            return
        await self._change(DELETE_MAIL, mail_id)

    async def _give_up(self, mail_id: str, tries: int, reason: str) -> None:
        async with self._database.write() as session:
            await given_up_mails.record_given_up_mail(session, mail_id, tries, reason)
            await session.change(DELETE_MAIL, [(mail_id,)])

    async def _change(self, statement: Statement, *row: object) -> None:
        async with self._database.write() as session:
            await session.change(statement, [row])


def _sealing_key(name: str, secret: bytes) -> OctKey:
    key = hmac.digest(secret, b"mail outbox", hashlib.sha256)
    return OctKey.import_key(key, {"kid": name})
