"""Client calls: opened, adopted by a retry, heard while somebody waits, delivered once answered.

The problem: the official OpenAI clients send no idempotency key. A timeout makes them send the same
request three times, and other clients send two equal requests because they want two pictures. So
neither the body alone nor the request alone tells how many pictures are meant.

The way: each intended picture is a row. A request that says it is a retry adopts the row of the
request before it, and waits for the same job. The row's id is the idempotency key of the submit, so
a retry that comes while the first request still submits gets that job too.

Invariants: equal requests of an account adopt one after the other, under a lock, so two retries
never adopt one call while another is free. A retry adopts only a call that has seen fewer retries,
and raises its count: so the count also tells the request that has the call now from those before,
and what these still write down changes nothing. An answer may be lost after it was sent: so a call
that was delivered a moment ago may be adopted too. A call that was refused for good is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit import idempotency
from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import Statement, sql
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.media.client_calls.tables import HAS_NO_JOB, IS_UNSETTLED

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
# Of equal requests that each ask again, every one finds a call whose count is one less than its
# own. Of those with one count first the calls that nobody waits for, then those that have a job
# (the others were refused for the moment), then those heard longest ago. Delivered ones come last.
SELECT_ADOPTABLE = sql(
    f"""
    SELECT c.id, c.job_id FROM {{rows}} JOIN openai_call AS c
      ON c.account_id = given.account_id AND c.body_hash = given.body_hash
     AND c.book = given.book AND c.key_id = given.key_id AND c.route = given.route
    WHERE c.heard_at > kt_now() - {ADOPTABLE} AND c.retries < given.retries
      AND (c.delivered_at IS NULL OR c.delivered_at > kt_now() - {LOST_ANSWER})
    ORDER BY c.delivered_at IS NOT NULL, c.retries DESC, c.delivered_at, c.gone_at IS NULL,
      c.job_id IS NULL, c.heard_at, c.id
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
        retries = given.retries
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
IS_HELD = "openai_call.id = given.id AND openai_call.retries = given.retries"
HEAR_CALL = sql(
    f"UPDATE openai_call SET heard_at = kt_now() FROM {{rows}} WHERE {IS_HELD}",  # noqa: S608 - constant
    id="text",
    retries="int",
)
MARK_GONE = sql(
    f"""
    UPDATE openai_call SET gone_at = kt_now() FROM {{rows}}
    WHERE {IS_HELD} AND openai_call.delivered_at IS NULL
    """,  # noqa: S608 - constant
    id="text",
    retries="int",
)
DELIVER_CALL = sql(
    f"""
    UPDATE openai_call SET delivered_at = kt_now() FROM {{rows}}
    WHERE {IS_HELD} AND openai_call.delivered_at IS NULL
    """,  # noqa: S608 - constant
    id="text",
    retries="int",
)
# Never one whose submit has an answer: its job is found by the call's id.
DROP_CALL = sql(
    f"""
    DELETE FROM openai_call WHERE EXISTS (SELECT 1 FROM {{rows}} WHERE {IS_HELD})
      AND {HAS_NO_JOB}
    """,  # noqa: S608 - constant
    id="text",
    retries="int",
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
    """A call that a request waits for; without a job it has still to be submitted.

    `retries` is the count of the request: the call is its own until a later one adopts it.
    """

    id: str
    retries: int = 0
    job_id: str | None = None


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
            call = ClientCall(self.ids.new("call"), retries)
            await session.change(INSERT_CALL, [(call.id, *request)])
        return call

    async def _adopt_call(
        self, session: Session, request: tuple[str, str, str, str, bytes, int]
    ) -> ClientCall | None:
        account_id, book, _, route, body_hash, retries = request
        scope = idempotency.KeyScope(account_id, book, METHOD, route, f"call:{body_hash.hex()}")
        # Not the lock of the ledger's account: whoever ends a job takes that one after its row.
        await idempotency.lock_key(session, scope)
        # The sweeper may have canceled its job since, and deleted it: then no row is changed, and
        # the next one is tried.
        while rows := await session.read(SELECT_ADOPTABLE, [request]):
            if await session.change(ADOPT_CALL, [(rows[0][0], retries)]):
                return ClientCall(rows[0][0], retries, rows[0][1])
        return None

    async def set_job(self, call_id: str, job_id: str) -> None:
        """Write down the job of a call."""
        async with self.database.write() as session:
            await session.change(SET_JOB, [(call_id, job_id)])

    async def hear(self, call: ClientCall) -> None:
        """Write down that a request waits for its call now."""
        await self._change(HEAR_CALL, call)

    async def mark_gone(self, call: ClientCall) -> None:
        """Write down that nobody waits for a call now: a retry may come."""
        await self._change(MARK_GONE, call)

    async def deliver(self, call: ClientCall) -> None:
        """Write down that a call was answered."""
        await self._change(DELIVER_CALL, call)

    async def drop_call(self, call: ClientCall) -> None:
        """Delete a call that was refused for good; one that has a job stays."""
        await self._change(DROP_CALL, call)

    async def _change(self, statement: Statement, call: ClientCall) -> None:
        """Change a call, unless a later retry has adopted it."""
        async with self.database.write() as session:
            await session.change(statement, [(call.id, call.retries)])

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
