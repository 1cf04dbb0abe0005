"""How a request to the agent ends and what it costs, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.kit.broker import build_broker
from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.queue import WakeUps
from gateway.ledger.audit import check_invariants
from gateway.ledger.balances import fetch_balances
from gateway.library import projects
from gateway.media.errors import QuoteExpired, QuoteUsed
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent.prices import USUAL, Tokens
from gateway.studio.agent.requests import notice
from gateway.studio.agent.schemas import PrepareMessage, SendMessage
from gateway.studio.agent.sweeps import AgentSweeps
from gateway.studio.agent.tables import AgentQuote, AgentRequest
from gateway.studio.agent.turns import Agent
from gateway.studio.threads import keeping as threads
from tests.databases import MovedClock
from tests.ledger.bank import open_bank

pytestmark = pytest.mark.anyio
CREDIT, PRICE = 1_000_000, 250_000
TURN = Tokens(input=1_000, output=100)
TURN_COST = 6_000
TEXT = {"type": "text", "markdown": "One."}


def by_quote(quote: AgentQuote) -> SendMessage:
    return SendMessage.model_validate({"quoteId": quote.id})


@dataclass
class Desk:
    """An account with a thread, and an agent to send to."""

    database: Database
    ids: Ids
    caller: Caller
    agent: Agent
    thread_id: str

    async def send(self) -> str:
        given = PrepareMessage.model_validate({"threadId": self.thread_id, "content": "Hi"})
        async with self.database.write() as session:
            quote = await self.agent.quote(session, self.caller, given)
            return (await self.agent.send(session, self.caller, quote, by_quote(quote))).id

    async def running(self) -> str:
        """Send a message and claim its request."""
        request_id = await self.send()
        async with self.database.write() as session:
            claimed = await agent_requests.claim(session)
        assert claimed is not None
        assert claimed.id == request_id
        return request_id

    async def turn(self, request_id: str) -> bool:
        async with self.database.write() as session:
            return await agent_requests.add_turn(session, request_id, TURN, [TEXT]) is not None

    async def cancel(self, request_id: str) -> bool:
        async with self.database.write() as session:
            return await agent_requests.cancel(session, self.ids, request_id)

    async def finish(self, request_id: str) -> bool:
        async with self.database.write() as session:
            return await agent_requests.finish(session, self.ids, request_id, [TEXT])

    async def read(self, request_id: str) -> AgentRequest:
        async with self.database.read() as snapshot:
            account = self.caller.ledger_account
            return await agent_requests.find(snapshot, account, request_id)

    async def spent(self) -> int:
        """Check that nothing is held and the books are sound; return the credit that is spent."""
        assert await check_invariants(self.database) == []
        found = await fetch_balances(self.database, [self.caller.ledger_account])
        balance = found[self.caller.ledger_account]
        assert balance.held_microusd == 0
        return CREDIT - balance.available_microusd


@pytest.fixture
async def desk(database: Database, ids: Ids) -> AsyncIterator[Desk]:
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
        rates=USUAL["claude-sonnet-5-5"],
        has_key=True,
        in_test_mode=False,
    )
    yield Desk(database, ids, caller, agent, thread.id)
    if agent.wakes._sending is not None:
        agent.wakes._sending.cancel()


async def test_a_request_that_succeeds_captures_its_turns_and_releases_the_rest(
    desk: Desk,
) -> None:
    request_id = await desk.running()
    held = (await fetch_balances(desk.database, [desk.caller.ledger_account])).popitem()[1]
    assert held.held_microusd == PRICE
    assert await desk.turn(request_id)
    assert await desk.finish(request_id)
    done = await desk.read(request_id)
    assert (done.state, done.captured_microusd) == ("succeeded", TURN_COST)
    assert await desk.spent() == TURN_COST
    assert not await desk.finish(request_id)
    assert not await desk.turn(request_id)
    async with desk.database.read() as snapshot:
        (home,) = await projects.list_newest_projects(snapshot, desk.caller.ledger_account, 2)
        page, _ = await threads.messages(snapshot, desk.thread_id, limit=10)
        talk = await threads.find(snapshot, desk.caller.ledger_account, desk.thread_id)
    assert home.spent_microusd == TURN_COST
    assert [(each.role, each.id == done.answer_id) for each in page] == [
        ("user", False), ("agent", True),
    ]  # fmt: skip
    assert (talk.title, talk.message_count) == ("Hi", 2)


async def test_without_a_finished_turn_nothing_is_captured(desk: Desk) -> None:
    request_id = await desk.running()
    async with desk.database.write() as session:
        said = [notice("budget_reached", "Used up.")]
        assert await agent_requests.finish(session, desk.ids, request_id, said)
    assert await desk.spent() == 0


async def test_canceling_and_finishing_at_once_settles_once(desk: Desk) -> None:
    for _ in range(3):
        request_id = await desk.running()
        await desk.turn(request_id)
        ended = await asyncio.gather(desk.finish(request_id), desk.cancel(request_id))
        assert sorted(ended) == [False, True]
    assert await desk.spent() == 3 * TURN_COST


async def test_a_queued_request_is_canceled_or_expires_free(desk: Desk, clock: MovedClock) -> None:
    canceled, late = await desk.send(), await desk.send()
    assert await desk.cancel(canceled)
    sweeps = AgentSweeps(desk.database, desk.ids, desk.agent.wakes)
    await sweeps.overdue()
    assert (await desk.read(late)).state == "queued"
    await clock.forward(desk.database, 601 * SECOND)
    await sweeps.overdue()
    assert (await desk.read(late)).state == "expired"
    assert await desk.spent() == 0


async def test_a_quote_is_sent_within_fifteen_minutes_and_once(
    desk: Desk, clock: MovedClock
) -> None:
    given = PrepareMessage.model_validate({"threadId": desk.thread_id, "content": "Hi"})
    async with desk.database.write() as session:
        late, used = [await desk.agent.quote(session, desk.caller, given) for _ in range(2)]
        await desk.agent.send(session, desk.caller, used, by_quote(used))
    for quote, refusal in ((used, QuoteUsed), (late, QuoteExpired)):
        if quote is late:
            await clock.forward(desk.database, 15 * MINUTE)
        with pytest.raises(refusal):
            async with desk.database.write() as session:
                found = await desk.agent.quoted(session, desk.caller, quote.id)
                await desk.agent.send(session, desk.caller, found, by_quote(found))
    async with desk.database.read() as snapshot:
        page, _ = await threads.messages(snapshot, desk.thread_id, limit=10)
        (going,) = await agent_requests.active(snapshot, desk.caller.ledger_account)
    assert len(page) == 1
    assert await desk.cancel(going.id)
    assert await desk.spent() == 0


async def test_a_lost_worker_makes_the_request_fail_free_after_its_lease(
    desk: Desk, clock: MovedClock
) -> None:
    request_id = await desk.running()
    await desk.turn(request_id)
    sweeps = AgentSweeps(desk.database, desk.ids, desk.agent.wakes)
    await clock.forward(desk.database, 29 * SECOND)
    async with desk.database.write() as session:
        assert await agent_requests.renew(session, request_id)
    await clock.forward(desk.database, 29 * SECOND)
    await sweeps.lost()
    assert (await desk.read(request_id)).state == "running"
    await clock.forward(desk.database, 2 * SECOND)
    await sweeps.lost()
    done = await desk.read(request_id)
    assert (done.state, done.error_code) == ("failed", "agent_interrupted")
    assert not await desk.finish(request_id)
    assert await desk.spent() == 0


async def test_events_are_numbered_without_a_gap_and_forgotten_after_a_day(
    desk: Desk, clock: MovedClock
) -> None:
    request_id = await desk.running()
    async with desk.database.write() as session:
        assert await agent_requests.note(session, request_id, "text", {"delta": "O"})
        assert await agent_requests.add_plan(session, request_id, ["plan_1"], [TEXT], {"n": 1})
    await desk.finish(request_id)
    numbers = "SELECT number FROM agent_event ORDER BY number"
    async with desk.database.connect() as connection:
        found = (await connection.exec_driver_sql(numbers)).scalars().all()
    assert list(found) == [1, 2, 3, 4, 5]
    assert (await desk.read(request_id)).events == 5
    await clock.forward(desk.database, 25 * 3_600 * SECOND)
    await AgentSweeps(desk.database, desk.ids, desk.agent.wakes).purge()
    async with desk.database.connect() as connection:
        assert (await connection.exec_driver_sql(numbers)).scalars().all() == []
