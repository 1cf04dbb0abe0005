"""Messages to the agent: whether it is available, quoting a message, sending it.

A quote is the most that a message can cost. Sending holds that price and stores a request, in one
transaction; a worker answers it. Locks are taken in the order ledger account, quote, library: two
messages of an account are sent one after the other, so that the limit of open requests holds.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, TypedDict

from sqlalchemy import select

from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import ConcurrencyLimited, NotFound, Problem
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd
from gateway.kit.operation import Caller
from gateway.kit.queue import AGENT_QUEUE, WakeUps
from gateway.kit.roles import Role, has_role
from gateway.ledger import transfers
from gateway.library import asset_queries, projects
from gateway.media.errors import QuoteExpired, QuoteUsed
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent.errors import AgentUnavailable
from gateway.studio.agent.prices import Rates, compute_worst_case
from gateway.studio.agent.requests import INSERT_EVENT
from gateway.studio.agent.schemas import AgentShown, PrepareMessage, SendMessage
from gateway.studio.agent.states import RequestState
from gateway.studio.agent.tables import AgentQuote, AgentRequest
from gateway.studio.plans.consent import Expense, render_consent, require_consent
from gateway.studio.threads import settings, threads
from gateway.studio.threads.schemas import Block
from gateway.studio.threads.tables import StudioSettings, Thread

QUOTE_LIFE, QUEUE_TIMEOUT, DISPATCH_DELAY = 15 * MINUTE, 600 * SECOND, 2 * SECOND
MOST_ACTIVE_REQUESTS = 2
TAKE_QUOTE = sql(
    """
    UPDATE agent_quote SET request_id = given.request_id
    FROM {rows} WHERE agent_quote.id = given.id AND agent_quote.request_id IS NULL
      AND agent_quote.expires_at > kt_now()
    """,
    id="text",
    request_id="text",
)
QUEUED_EVENT = json.dumps({"status": RequestState.QUEUED})


class NewRequestColumns(TypedDict):
    """The columns that are equal in every new request."""

    state: RequestState
    version: int
    events: int
    captured_microusd: int | None
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    turns: int
    blocks_json: str
    plan_ids_json: str
    answer_id: str | None
    error_code: str | None
    lease_expires_at: int | None
    started_at: int | None
    finished_at: int | None


NEW_REQUEST_COLUMNS: NewRequestColumns = {
    "state": RequestState.QUEUED,
    "version": 1,
    "events": 1,
    "captured_microusd": None,
    "input_tokens": 0,
    "output_tokens": 0,
    "cache_read_tokens": 0,
    "cache_write_tokens": 0,
    "turns": 0,
    "blocks_json": "[]",
    "plan_ids_json": "[]",
    "answer_id": None,
    "error_code": None,
    "lease_expires_at": None,
    "started_at": None,
    "finished_at": None,
}
APPROVAL_HINT = (
    "Show `approvalUrl` to the user, who can send it there; then send the same quoteId again: "
    "`sentAs` is the request. A quote with a lower `maxPriceUsd` may need no approval."
)
UNQUOTED_HINT = (
    "Prepare the message and send its `quoteId`: then the user can approve it. Or ask the user to "
    "write it at `approvalUrl`."
)
UnavailableReason = Literal["no_model_key", "not_in_test_mode", "disabled"]
UNAVAILABLE_REASONS: dict[UnavailableReason, str] = {
    "no_model_key": "This gateway has no model key.",
    "not_in_test_mode": "The agent needs live mode here: play money cannot pay its provider.",
    "disabled": "The agent is switched off in the settings of the studio.",
}


@dataclass(frozen=True, slots=True)
class Agent:
    """Prices and accepts messages; workers answer them."""

    ids: Ids
    wakes: WakeUps
    public_url: str
    model: str
    rates: Rates
    has_key: bool
    in_test_mode: bool

    def find_unavailable_reason(
        self, book: str, studio_settings: StudioSettings
    ) -> UnavailableReason | None:
        """Return why the agent is not available to an account in a book; None if it is."""
        if not self.has_key:
            return "no_model_key"
        if book == "test" and not self.in_test_mode:
            return "not_in_test_mode"
        return None if studio_settings.agent_enabled else "disabled"

    def render_agent(self, book: str, studio_settings: StudioSettings) -> AgentShown:
        """Render the availability of the agent."""
        reason = self.find_unavailable_reason(book, studio_settings)
        return AgentShown(available=reason is None, model=self.model, reason=reason)

    async def quote_message(
        self, session: Session, caller: Caller, message: PrepareMessage
    ) -> AgentQuote:
        """Quote the most that a message can cost, for 15 minutes.

        Raises:
            AgentUnavailable: the agent is not available to this account.
            NotFound: the account has no such thread or attachment.
            ProjectArchived: the thread's project takes nothing new.
        """
        account = caller.ledger_account
        thread = await threads.load_thread(session, account, message.thread_id)
        chosen = await self._check_available(session, caller)
        await projects.load_open_project(session, account, thread.project_id)
        for index, asset_id in enumerate(message.attachments):
            await asset_queries.load_asset(
                session, account, asset_id, field_name=f"attachments.{index}"
            )
        limits = [chosen.agent_max_price_microusd, compute_worst_case(self.rates)]
        if message.max_price_usd is not None:
            limits.append(parse_usd(message.max_price_usd))
        now = await get_database_time(session)
        quote = AgentQuote(
            id=self.ids.new("quote"),
            account_id=account,
            thread_id=thread.id,
            content=message.content,
            attachments_json=json.dumps(message.attachments),
            model=self.model,
            price_microusd=min(limits),
            created_at=now,
            expires_at=now + QUOTE_LIFE,
            request_id=None,
            member_id=caller.member_id,
        )
        session.add(quote)
        await session.flush()
        return quote

    async def load_sendable_quote(
        self, session: Session, caller: Caller, quote_id: str
    ) -> AgentQuote:
        """Return a quote of the account that may be sent, if the agent is available.

        Raises:
            AgentUnavailable: the agent is not available to this account.
            NotFound: the account has no such quote, or it is of another person and the caller is
                below an admin.
        """
        quote = await load_quote(session, caller, quote_id)
        await self._check_available(session, caller)
        return quote

    async def _check_available(self, session: Session, caller: Caller) -> StudioSettings:
        """Check that the agent is available to an account, and return the account's settings.

        Raises:
            AgentUnavailable: it is not; the problem says why.
        """
        chosen = await settings.load_settings(session, caller.ledger_account)
        if (reason := self.find_unavailable_reason(caller.book, chosen)) is not None:
            raise AgentUnavailable(UNAVAILABLE_REASONS[reason])
        return chosen

    async def render_consent(
        self, session: Session, caller: Caller, quote: AgentQuote
    ) -> Mapping[str, object]:
        """Render the consent that this caller needs to send the message of a quote."""
        thread = await threads.load_thread(session, caller.ledger_account, quote.thread_id)
        url = self.build_approval_url(caller, thread, quote.id)
        return render_consent(caller, quote.price_microusd, url)

    def build_approval_url(self, caller: Caller, thread: Thread, quote_id: str | None) -> str:
        """Return the URL of the page on which a person can send a message for this caller."""
        page = f"{self.public_url}/library/{thread.project_id}/talks/{thread.id}?mode={caller.book}"
        return page if quote_id is None else f"{page}&quoteId={quote_id}"

    async def send_message(
        self, session: Session, caller: Caller, quote: AgentQuote, send_request: SendMessage
    ) -> AgentRequest:
        """Hold the price of a quote, store the request, and wake a worker after the commit.

        Raises:
            ApprovalRequired: the key may not spend so much without a person.
            ConcurrencyLimited: the account has too many open requests.
            QuoteUsed, QuoteExpired: the quote was sent before, or is too old.
            InsufficientCredits, Key- or MemberLimitExceeded, AccountFrozen: refused by the ledger.
        """
        account, request_id = caller.ledger_account, self.ids.new("req")
        # Before the consent: a quote that a person has sent by now must not ask for that again.
        check_quote_open(quote, await get_database_time(session))
        thread = await threads.load_thread(session, account, quote.thread_id)
        expense = Expense(
            kind="message",
            total_microusd=quote.price_microusd,
            approval_url=self.build_approval_url(caller, thread, send_request.quote_id),
            hint=UNQUOTED_HINT if send_request.quote_id is None else APPROVAL_HINT,
        )
        require_consent(caller, expense, confirmed_in_client=send_request.confirmed_in_client)
        locked = await transfers.lock_accounts(session, [account])
        await self._check_active_count(session, account)
        await _take_quote(session, quote, request_id)
        await projects.load_open_project(session, account, thread.project_id)
        hold_id = await self._hold_price(session, locked, caller, request_id, quote.price_microusd)
        attachments: list[str] = json.loads(quote.attachments_json)
        blocks: list[Block] = [{"type": "text", "markdown": quote.content}]
        blocks += [{"type": "asset", "assetId": asset_id} for asset_id in attachments]
        message = await threads.add_message(
            session, self.ids, thread, "user", blocks, request_id=request_id
        )
        now = await get_database_time(session)
        request = AgentRequest(
            id=request_id,
            owner_id=caller.account_id,
            account_id=account,
            book=caller.book,
            key_id=caller.key_id,
            member_id=caller.member_id,
            thread_id=thread.id,
            project_id=thread.project_id,
            message_id=message.id,
            attachments_json=quote.attachments_json,
            hold_id=hold_id,
            price_microusd=quote.price_microusd,
            model=self.model,
            rates_json=json.dumps(asdict(self.rates)),
            dispatch_after=now + DISPATCH_DELAY,
            queue_timeout_at=now + QUEUE_TIMEOUT,
            created_at=now,
            **NEW_REQUEST_COLUMNS,
        )
        session.add(request)
        await session.flush()
        await session.write((INSERT_EVENT, [(request_id, "status", QUEUED_EVENT)]))
        session.run_after_commit(lambda: self.wakes.send_soon(AGENT_QUEUE, request_id))
        return request

    async def _hold_price(
        self, session: Session, locked: transfers.LockedAccounts, caller: Caller, request_id: str,
        amount_microusd: int,
    ) -> str:  # fmt: skip
        """Hold an amount for a request; return the id of the hold."""
        hold = transfers.Hold(
            id=self.ids.new("trf"),
            account=caller.ledger_account,
            book=caller.book,
            reference=request_id,
            amount_microusd=amount_microusd,
            key_id=caller.spender_id,
        )
        (outcome,), writes = await transfers.hold_many(session, locked, [hold])
        if isinstance(outcome, Problem):
            raise outcome
        await session.write(*writes)
        return hold.id

    async def _check_active_count(self, session: Session, account: int) -> None:
        """Check that the account may have one more open request, under its ledger account's lock.

        Raises:
            ConcurrencyLimited: it has as many as it may.
        """
        if len(await agent_requests.list_active_requests(session, account)) >= MOST_ACTIVE_REQUESTS:
            raise ConcurrencyLimited(
                f"This account has reached its limit of {MOST_ACTIVE_REQUESTS} "
                "running agent requests.",
                hint="Wait for one to end, or cancel it, then send the same request.",
                retry_after_seconds=5,
            )


async def load_quote(session: Session, caller: Caller, quote_id: str) -> AgentQuote:
    """Return a quote that the caller prepared; to an admin of a team one of anybody in it.

    Raises:
        NotFound: the caller has no such quote.
    """
    statement = select(AgentQuote).where(
        AgentQuote.id == quote_id, AgentQuote.account_id == caller.ledger_account
    )
    quote = await session.scalar(statement)
    is_own = quote is not None and quote.member_id == caller.member_id
    if quote is None or not (is_own or has_role(caller.role, Role.ADMIN)):
        raise NotFound("There is no such quote.", field="quoteId")
    return quote


def check_quote_open(quote: AgentQuote, now: int) -> None:
    """Check that a quote can still be sent.

    Raises:
        QuoteUsed: it was sent; `sentAs` is the request.
        QuoteExpired: its 15 minutes are over.
    """
    if quote.request_id is not None:
        raise QuoteUsed(
            "This quote has already been used.",
            hint="Read the request named in `sentAs`, or request a new quote.",
            field="quoteId",
            sentAs=quote.request_id,
        )
    if quote.expires_at <= now:
        raise QuoteExpired(field="quoteId")


async def _take_quote(session: Session, quote: AgentQuote, request_id: str) -> None:
    """Mark a quote as sent, once.

    Raises:
        QuoteUsed, QuoteExpired: it was sent meanwhile, or has expired.
    """
    if await session.change(TAKE_QUOTE, [(quote.id, request_id)]) == 1:
        return
    # No row changed: read again which of the two it was. If it was not sent, its time is over.
    await session.refresh(quote)
    check_quote_open(quote, quote.expires_at)
