"""Requests to the agent and quotes of messages in their wire form."""

import json
from typing import TypedDict

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.money import to_amount_fields
from gateway.media.states import BillingState
from gateway.studio.agent.errors import render_failure
from gateway.studio.agent.schemas import (
    AgentRequest as WireRequest,
)
from gateway.studio.agent.schemas import (
    MessageSent,
    RequestBilling,
    RequestUrls,
    RequestUsage,
)
from gateway.studio.agent.states import OPEN_REQUEST_STATES, QuoteState
from gateway.studio.agent.tables import AgentQuote, AgentRequest
from gateway.studio.threads import threads

POLL_SECONDS = 2


class QuoteFields(TypedDict):
    """A quoted message, for the page on which a person can send it."""

    quote_id: str
    content: str
    attachments: list[str]
    price: int
    state: QuoteState


def render_quote(quote: AgentQuote, now: int) -> QuoteFields:
    """Render a quoted message for the page on which a person can send it."""
    unsent_state = QuoteState.EXPIRED if quote.expires_at <= now else QuoteState.OPEN
    return {
        "quote_id": quote.id,
        "content": quote.content,
        "attachments": json.loads(quote.attachments_json),
        "price": quote.price_microusd,
        "state": unsent_state if quote.request_id is None else QuoteState.SENT,
    }


def build_request_urls(request_id: str) -> RequestUrls:
    """Return the paths at which a request is read, followed and canceled."""
    path = "/api/v1/studio/agent/requests"
    return RequestUrls(
        get=f"{path}?requestId={request_id}",
        events=f"{path}/events?requestId={request_id}",
        cancel=f"{path}/cancel",
    )


def render_billing(request: AgentRequest) -> RequestBilling:
    """Render the hold and the charge of a request."""
    state = BillingState.CAPTURED if request.captured_microusd else BillingState.RELEASED
    return RequestBilling.model_validate(
        {"state": BillingState.RESERVED if request.state in OPEN_REQUEST_STATES else state}
        | to_amount_fields("price", request.price_microusd)
        | to_amount_fields("charged", request.captured_microusd or 0)
    )


def render_sent_message(request: AgentRequest) -> MessageSent:
    """Render the answer to a message that was accepted."""
    return MessageSent(
        request_id=request.id,
        message_id=request.message_id,
        status=request.state,
        billing=render_billing(request),
        poll_after_seconds=POLL_SECONDS,
        urls=build_request_urls(request.id),
    )


async def render_request(session: Session, request: AgentRequest) -> WireRequest:
    """Render a request with its answer, if it has one."""
    answer = None
    if request.answer_id is not None:
        answer = await threads.load_message(session, request.answer_id)
    plan_ids = request.plan_ids_json
    updated_at = request.finished_at or request.started_at or request.created_at
    return WireRequest(
        request_id=request.id,
        thread_id=request.thread_id,
        status=request.state,
        livemode=request.book == "live",
        version=request.version,
        model=request.model,
        billing=render_billing(request),
        usage=RequestUsage(
            input_tokens=request.input_tokens,
            output_tokens=request.output_tokens,
            cache_read_tokens=request.cache_read_tokens,
            cache_write_tokens=request.cache_write_tokens,
            turns=request.turns,
        ),
        message_id=request.answer_id,
        blocks=[] if answer is None else threads.render_message(answer).blocks,
        plan_ids=json.loads(plan_ids),
        error=render_failure(request.error_code),
        created_at=to_iso(request.created_at),
        updated_at=to_iso(updated_at),
        started_at=None if request.started_at is None else to_iso(request.started_at),
        finished_at=None if request.finished_at is None else to_iso(request.finished_at),
        poll_after_seconds=POLL_SECONDS if request.state in OPEN_REQUEST_STATES else None,
        urls=build_request_urls(request.id),
    )
