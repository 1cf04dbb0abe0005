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
  (`add_usage`) until it ends. A cancel charges that too: else anyone could read an answer to its
  end, cancel, and pay nothing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from gateway.identity.teams.memberships import find_membership
from gateway.kit.caller import Caller
from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.kit.errors import NotFound
from gateway.kit.ids import Ids
from gateway.kit.money import to_amount_fields
from gateway.kit.roles import Role
from gateway.ledger import transfers
from gateway.library import projects
from gateway.studio.agent.errors import FAILURES, NOTHING_CHARGED
from gateway.studio.agent.prices import Rates, Tokens, compute_charge
from gateway.studio.agent.states import OPEN_REQUEST_STATES, RequestState
from gateway.studio.agent.tables import AgentRequest as AgentRequest
from gateway.studio.threads import threads
from gateway.studio.threads.schemas import Block

LEASE_LIFE = 30 * SECOND
# The two states that `END_REQUEST` accepts; one state stands twice.
FROM_QUEUED = (RequestState.QUEUED, RequestState.QUEUED)
FROM_RUNNING = (RequestState.RUNNING, RequestState.RUNNING)
PAYING_STATES = {RequestState.SUCCEEDED, RequestState.CANCELED}
NEXT_REQUESTS = sql("SELECT id FROM agent_request WHERE state = 'queued' ORDER BY id LIMIT 10")
CLAIM_REQUEST = sql(
    f"""
    UPDATE agent_request SET state = 'running', version = version + 1, events = events + 1,
        started_at = kt_now(), lease_expires_at = kt_now() + {LEASE_LIFE}
    FROM {{rows}} WHERE agent_request.id = given.id AND agent_request.state = 'queued'
    """,  # noqa: S608 - constant
    id="text",
)
RENEW_LEASE = sql(
    f"""
    UPDATE agent_request SET lease_expires_at = kt_now() + {LEASE_LIFE}
    FROM {{rows}} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,  # noqa: S608 - constant
    id="text",
)
NUMBER_EVENT = sql(
    """
    UPDATE agent_request SET events = events + 1
    FROM {rows} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,
    id="text",
)
INSERT_EVENT = sql(
    """
    INSERT INTO agent_event (request_id, number, kind, data_json, created_at)
    SELECT r.id, r.events, given.kind, given.data, kt_now()
    FROM {rows} JOIN agent_request AS r ON r.id = given.id
    """,
    id="text",
    kind="text",
    data="text",
)
ADD_TURN = sql(
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
ADD_USAGE = sql(
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
SET_PLANS = sql(
    """
    UPDATE agent_request SET version = version + 1, events = events + 1,
        plan_ids_json = given.plan_ids, blocks_json = given.blocks
    FROM {rows} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,
    id="text",
    plan_ids="text",
    blocks="text",
)
SET_ANSWER = sql(
    """
    UPDATE agent_request SET blocks_json = given.blocks
    FROM {rows} WHERE agent_request.id = given.id AND agent_request.state = 'running'
    """,
    id="text",
    blocks="text",
)
END_REQUEST = sql(
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


async def load_request(session: Session, account: int, request_id: str) -> AgentRequest:
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


async def list_active_requests(session: Session, account: int) -> Sequence[AgentRequest]:
    """Return the requests of an account that have not ended, newest first."""
    statement = select(AgentRequest).where(
        AgentRequest.account_id == account, AgentRequest.state.in_(OPEN_REQUEST_STATES)
    )
    return (await session.scalars(statement.order_by(AgentRequest.id.desc()))).all()


async def sum_active_versions(session: Session, account: int) -> int:
    """Return the sum of the versions of open requests: it rises with each change of one.

    It falls only when one ends, which moves the ledger's version.
    """
    return sum(request.version for request in await list_active_requests(session, account))


def tokens_from_request(request: AgentRequest) -> Tokens:
    """Return the tokens that a request has used so far."""
    return Tokens(
        input=request.input_tokens,
        output=request.output_tokens,
        cache_write=request.cache_write_tokens,
        cache_read=request.cache_read_tokens,
    )


def rates_from_request(request: AgentRequest) -> Rates:
    """Return the rates of the time when the message was sent."""
    rates = request.rates_json
    return Rates(**json.loads(rates))


async def claim_next_request(session: Session) -> AgentRequest | None:
    """Claim the request that waits longest; None if no request waits."""
    # Other workers read the same ids: for each, `CLAIM_REQUEST` changes a row for only one of them.
    for (request_id,) in await session.read(NEXT_REQUESTS):
        if await session.change(CLAIM_REQUEST, [(request_id,)]):
            await _insert_event(session, request_id, "status", {"status": RequestState.RUNNING})
            return await session.get_one(AgentRequest, request_id, populate_existing=True)
    return None


async def renew_lease(session: Session, request_id: str) -> bool:
    """Renew the lease of a running request; return False if it was ended elsewhere."""
    return await session.change(RENEW_LEASE, [(request_id,)]) == 1


async def is_running(session: Session, request_id: str) -> bool:
    """Return True if the request still runs."""
    statement = select(AgentRequest.state).where(AgentRequest.id == request_id)
    return await session.scalar(statement) == RequestState.RUNNING


async def add_event(session: Session, request_id: str, kind: str, data: Mapping[str, Any]) -> bool:
    """Add an event to a running request's stream; return False if it was ended elsewhere."""
    # The row is locked by this update, so each event gets a number of its own, in order.
    if await session.change(NUMBER_EVENT, [(request_id,)]) == 0:
        return False
    await _insert_event(session, request_id, kind, data)
    return True


async def add_usage(session: Session, request_id: str, used_tokens: Tokens) -> None:
    """Add the estimated usage of the open turn; a negative one takes an estimate back.

    `add_turn` then adds only what the exact usage has beyond the estimates.
    """
    row = (
        request_id,
        used_tokens.input,
        used_tokens.output,
        used_tokens.cache_write,
        used_tokens.cache_read,
    )
    await session.change(ADD_USAGE, [row])


async def add_turn(
    session: Session, request_id: str, used_tokens: Tokens, blocks: Sequence[Block]
) -> AgentRequest | None:
    """Count a finished turn, and store the answer up to it; None if it was ended elsewhere.

    `used_tokens` is the usage of the turn, less what `add_usage` has added of it.
    """
    row = (
        request_id, used_tokens.input, used_tokens.output,
        used_tokens.cache_write, used_tokens.cache_read, _dump_blocks(blocks),
    )  # fmt: skip
    if await session.change(ADD_TURN, [row]) == 0:
        return None
    request = await session.get_one(AgentRequest, request_id, populate_existing=True)
    spent = compute_charge(
        tokens_from_request(request), rates_from_request(request), request.price_microusd
    )
    await _insert_event(session, request_id, "usage", to_amount_fields("spent", spent))
    return request


async def add_plans(
    session: Session,
    request_id: str,
    plan_ids: Sequence[str],
    blocks: Sequence[Block],
    event_data: Mapping[str, Any],
) -> bool:
    """Store the plans that a running request has proposed; False if it was ended elsewhere.

    `plan_ids` are all plans so far; `event_data` is the data of the event, about the newest.
    """
    row = (request_id, json.dumps(list(plan_ids)), _dump_blocks(blocks))
    if await session.change(SET_PLANS, [row]) == 0:
        return False
    await _insert_event(session, request_id, "plan", event_data)
    return True


async def finish_request(
    session: Session, ids: Ids, request_id: str, blocks: Sequence[Block]
) -> bool:
    """End a running request with its answer, which joins the thread, and charge what it used.

    Returns: False if it was ended elsewhere.
    """
    if await session.change(SET_ANSWER, [(request_id, _dump_blocks(blocks))]) == 0:
        return False
    return await _end_request(session, ids, request_id, RequestState.SUCCEEDED, FROM_RUNNING)


async def fail_request(session: Session, ids: Ids, request_id: str, code: str) -> bool:
    """Fail a running request, free of charge; return False if it was ended elsewhere."""
    return await _end_request(session, ids, request_id, RequestState.FAILED, FROM_RUNNING, code)


async def cancel_open_request(session: Session, ids: Ids, request_id: str) -> bool:
    """Cancel an open request and charge what it used so far; return False if it has ended."""
    return await _end_request(session, ids, request_id, RequestState.CANCELED, OPEN_REQUEST_STATES)


async def expire_request(session: Session, ids: Ids, request_id: str) -> bool:
    """Expire a request that waits, free of charge; return False if it has started or ended."""
    return await _end_request(session, ids, request_id, RequestState.EXPIRED, FROM_QUEUED)


async def _end_request(
    session: Session,
    ids: Ids,
    request_id: str,
    state: RequestState,
    from_states: tuple[RequestState, RequestState],
    code: str | None = None,
) -> bool:
    """End and settle a request that is in one of two states; False if it is in another one."""
    if await session.change(END_REQUEST, [(request_id, state, code, *from_states)]) == 0:
        return False
    request = await session.get_one(AgentRequest, request_id, populate_existing=True)
    captured = 0
    if state in PAYING_STATES:
        captured = compute_charge(
            tokens_from_request(request), rates_from_request(request), request.price_microusd
        )
    if captured:
        await transfers.post(session, request.hold_id, captured)
        await projects.add_project_spending(session, request.project_id, captured)
    else:
        await transfers.void(session, request.hold_id)
    request.captured_microusd = captured
    await _add_answer(session, ids, request, code)
    await _insert_event(session, request_id, "status", {"status": state})
    return True


async def _add_answer(session: Session, ids: Ids, request: AgentRequest, code: str | None) -> None:
    """Add the answer to the thread, or a notice of why there is none."""
    thread = await threads.load_thread(session, request.account_id, request.thread_id)
    answer = request.blocks_json if request.state in PAYING_STATES else "[]"
    blocks = json.loads(answer)
    if not blocks:
        blocks = [build_notice(code or request.state, _notice_text(request, code))]
        await threads.add_message(session, ids, thread, "event", blocks, request_id=request.id)
        return
    message = await threads.add_message(
        session, ids, thread, "agent", blocks, request_id=request.id
    )
    request.answer_id = message.id
    await session.flush()


def _dump_blocks(blocks: Sequence[Block]) -> str:
    return json.dumps(list(blocks), ensure_ascii=False)


def build_notice(code: str, text: str) -> Block:
    """Build a block of kind notice, such as why an answer ends early."""
    return {"type": "notice", "code": code, "text": text}


def _notice_text(request: AgentRequest, code: str | None) -> str:
    if code is not None:
        return f"{FAILURES[code][0]} {NOTHING_CHARGED}"
    if request.state == RequestState.EXPIRED:
        return f"No worker started this in time. {NOTHING_CHARGED}"
    return "Canceled." if request.state == RequestState.CANCELED else "There was no answer."


async def _insert_event(
    session: Session, request_id: str, kind: str, data: Mapping[str, Any]
) -> None:
    """Write an event under the number that the request's row has now, and wake its followers."""
    await session.write((INSERT_EVENT, [(request_id, kind, json.dumps(data, ensure_ascii=False))]))
    session.notify_after_commit(request_id)


async def load_caller(session: Session, request: AgentRequest) -> Caller:
    """Load the caller that the agent works for: with the role they have now, and no scopes.

    A member who was removed meanwhile is a viewer, whose writes are refused.
    """
    member_id = request.member_id
    member = None if member_id is None else await find_membership(session, member_id)
    return Caller(
        account_id=request.owner_id,
        ledger_account=request.account_id,
        book=request.book,
        key_id=request.key_id,
        scopes=frozenset(),
        person_id="" if member is None else member.person_id,
        member_id=member_id,
        role=Role.OWNER if member is None else member.role_now,
    )
