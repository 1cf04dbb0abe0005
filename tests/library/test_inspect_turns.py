"""Who may open media next, when many want to."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

import pytest

from gateway.identity.keys.keys import create_account
from gateway.kit.database.sessions import Database
from gateway.kit.errors import RateLimited
from gateway.kit.ids import Ids
from gateway.ledger import transfers
from gateway.ledger.accounts.owners import BOOKS, House, get_account_number
from gateway.library.inspection.turns import (
    InspectionBudget,
    InspectionBudgets,
    InspectionTurns,
    ReportCpuSeconds,
)

pytestmark = pytest.mark.anyio
HOG, OTHER, PAYING, RICH = (
    InspectionBudget(1, 30),
    InspectionBudget(2, 30),
    InspectionBudget(3),
    InspectionBudget(4),
)


@pytest.fixture
def now() -> list[float]:
    """Replace the clock of the turns; a test may move it."""
    return [1_000.0]


@pytest.fixture
def turns(now: list[float]) -> InspectionTurns:
    return InspectionTurns(3, clock=lambda: now[0])


@contextmanager
def endless_work() -> Iterator[Callable[[ReportCpuSeconds], str]]:
    """Yield work that ends with the block."""
    end = Event()

    def work(_: ReportCpuSeconds) -> str:
        assert end.wait(60)
        return "long"

    try:
        yield work
    finally:
        end.set()


def short_work(seconds: float = 0.1) -> Callable[[ReportCpuSeconds], str]:
    """Return work that ends at once and reports these processor seconds."""

    def work(charge: ReportCpuSeconds) -> str:
        charge(seconds)
        return "short"

    return work


async def wait_for_work(
    turns: InspectionTurns, asker: InspectionBudget, work: Callable[[ReportCpuSeconds], str]
) -> str:
    return await asyncio.wait_for(asyncio.wrap_future(turns.submit(asker, work)), 10)


@pytest.mark.promise("jobs: fair-media")
async def test_whoever_floods_the_turns_does_not_hold_up_another(turns: InspectionTurns) -> None:
    with endless_work() as work:
        flood = [turns.submit(HOG, work) for _ in range(24)]
        assert await wait_for_work(turns, OTHER, short_work()) == "short"
        assert sum(future.running() for future in flood) == 1
    assert {future.result(10) for future in flood} == {"long"}


async def test_those_who_never_paid_leave_a_turn_to_those_who_did(turns: InspectionTurns) -> None:
    with endless_work() as work:
        floods = [turns.submit(InspectionBudget(account, 30), work) for account in range(10, 20)]
        assert await wait_for_work(turns, PAYING, short_work()) == "short"
        assert sum(future.running() for future in floods) == 2
    assert {future.result(10) for future in floods} == {"long"}


async def test_nobody_has_all_turns_however_much_was_paid(turns: InspectionTurns) -> None:
    with endless_work() as work:
        flood = [turns.submit(PAYING, work) for _ in range(9)]
        assert await wait_for_work(turns, RICH, short_work()) == "short"
        assert sum(future.running() for future in flood) == 2
    assert {future.result(10) for future in flood} == {"long"}


async def test_a_minute_has_so_many_seconds_until_credit_is_bought(
    turns: InspectionTurns, now: list[float]
) -> None:
    for _ in range(2):
        assert await wait_for_work(turns, HOG, short_work(20)) == "short"
    with pytest.raises(RateLimited) as refused:
        await wait_for_work(turns, HOG, short_work())
    assert refused.value.headers["Retry-After"] == "60"
    assert await wait_for_work(turns, OTHER, short_work()) == "short"
    for _ in range(9):
        assert await wait_for_work(turns, PAYING, short_work(20)) == "short"
    now[0] += 61
    assert await wait_for_work(turns, HOG, short_work()) == "short"


async def test_what_takes_a_moment_is_not_counted(turns: InspectionTurns) -> None:
    for _ in range(100):
        assert await wait_for_work(turns, HOG, short_work(0.9)) == "short"


async def test_work_that_breaks_is_charged_and_leaves_the_turn(turns: InspectionTurns) -> None:
    def broken(charge: ReportCpuSeconds) -> str:
        charge(30)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await wait_for_work(turns, HOG, broken)
    with pytest.raises(RateLimited):
        await wait_for_work(turns, HOG, short_work())
    assert await wait_for_work(turns, OTHER, short_work()) == "short"


async def test_money_that_was_paid_lifts_the_limit_and_play_money_does_not(
    database: Database, ids: Ids
) -> None:
    askers = InspectionBudgets(database, 30)
    async with database.write() as session:
        owner = await create_account(session, ids, "somebody")
        numbers = {book: await get_account_number(session, owner, book) for book in BOOKS}
    assert await askers.get_budget(numbers["live"], "live") == InspectionBudget(numbers["live"], 30)
    for book, number in numbers.items():
        async with database.write() as session:
            await transfers.credit_account(
                session,
                ids,
                account=number,
                book=book,
                code="purchase",
                reference=f"bought by {owner}",
                amount_microusd=5_000_000,
                source=House.CLEARING_STRIPE,
                category="paid",
            )
    assert await askers.get_budget(numbers["live"], "live") == InspectionBudget(
        numbers["live"], None
    )
    assert await askers.get_budget(numbers["test"], "test") == InspectionBudget(numbers["test"], 30)
