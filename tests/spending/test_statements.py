"""Statements: opening balance and lines are the closing balance, month by month, exactly."""

import asyncio
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from gateway.kit.clock import DAY, SECOND, start_of_utc_month, to_utc_month
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.ledger.accounts.journal import NewTransfer
from gateway.ledger.invariants import check_invariants, load_invariants
from gateway.ledger.reports.postings import get_account_point
from gateway.ledger.reports.statement_lines import LINE_OF_CODE, LINE_ORDER, LineKind
from gateway.ledger.states import Phase, TransferCode
from gateway.ledger.transfers import House, credit_account
from gateway.spending.closed_months import MonthClosing, issue_statements
from gateway.spending.statements import MonthStatement, list_months, load_statement
from gateway.spending.tables import Statement
from tests.databases import MovedClock
from tests.ledger.bank import open_bank
from tests.spending.movements import KINDS, Step, Walk, read_raw_postings, steps

pytestmark = pytest.mark.anyio


async def open_walk(database: Database, ids: Ids, clock: MovedClock) -> Walk:
    walk = Walk(await open_bank(database, ids), clock)
    await walk.open()
    return walk


async def assert_invariants_hold(database: Database) -> None:
    """Check the ledger's own invariants, and that of statements."""
    for number in ("I01", "I03", "I04", "I05", "I36"):
        assert await check_invariants(database, only=number) == []


async def assert_statements_are_the_ledgers(walk: Walk) -> None:
    """Compare each month's statement with the entries, before and after the months are closed."""
    before = await assert_statements_agree(walk)
    await MonthClosing(walk.bank.database).close_months()
    after = await assert_statements_agree(walk, closed=True)
    assert [replace(each, issued_at=None) for each in before] == [
        replace(each, issued_at=None) for each in after
    ]
    await assert_invariants_hold(walk.bank.database)


async def assert_statements_agree(walk: Walk, *, closed: bool = False) -> list[MonthStatement]:
    """Compare each month's statement with the entries, read another way; return them."""
    database, account = walk.bank.database, walk.bank.account
    sums: dict[int, dict[LineKind, int]] = defaultdict(lambda: defaultdict(int))
    for posting in await read_raw_postings(database, account):
        sums[to_utc_month(posting.at)][LINE_OF_CODE[TransferCode(posting.code)]] += posting.amount
    moved, balance, stated = set(sums), 0, list[MonthStatement]()
    now = to_utc_month(database.clock.now())
    for month in range(min(sums, default=now), now + 1):
        statement = await load_statement(database, account, month)
        assert statement is not None
        assert statement.opening_microusd == balance
        by_kind: dict[LineKind, int] = defaultdict(int)
        for line in statement.lines:
            by_kind[line.kind] += line.amount_microusd
        assert by_kind == sums[month]
        balance += sum(by_kind.values())
        assert statement.closing_microusd == balance
        if closed:
            assert (statement.issued_at is None) == (month == now)
        stated.append(statement)
    shown = await walk.bank.balance()
    assert balance == shown.available_microusd + shown.held_microusd
    assert await load_statement(database, account, now + 1) is None
    balances = {each.month: (each.opening_microusd, each.closing_microusd) for each in stated}
    listed = await list_months(database, account)
    assert {*moved, now} <= {each.month for each in listed}
    for each in listed:
        assert (each.opening_microusd, each.closing_microusd) == balances[each.month]
    return stated


