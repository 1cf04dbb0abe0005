"""Client calls: opened, adopted by a retry, heard while somebody waits, delivered once answered.

The problem: the official OpenAI clients send no idempotency key. A timeout makes them send the same
request three times, and other clients send two equal requests because they want two pictures. So
neither the body alone nor the request alone tells how many pictures are meant.

The way: each intended picture is a row. A request that says it is a retry adopts the row of the
request before it, and waits for the same job. The row's id is the idempotency key of the submit, so
a retry that comes while the first request still submits gets that job too.

Invariants: equal requests of an account adopt one after the other, under a lock, so two retries
never adopt one call while another is free. An answer may be lost after it was sent: so a call that
was delivered a moment ago may be adopted too, but only by a later retry than those it has seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit import idempotency
from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import sql
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.media.client_calls.tables import IS_UNSETTLED

HEAR_SECONDS = 15.0
ADOPTABLE, LOST_ANSWER = 15 * MINUTE, 60 * SECOND
METHOD = "POST"

INSERT_CALL = sql(
    """
    INSERT INTO openai_call (id, account_id, book, key_id, route, body_hash, retries, created_at,
        heard_at)
    SELECT given.id, given.account_id, given.book, given.key_id, given.route, given.body_hash,
        given.retries, kt_now(), kt_now() FROM {rows}
    """,
    id="text",
    account_id="text",
    book="text",
    key_id="text",
    route="text",
    body_hash="blob",
    retries="int",
)
# First those of clients that hung up, then those heard longest ago; the delivered ones last.
SELECT_ADOPTABLE = sql(
    f"""
    SELECT c.id, c.job_id FROM {{rows}} JOIN openai_call AS c
      ON c.account_id = given.account_id AND c.body_hash = given.body_hash
     AND c.book = given.book AND c.key_id = given.key_id AND c.route = given.route
    WHERE c.created_at > kt_now() - {ADOPTABLE} AND (c.delivered_at IS NULL
        OR (c.delivered_at > kt_now() - {LOST_ANSWER} AND c.retries < given.retries))
    ORDER BY c.delivered_at IS NOT NULL, c.delivered_at, c.gone_at IS NULL, c.heard_at, c.id
    LIMIT 1
    """,  # noqa: S608 - constant
    account_id="text",
    book="text",
    key_id="text",
    route="text",
    body_hash="blob",
    retries="int",
)
ADOPT_CALL = sql(
    """
    UPDATE openai_call SET heard_at = kt_now(), gone_at = NULL, delivered_at = NULL, left_at = NULL,
        retries = CASE WHEN given.retries > openai_call.retries THEN given.retries
            ELSE openai_call.retries END
    FROM {rows} WHERE openai_call.id = given.id
    """,
    id="text",
    retries="int",
)
SET_JOB = sql(
    """
    UPDATE openai_call SET job_id = given.job_id, heard_at = kt_now()
    FROM {rows} WHERE openai_call.id = given.id
    """,
    id="text",
    job_id="text",
)
HEAR_CALL = sql(
    "UPDATE openai_call SET heard_at = kt_now() FROM {rows} WHERE openai_call.id = given.id",
    id="text",
)
MARK_GONE = sql(
    "UPDATE openai_call SET gone_at = kt_now() FROM {rows} WHERE openai_call.id = given.id",
    id="text",
)
DELIVER_CALL = sql(
    """
    UPDATE openai_call SET delivered_at = kt_now() FROM {rows}
    WHERE openai_call.id = given.id AND openai_call.delivered_at IS NULL
    """,
    id="text",
)
SELECT_UNSETTLED = sql(
    f"""
    SELECT c.id FROM {{rows}} JOIN openai_call AS c ON c.job_id = given.job_id
      AND c.account_id = given.account_id AND c.book = given.book
    WHERE {IS_UNSETTLED}
    """,  # noqa: S608 - constant
    account_id="text",
    book="text",
    job_id="text",
)
LEAVE_CALL = sql(
    "UPDATE openai_call SET left_at = kt_now() FROM {rows} WHERE openai_call.id = given.id",
    id="text",
)


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A call that a request waits for; without a job it has still to be submitted."""

    id: str
    job_id: str | None = None
    is_adopted: bool = False


@dataclass(frozen=True, slots=True)
class ClientCalls:
    """The calls of one application."""

    database: Database
    ids: Ids

    async def open_call(
        self, caller: Caller, *, route: str, body_hash: bytes, retries: int
    ) -> ClientCall:
        """Return the call of a request: a new one, or for a retry the one that it repeats.

        `retries` is how often the client has sent it before.

        Raises:
            IdempotencyInProgress: equal requests held the lock for too long.
        """
        request = (caller.account_id, caller.book, caller.id, route, body_hash, retries)
        async with self.database.write() as session:
            if retries and (found := await self._adopt_call(session, request)) is not None:
                return found
            call = ClientCall(self.ids.new("call"))
            await session.change(INSERT_CALL, [(call.id, *request)])
        return call

    async def _adopt_call(
        self, session: Session, request: tuple[str, str, str, str, bytes, int]
    ) -> ClientCall | None:
        account_id, book, _, route, body_hash, retries = request
        scope = idempotency.KeyScope(account_id, book, METHOD, route, f"call:{body_hash.hex()}")
        # Not the lock of the ledger's account: whoever ends a job takes that one after its row.
        await idempotency.lock_key(session, scope)
        rows = await session.read(SELECT_ADOPTABLE, [request])
        # The sweeper may have canceled its job since, and deleted it: then no row is changed.
        if not rows or not await session.change(ADOPT_CALL, [(rows[0][0], retries)]):
            return None
        return ClientCall(rows[0][0], rows[0][1], is_adopted=True)

    async def set_job(self, call_id: str, job_id: str) -> None:
        """Write down the job of a call."""
        async with self.database.write() as session:
            await session.change(SET_JOB, [(call_id, job_id)])

    async def hear(self, call_id: str) -> None:
        """Write down that a request waits for a call now."""
        async with self.database.write() as session:
            await session.change(HEAR_CALL, [(call_id,)])

    async def mark_gone(self, call_id: str) -> None:
        """Write down that the client of a call hung up."""
        async with self.database.write() as session:
            await session.change(MARK_GONE, [(call_id,)])

    async def deliver(self, call_id: str) -> None:
        """Write down that a call was answered."""
        async with self.database.write() as session:
            await session.change(DELIVER_CALL, [(call_id,)])

    async def leave_jobs(self, caller: Caller, job_ids: Sequence[str]) -> None:
        """Let jobs of the caller run on: it read them, and so has not given them up."""
        if not job_ids:
            return
        asked = [(caller.account_id, caller.book, job_id) for job_id in job_ids]
        async with self.database.read() as snapshot:
            rows = await snapshot.read(SELECT_UNSETTLED, asked)
        if rows:
            async with self.database.write() as session:
                await session.change(LEAVE_CALL, rows)
