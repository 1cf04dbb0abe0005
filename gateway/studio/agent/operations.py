"""Operations on the agent."""

from functools import partial

from sqlalchemy import select

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Database, Session
from gateway.kit.errors import (
    AccountFrozen,
    ConcurrencyLimited,
    InsufficientCredits,
    InvalidInput,
    KeyLimitExceeded,
    NotFound,
)
from gateway.kit.ids import Ids
from gateway.kit.long_poll import wait_while_allowed
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Answer, Call, Caller, Reply, operation
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.operations import BalanceReader, TopUp
from gateway.library.errors import ProjectArchived
from gateway.media.errors import QuoteExpired, QuoteUsed
from gateway.media.jobs.event_streams import EVENT_STREAM
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent import view as agent_view
from gateway.studio.agent.errors import AgentUnavailable, RequestFinished
from gateway.studio.agent.events import RequestEvents, RequestWatch
from gateway.studio.agent.messages import Agent
from gateway.studio.agent.schemas import (
    AgentRequest,
    AgentRequestPage,
    CancelRequest,
    MessageQuote,
    MessageSent,
    PrepareMessage,
    RequestEventsQuery,
    RequestQuery,
    SendMessage,
)
from gateway.studio.agent.states import OPEN_REQUEST_STATES, RequestState
from gateway.studio.agent.tables import AgentRequest as RequestRow
from gateway.studio.plans.errors import ApprovalRequired


@operation(
    "POST",
    "/api/v1/studio/agent/messages/prepare",
    tag="studio",
    response=MessageQuote,
    status=201,
    scopes=("studio",),
    limit="quote",
    idempotent=True,
    problems=(NotFound, ProjectArchived, AgentUnavailable),
)
async def prepare_message(
    caller: Caller, body: PrepareMessage, session: Session, agent: Agent, balances: BalanceReader
) -> Reply:
    """Quote the most a message to the agent can cost, for 15 minutes; nothing is held."""
    quote = await agent.quote_message(session, caller, body)
    balance = await balances.get_balance(caller.ledger_account)
    available = balance.available_microusd
    message_quote = MessageQuote.model_validate(
        {
            "quoteId": quote.id,
            "model": quote.model,
            "expiresAt": to_iso(quote.expires_at),
            "affordable": available >= quote.price_microusd and not balance.debt_microusd,
            **await agent.render_consent(session, caller, quote),
        }
        | to_amount_fields("price", quote.price_microusd)
        | to_amount_fields("balance", available)
    )
    return Reply(body=message_quote, resource_id=quote.id)


@operation(
    "POST",
    "/api/v1/studio/agent/messages",
    tag="studio",
    response=MessageSent,
    status=202,
    scopes=("studio",),
    spends="by consent",
    idempotent=True,
    problems=(
        ApprovalRequired,
        InsufficientCredits,
        KeyLimitExceeded,
        MemberLimitExceeded,
        AccountFrozen,
        NotFound,
        ProjectArchived,
        QuoteUsed,
        QuoteExpired,
        ConcurrencyLimited,
        AgentUnavailable,
    ),
)
async def send_message(
    caller: Caller, body: SendMessage, session: Session, agent: Agent, top_up: TopUp
) -> Reply:
    """Send a message to the agent; the most it can cost is held, only what it uses is charged.

    Failed and expired requests are free. The agent reads and proposes plans; it cannot spend.
    """
    if body.quote_id is not None:
        quote = await agent.load_sendable_quote(session, caller, body.quote_id)
    else:
        sending_fields = {"quote_id", "confirmed_in_client"}
        fields = body.model_dump(by_alias=True, exclude_unset=True, exclude=sending_fields)
        quote = await agent.quote_message(session, caller, PrepareMessage.model_validate(fields))
    with top_up.adding_url_to_refusal():
        request = await agent.send_message(session, caller, quote, body)
    return Reply(body=agent_view.render_sent_message(request), resource_id=request.id)


@operation(
    "GET",
    "/api/v1/studio/agent/requests",
    tag="studio",
    response=AgentRequest,
    alternatives=(AgentRequestPage,),
    scopes=("studio",),
    seconds=35,
    problems=(NotFound,),
)
async def get_request(
    call: Call, caller: Caller, query: RequestQuery, database: Database, watch: RequestWatch
) -> AgentRequest | AgentRequestPage:
    """Read one request with its answer, or list requests, newest first.

    `waitSeconds` waits for the end, or for a version above `sinceVersion`.
    """
    if query.request_id is None:
        return await _list_requests(caller, query, database)
    account = caller.ledger_account
    async with database.read() as snapshot:
        request = await agent_requests.load_request(snapshot, account, query.request_id)
    if query.wait_seconds and request.state in OPEN_REQUEST_STATES:
        ended = partial(watch.wait, request.id, since_version=query.since_version)
        await wait_while_allowed(call, query.wait_seconds, ended)
    async with database.read() as snapshot:
        request = await agent_requests.load_request(snapshot, account, query.request_id)
        return await agent_view.render_request(snapshot, request)


async def _list_requests(
    caller: Caller, query: RequestQuery, database: Database
) -> AgentRequestPage:
    if query.wait_seconds or query.since_version is not None:
        raise InvalidInput("These parameters require `requestId`.", field="requestId")
    statement = select(RequestRow).where(RequestRow.account_id == caller.ledger_account)
    if query.thread_id is not None:
        statement = statement.where(RequestRow.thread_id == query.thread_id)
    if query.cursor is not None:
        statement = statement.where(RequestRow.id < query.cursor)
    statement = statement.order_by(RequestRow.id.desc()).limit(query.limit + 1)
    async with database.read() as snapshot:
        rows = (await snapshot.scalars(statement)).all()
        data = [await agent_view.render_request(snapshot, row) for row in rows[: query.limit]]
    has_more = len(rows) > query.limit
    return AgentRequestPage(data=data, next_cursor=data[-1].request_id if has_more else None)


@operation(
    "GET",
    "/api/v1/studio/agent/requests/events",
    tag="studio",
    response=AgentRequest,
    scopes=("studio",),
    seconds=None,
    media_types=(EVENT_STREAM,),
    problems=(NotFound, ConcurrencyLimited),
)
async def watch_request(
    call: Call, caller: Caller, query: RequestEventsQuery, events: RequestEvents
) -> Answer:
    """Follow one request as server-sent events, then `done` with the whole request.

    `status`, `text`, `tool`, `plan`, `usage`. Reconnect with `Last-Event-ID`, within a day, to get
    only newer events. A `status` with `restarted` withdraws the text since the last `usage`.
    """
    headers = {"Content-Type": EVENT_STREAM, "X-Accel-Buffering": "no"}
    stream = events.follow(call, caller, query.request_id)
    return Answer(status=200, body=b"", headers=headers, stream=stream)


@operation(
    "POST",
    "/api/v1/studio/agent/requests/cancel",
    tag="studio",
    response=AgentRequest,
    scopes=("studio",),
    problems=(NotFound, RequestFinished),
)
async def cancel_request(
    caller: Caller, body: CancelRequest, session: Session, ids: Ids
) -> AgentRequest:
    """Cancel a request at once; what it used so far is charged, the rest is released."""
    account = caller.ledger_account
    request = await agent_requests.load_request(session, account, body.request_id)
    canceled = await agent_requests.cancel_open_request(session, ids, request.id)
    await session.refresh(request)
    if not canceled and request.state != RequestState.CANCELED:
        raise RequestFinished(f"The request has {request.state}.", requestStatus=request.state)
    return await agent_view.render_request(session, request)