@pytest.mark.promise("insight: statement")
async def test_each_month_adds_up_and_opens_as_the_last_one_closed(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    chance = random.Random(1)  # noqa: S311 - a walk, no secret
    walk = await open_walk(database, ids, clock)
    await walk.take([Step("purchase", 10**9)])
    for _ in range(3):
        await walk.take(
            [
                Step(kind, chance.randint(1, 10**8), chance.choice([0, 0, 1, 9]), number % 12)
                for number, kind in enumerate(chance.sample(KINDS, len(KINDS)))
            ]
        )  # fmt: skip
        await assert_statements_are_the_ledgers(walk)
    await walk.take([Step("promo", 5), Step("purchase", 1, 31), Step("purchase", 1, 31)])
    await assert_statements_are_the_ledgers(walk)
    months = await list_months(database, walk.bank.account)
    stated = [await load_statement(database, walk.bank.account, each.month) for each in months]
    assert {line.kind for each in stated if each for line in each.lines} == set(LineKind)


@settings(max_examples=8)
@given(steps)
def test_any_history_adds_up(sqlite_template: Path, many: Sequence[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.db"
        path.write_bytes(sqlite_template.read_bytes())

        async def walk_once() -> None:
            clock = MovedClock()
            database = Database(f"sqlite+aiosqlite:///{path}", clock)
            walk = await open_walk(database, Ids(), clock)
            await walk.take(many)
            await assert_statements_are_the_ledgers(walk)
            await database.close()

        asyncio.run(walk_once())


def test_every_transfer_code_is_in_exactly_one_line() -> None:
    assert set(LINE_OF_CODE) == set(TransferCode)
    assert set(LINE_OF_CODE.values()) == set(LINE_ORDER) == set(LineKind)
    _, statement = load_invariants()["I36"]
    checked = re.findall(r"WHEN '(\w+)' THEN '(\w+)'", statement)
    assert dict(checked) == {str(code): str(kind) for code, kind in LINE_OF_CODE.items()}
    with pytest.raises(ValueError, match="gift_card"):
        NewTransfer("trf_1", "live", "gift_card", Phase.SINGLE, "1", -1, 1, 1)


async def test_a_statement_waits_for_a_write_that_began_in_its_month(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    """Its clock was read before the end of the month, its commit comes after it."""
    walk = await open_walk(database, ids, clock)
    month, entered, leave = to_utc_month(database.clock.now()), asyncio.Event(), asyncio.Event()

    async def credit_slowly() -> None:
        bank = walk.bank
        async with database.write() as tx:
            await credit_account(
                tx, ids, account=bank.account, book="live", code="purchase", reference="late",
                amount_microusd=7, source=House.CLEARING_STRIPE, category="paid",
            )  # fmt: skip
            entered.set()
            await leave.wait()

    writing = asyncio.create_task(credit_slowly())
    await entered.wait()
    now = database.clock.now()
    await clock.advance(database, start_of_utc_month(month + 1) + SECOND - now)
    early = await load_statement(database, walk.bank.account, month)
    assert early is not None
    assert early.issued_at is None  # a reader waits for nobody, and sees that it is not final
    closing = asyncio.create_task(issue_statements(database, walk.bank.account))
    await asyncio.wait({closing}, timeout=0.3)
    leave.set()
    await writing
    await closing
    statement = await load_statement(database, walk.bank.account, month)
    assert statement is not None
    assert statement.issued_at is not None
    assert statement.closing_microusd == 7
    await assert_invariants_hold(database)


async def test_two_processes_write_a_statement_once(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = await open_walk(database, ids, clock)
    await walk.take(
        [Step("purchase", 10**6), Step("job", 5), Step("job", 9, 31), Step("job", 3, 31)]
    )
    await clock.advance(database, 31 * DAY)
    siblings = [database.sibling() for _ in range(3)]
    async with asyncio.timeout(30):
        await asyncio.gather(
            *[issue_statements(each, walk.bank.account) for each in siblings for _ in range(3)]
        )
    assert [each.is_final for each in await list_months(database, walk.bank.account)] == [
        False, True, True, True,
    ]  # fmt: skip
    await assert_statements_are_the_ledgers(walk)
    for each in siblings:
        await each.close()


async def test_years_of_months_are_listed_without_a_lock_or_a_write(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = await open_walk(database, ids, clock)
    await walk.take([Step("purchase", 10**6), *[Step("job", 5, 31) for _ in range(36)]])
    account = walk.bank.account
    async with asyncio.timeout(20), database.write() as session:
        await get_account_point(session, account, lock=True)
        if database.is_postgres:  # a reader of SQLite waits for no writer by itself
            months = await list_months(database, account)
            assert await load_statement(database, account, months[20].month)
    months = await list_months(database, account)
    assert len(months) == 37
    assert not any(each.is_final for each in months)
    async with database.read() as snapshot:
        assert await snapshot.get(Statement, (account, months[1].month)) is None
    closing = MonthClosing(database)
    await closing.close_months()
    shown = await list_months(database, account)
    assert [each.is_final for each in shown] == [False, *[True] * 36]
    assert [(each.month, each.closing_microusd) for each in shown] == [
        (each.month, each.closing_microusd) for each in months
    ]
