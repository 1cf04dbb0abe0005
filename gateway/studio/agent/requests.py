"""The life of a request: claimed once, streamed as it goes, ended once and settled with the end.

The problem: the worker that answers may be lost, late or overtaken by a cancel, and the model's
tokens are paid as they are used. The request must end once, and its charge must match its usage.

The way: each function is one transaction. It first changes the request's row on the condition of
its state; if no row changes, the request was ended elsewhere, nothing else is written, and the
worker is told with False or None. Only then it moves money and writes messages and events.

Invariants:
- A request is claimed once and never run again, so its hold is posted or voided once.
- The row of the request is locked before the ledger account, and that before the library.
- Finished turns are counted exactly (`add_turn`). What the open turn has streamed is estimated
  (`use`) until it ends. A cancel charges that too: else anyone could read an answer to its end,
  cancel, and pay nothing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.kit.database import Session
from gateway.kit.errors import NotFound
from gateway.kit.ids import Ids
from gateway.kit.money import to_amount_fields
from gateway.kit.sql import sql
from gateway.ledger import transfers
from gateway.library import projects
from gateway.studio.agent.errors import FAILURES, FREE
from gateway.studio.agent.prices import Rates, Tokens, charge
from gateway.studio.agent.states import OPEN_REQUEST_STATES, RequestState
from gateway.studio.agent.tables import AgentRequest as AgentRequest
from gateway.studio.threads import keeping as threads
from gateway.studio.threads.schemas import Block

LEASE = 30 * SECOND
# The two states that `END` accepts; one state stands twice.
QUEUED = (RequestState.QUEUED, RequestState.QUEUED)
RUNNING = (RequestState.RUNNING, RequestState.RUNNING)
PAYING = {RequestState.SUCCEEDED, RequestState.CANCELED}
NEXT = sql("SELECT id FROM agent_request WHERE state = 'queued' ORDER BY id LIMIT 10")
CLAIM = sql(
    f"""
    UPDATE agent_request SET state = 'running', version = version + 1, events = events + 1,
        started_at = kt_now(), lease_expires_at = kt_now() + {LEASE}
    FROM {{rows}} WHERE agent_request.id = given.id AND agent_request.state = 'queued'
    """,  # noqa: S608 - constant
    id="text",
)
RENEW = sql(
    f"""
    UPDATE agent_request SET lease_expires_at = kt_now() + {LEASE}
    FROM {{rows}} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,  # noqa: S608 - constant
    id="text",
)
NUMBER = sql(
    """
    UPDATE agent_request SET events = events + 1
    FROM {rows} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,
    id="text",
)
TELL = sql(
    """
    INSERT INTO agent_event (request_id, number, kind, data_json, created_at)
    SELECT r.id, r.events, given.kind, given.data, kt_now()
    FROM {rows} JOIN agent_request AS r ON r.id = given.id
    """,
    id="text",
    kind="text",
    data="text",
)
TURN = sql(
    """
    UPDATE agent_request SET version = version + 1, events = events + 1, turns = turns + 1,
        input_tokens = input_tokens + given.input, output_tokens = output_tokens + given.output,
        cache_write_tokens = cache_write_tokens + given.cache_write,
        cache_read_tokens = cache_read_tokens + given.cache_read, blocks_json = given.blocks
    FROM {rows} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,
    id="text",
    input="int",
    output="int",
    cache_write="int",
    cache_read="int",
    blocks="text",
)
USE = sql(
    """
    UPDATE agent_request SET input_tokens = input_tokens + given.input,
        output_tokens = output_tokens + given.output,
        cache_write_tokens = cache_write_tokens + given.cache_write,
        cache_read_tokens = cache_read_tokens + given.cache_read
    FROM {rows} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,
    id="text",
    input="int",
    output="int",
    cache_write="int",
    cache_read="int",
)
PLANNED = sql(
    """
    UPDATE agent_request SET version = version + 1, events = events + 1,
        plan_ids_json = given.plan_ids, blocks_json = given.blocks
    FROM {rows} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,
    id="text",
    plan_ids="text",
    blocks="text",
)
ANSWER = sql(
    """
    UPDATE agent_request SET blocks_json = given.blocks
    FROM {rows} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,
    id="text",
    blocks="text",
)
END = sql(
    """
    UPDATE agent_request SET state = given.state, version = version + 1, events = events + 1,
        finished_at = kt_now(), lease_expires_at = NULL, error_code = given.error
    FROM {rows} WHERE agent_request.id = given.id
      AND agent_request.state IN (given.was, given.or_was)
    """,
    id="text",
    state="text",
    error="text",
    was="text",
    or_was="text",
)


async def find(session: Session, account: int, request_id: str) -> AgentRequest:
    """Return a request of the account.

    Raises:
        NotFound: the account has no such request.
    """
    statement = select(AgentRequest).where(
        AgentRequest.id == request_id, AgentRequest.account_id == account
    )
    request = await session.scalar(statement.execution_options(populate_existing=True))
    if request is None:
        raise NotFound("There is no such request.", field="requestId")
    return request


async def active(session: Session, account: int) -> Sequence[AgentRequest]:
    """Return the requests of an account that have not ended, newest first."""
    statement = select(AgentRequest).where(
        AgentRequest.account_id == account, AgentRequest.state.in_(OPEN_REQUEST_STATES)
    )
    return (await session.scalars(statement.order_by(AgentRequest.id.desc()))).all()


async def activity(session: Session, account: int) -> int:
    """Return the sum of the versions of open requests: it rises with each change of one.

    It falls only when one ends, which moves the ledger's version.
    """
    return sum(request.version for request in await active(session, account))


def tokens_of(request: AgentRequest) -> Tokens:
    """Return the tokens that a request has used so far."""
    return Tokens(
        input=request.input_tokens,
        output=request.output_tokens,
        cache_write=request.cache_write_tokens,
        cache_read=request.cache_read_tokens,
    )


def rates_of(request: AgentRequest) -> Rates:
    """Return the rates of the time when the message was sent."""
    rates = request.rates_json
    return Rates(**json.loads(rates))


async def claim(session: Session) -> AgentRequest | None:
    """Claim the request that waits longest; None if no request waits."""
    # Other workers read the same ids: for each, `CLAIM` changes a row for only one of them.
    for (request_id,) in await session.read(NEXT):
        if await session.change(CLAIM, [(request_id,)]):
            await _tell(session, request_id, "status", {"status": RequestState.RUNNING})
            return await session.get_one(AgentRequest, request_id, populate_existing=True)
    return None


async def renew(session: Session, request_id: str) -> bool:
    """Renew the lease of a running request; return False if it was ended elsewhere."""
    return await session.change(RENEW, [(request_id,)]) == 1


async def is_running(session: Session, request_id: str) -> bool:
    """Return True if the request still runs."""
    statement = select(AgentRequest.state).where(AgentRequest.id == request_id)
    return await session.scalar(statement) == RequestState.RUNNING


async def note(session: Session, request_id: str, kind: str, data: Mapping[str, Any]) -> bool:
    """Add an event to a running request's stream; return False if it was ended elsewhere."""
    # The row is locked by this update, so each event gets a number of its own, in order.
    if await session.change(NUMBER, [(request_id,)]) == 0:
        return False
    await _tell(session, request_id, kind, data)
    return True


async def use(session: Session, request_id: str, used: Tokens) -> None:
    """Add the estimated usage of the open turn; a negative one takes an estimate back.

    `add_turn` then adds only what the exact usage has beyond the estimates.
    """
    row = (request_id, used.input, used.output, used.cache_write, used.cache_read)
    await session.change(USE, [row])


async def add_turn(
    session: Session, request_id: str, used: Tokens, blocks: Sequence[Block]
) -> AgentRequest | None:
    """Count a finished turn, and store the answer up to it; None if it was ended elsewhere.

    `used` is the usage of the turn, less what `use` has added of it.
    """
    row = (
        request_id, used.input, used.output, used.cache_write, used.cache_read,
        _text(blocks),
    )  # fmt: skip
    if await session.change(TURN, [row]) == 0:
        return None
    request = await session.get_one(AgentRequest, request_id, populate_existing=True)
    spent = charge(tokens_of(request), rates_of(request), request.price_microusd)
    await _tell(session, request_id, "usage", to_amount_fields("spent", spent))
    return request


async def add_plan(
    session: Session,
    request_id: str,
    plan_ids: Sequence[str],
    blocks: Sequence[Block],
    told: Mapping[str, Any],
) -> bool:
    """Store the plans that a running request has proposed; False if it was ended elsewhere.

    `plan_ids` are all plans so far; `told` is the data of the event, about the newest.
    """
    row = (request_id, json.dumps(list(plan_ids)), _text(blocks))
    if await session.change(PLANNED, [row]) == 0:
        return False
    await _tell(session, request_id, "plan", told)
    return True


async def finish(session: Session, ids: Ids, request_id: str, blocks: Sequence[Block]) -> bool:
    """End a running request with its answer, which joins the thread, and charge what it used.

    Returns: False if it was ended elsewhere.
    """
    if await session.change(ANSWER, [(request_id, _text(blocks))]) == 0:
        return False
    return await _end(session, ids, request_id, RequestState.SUCCEEDED, RUNNING)


async def fail(session: Session, ids: Ids, request_id: str, code: str) -> bool:
    """Fail a running request, free of charge; return False if it was ended elsewhere."""
    return await _end(session, ids, request_id, RequestState.FAILED, RUNNING, code)


async def cancel(session: Session, ids: Ids, request_id: str) -> bool:
    """Cancel an open request and charge what it used so far; return False if it has ended."""
    return await _end(session, ids, request_id, RequestState.CANCELED, OPEN_REQUEST_STATES)


async def expire(session: Session, ids: Ids, request_id: str) -> bool:
    """Expire a request that waits, free of charge; return False if it has started or ended."""
    return await _end(session, ids, request_id, RequestState.EXPIRED, QUEUED)


async def _end(
    session: Session,
    ids: Ids,
    request_id: str,
    state: RequestState,
    since: tuple[RequestState, RequestState],
    code: str | None = None,
) -> bool:
    """End and settle a request that is in one of two states; False if it is in another one."""
    if await session.change(END, [(request_id, state, code, *since)]) == 0:
        return False
    request = await session.get_one(AgentRequest, request_id, populate_existing=True)
    captured = 0
    if state in PAYING:
        captured = charge(tokens_of(request), rates_of(request), request.price_microusd)
    if captured:
        await transfers.post(session, request.hold_id, captured)
        await projects.add_spent(session, request.project_id, captured)
    else:
        await transfers.void(session, request.hold_id)
    request.captured_microusd = captured
    await _say(session, ids, request, code)
    await _tell(session, request_id, "status", {"status": state})
    return True


async def _say(session: Session, ids: Ids, request: AgentRequest, code: str | None) -> None:
    """Add the answer to the thread, or a notice of why there is none."""
    thread = await threads.find(session, request.account_id, request.thread_id)
    answer = request.blocks_json if request.state in PAYING else "[]"
    blocks = json.loads(answer)
    if not blocks:
        blocks = [notice(code or request.state, _words(request, code))]
        await threads.say(session, ids, thread, "event", blocks, request_id=request.id)
        return
    message = await threads.say(session, ids, thread, "agent", blocks, request_id=request.id)
    request.answer_id = message.id
    await session.flush()


def _text(blocks: Sequence[Block]) -> str:
    return json.dumps(list(blocks), ensure_ascii=False)


def notice(code: str, text: str) -> Block:
    """Build a block of kind notice, such as why an answer ends early."""
    return {"type": "notice", "code": code, "text": text}


def _words(request: AgentRequest, code: str | None) -> str:
    if code is not None:
        return f"{FAILURES[code][0]} {FREE}"
    if request.state == RequestState.EXPIRED:
        return f"No worker started this in time. {FREE}"
    return "Canceled." if request.state == RequestState.CANCELED else "There was no answer."


async def _tell(session: Session, request_id: str, kind: str, data: Mapping[str, Any]) -> None:
    """Write an event under the number that the request's row has now, and wake its followers."""
    await session.write((TELL, [(request_id, kind, json.dumps(data, ensure_ascii=False))]))
    session.notify_after_commit(request_id)
