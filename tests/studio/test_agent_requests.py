"""How a request to the agent ends and what it costs, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.messaging.broker import build_broker
from gateway.kit.operation import Caller
from gateway.kit.queue import WakeUps
from gateway.ledger.invariants import check_invariants
from gateway.ledger.reports.balances import fetch_balances
from gateway.library import projects
from gateway.media.errors import QuoteExpired, QuoteUsed
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent.messages import Agent
from gateway.studio.agent.prices import DEFAULT_RATES, Tokens
from gateway.studio.agent.requests import build_notice
from gateway.studio.agent.schemas import PrepareMessage, SendMessage
from gateway.studio.agent.sweeps import AgentSweeps
from gateway.studio.agent.tables import AgentQuote, AgentRequest
from gateway.studio.threads import threads
from tests.databases import MovedClock
from tests.ledger.bank import open_bank

pytestmark = pytest.mark.anyio
CREDIT, PRICE = 1_000_000, 250_000
TURN_TOKENS = Tokens(input=1_000, output=100)
TURN_COST_MICROUSD = 6_000
TEXT_BLOCK = {"type": "text", "markdown": "One."}


def build_quoted_message(quote: AgentQuote) -> SendMessage:
    return SendMessage.model_validate({"quoteId": quote.id})


@dataclass
class AgentDesk:
    """An account with a thread, and an agent to send to."""

    database: Database
    ids: Ids
    caller: Caller
    agent: Agent
    thread_id: str

    async def send_message(self) -> str:
        given = PrepareMessage.model_validate({"threadId": self.thread_id, "content": "Hi"})
        async with self.database.write() as session:
            quote = await self.agent.quote_message(session, self.caller, given)
            return (
                await self.agent.send_message(
                    session, self.caller, quote, build_quoted_message(quote)
                )
            ).id

    async def start_request(self) -> str:
        """Send a message and claim its request."""
        request_id = await self.send_message()
        async with self.database.write() as session:
            claimed = await agent_requests.claim_next_request(session)
        assert claimed is not None
        assert claimed.id == request_id
        return request_id

    async def add_turn(self, request_id: str) -> bool:
        async with self.database.write() as session:
            return (
                await agent_requests.add_turn(session, request_id, TURN_TOKENS, [TEXT_BLOCK])
                is not None
            )

    async def cancel_request(self, request_id: str) -> bool:
        async with self.database.write() as session:
            return await agent_requests.cancel_open_request(session, self.ids, request_id)

    async def finish_request(self, request_id: str) -> bool:
        async with self.database.write() as session:
            return await agent_requests.finish_request(session, self.ids, request_id, [TEXT_BLOCK])

    async def load_request(self, request_id: str) -> AgentRequest:
        async with self.database.read() as snapshot:
            account = self.caller.ledger_account
            return await agent_requests.load_request(snapshot, account, request_id)

    async def check_and_count_spent(self) -> int:
        """Check that nothing is held and the books are sound; return the credit that is spent."""
        assert await check_invariants(self.database) == []
        found = await fetch_balances(self.database, [self.caller.ledger_account])
        balance = found[self.caller.ledger_account]
        assert balance.held_microusd == 0
        return CREDIT - balance.available_microusd


@pytest.fixture
async def desk(database: Database, ids: Ids) -> AsyncIterator[AgentDesk]:
    bank = await open_bank(database, ids, credit=CREDIT)
    caller = Caller(
        account_id="acct_1",
        ledger_account=bank.account,
        book="live",
        session_id="ses_1",
        scopes=frozenset(),
    )
    async with database.write() as session:
        home = await projects.create(session, ids, bank.account, name="Fox")
        thread = await threads.create(session, ids, bank.account, home.id)
    agent = Agent(
        ids=ids,
        wakes=WakeUps(build_broker("")),
        public_url="http://test",
        model="m",
        rates=DEFAULT_RATES["claude-sonnet-5-5"],
        has_key=True,
        in_test_mode=False,
    )
    yield AgentDesk(database, ids, caller, agent, thread.id)
    for sending in agent.wakes._sending.values():
        sending.cancel()


async def test_a_request_that_succeeds_captures_its_turns_and_releases_the_rest(
    desk: AgentDesk,
) -> None:
    request_id = await desk.start_request()
    held = (await fetch_balances(desk.database, [desk.caller.ledger_account])).popitem()[1]
    assert held.held_microusd == PRICE
    assert await desk.add_turn(request_id)
    assert await desk.finish_request(request_id)
    done = await desk.load_request(request_id)
    assert (done.state, done.captured_microusd) == ("succeeded", TURN_COST_MICROUSD)
    assert await desk.check_and_count_spent() == TURN_COST_MICROUSD
    assert not await desk.finish_request(request_id)
    assert not await desk.add_turn(request_id)
    async with desk.database.read() as snapshot:
        (home,) = await projects.list_newest_projects(snapshot, desk.caller.ledger_account, 2)
        page, _ = await threads.load_message_page(snapshot, desk.thread_id, limit=10)
        talk = await threads.load_thread(snapshot, desk.caller.ledger_account, desk.thread_id)
    assert home.spent_microusd == TURN_COST_MICROUSD
    assert [(each.role, each.id == done.answer_id) for each in page] == [
        ("user", False), ("agent", True),
    ]  # fmt: skip
    assert (talk.title, talk.message_count) == ("Hi", 2)


async def test_without_a_finished_turn_nothing_is_captured(desk: AgentDesk) -> None:
    request_id = await desk.start_request()
    async with desk.database.write() as session:
        said = [build_notice("budget_reached", "Used up.")]
        assert await agent_requests.finish_request(session, desk.ids, request_id, said)
    assert await desk.check_and_count_spent() == 0


async def test_canceling_and_finishing_at_once_settles_once(desk: AgentDesk) -> None:
    for _ in range(3):
        request_id = await desk.start_request()
        await desk.add_turn(request_id)
        ended = await asyncio.gather(
            desk.finish_request(request_id), desk.cancel_request(request_id)
        )
        assert sorted(ended) == [False, True]
    assert await desk.check_and_count_spent() == 3 * TURN_COST_MICROUSD


async def test_a_queued_request_is_canceled_or_expires_free(
    desk: AgentDesk, clock: MovedClock
) -> None:
    canceled, late = await desk.send_message(), await desk.send_message()
    assert await desk.cancel_request(canceled)
    sweeps = AgentSweeps(desk.database, desk.ids, desk.agent.wakes)
    await sweeps.expire_overdue_requests()
    assert (await desk.load_request(late)).state == "queued"
    await clock.advance(desk.database, 601 * SECOND)
    await sweeps.expire_overdue_requests()
    assert (await desk.load_request(late)).state == "expired"
    assert await desk.check_and_count_spent() == 0


async def test_a_quote_is_sent_within_fifteen_minutes_and_once(
    desk: AgentDesk, clock: MovedClock
) -> None:
    given = PrepareMessage.model_validate({"threadId": desk.thread_id, "content": "Hi"})
    async with desk.database.write() as session:
        late, used = [await desk.agent.quote_message(session, desk.caller, given) for _ in range(2)]
        await desk.agent.send_message(session, desk.caller, used, build_quoted_message(used))
    for quote, refusal in ((used, QuoteUsed), (late, QuoteExpired)):
        if quote is late:
            await clock.advance(desk.database, 15 * MINUTE)
        with pytest.raises(refusal):
            async with desk.database.write() as session:
                found = await desk.agent.load_sendable_quote(session, desk.caller, quote.id)
                await desk.agent.send_message(
                    session, desk.caller, found, build_quoted_message(found)
                )
    async with desk.database.read() as snapshot:
        page, _ = await threads.load_message_page(snapshot, desk.thread_id, limit=10)
        (going,) = await agent_requests.list_active_requests(snapshot, desk.caller.ledger_account)
    assert len(page) == 1
    assert await desk.cancel_request(going.id)
    assert await desk.check_and_count_spent() == 0


async def test_a_lost_worker_makes_the_request_fail_free_after_its_lease(
    desk: AgentDesk, clock: MovedClock
) -> None:
    request_id = await desk.start_request()
    await desk.add_turn(request_id)
    sweeps = AgentSweeps(desk.database, desk.ids, desk.agent.wakes)
    await clock.advance(desk.database, 29 * SECOND)
    async with desk.database.write() as session:
        assert await agent_requests.renew_lease(session, request_id)
    await clock.advance(desk.database, 29 * SECOND)
    await sweeps.fail_lost_requests()
    assert (await desk.load_request(request_id)).state == "running"
    await clock.advance(desk.database, 2 * SECOND)
    await sweeps.fail_lost_requests()
    done = await desk.load_request(request_id)
    assert (done.state, done.error_code) == ("failed", "agent_interrupted")
    assert not await desk.finish_request(request_id)
    assert await desk.check_and_count_spent() == 0


async def test_events_are_numbered_without_a_gap_and_forgotten_after_a_day(
    desk: AgentDesk, clock: MovedClock
) -> None:
    request_id = await desk.start_request()
    async with desk.database.write() as session:
        assert await agent_requests.add_event(session, request_id, "text", {"delta": "O"})
        assert await agent_requests.add_plans(
            session, request_id, ["plan_1"], [TEXT_BLOCK], {"n": 1}
        )
    await desk.finish_request(request_id)
    numbers = "SELECT number FROM agent_event ORDER BY number"
    async with desk.database.connect() as connection:
        found = (await connection.exec_driver_sql(numbers)).scalars().all()
    assert list(found) == [1, 2, 3, 4, 5]
    assert (await desk.load_request(request_id)).events == 5
    await clock.advance(desk.database, 25 * 3_600 * SECOND)
    await AgentSweeps(desk.database, desk.ids, desk.agent.wakes).delete_old_rows()
    async with desk.database.connect() as connection:
        assert (await connection.exec_driver_sql(numbers)).scalars().all() == []
