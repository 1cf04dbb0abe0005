import asyncio
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from gateway.kit.database import postgres as driven
from gateway.kit.database.connection_tx import ONE_EMPTY_ROW, ConnectionTx
from gateway.kit.database.dry_run import DryRunDatabase
from gateway.kit.database.sessions import ConnectionLost, Database
from gateway.kit.database.sql import Read, Row, Tx, WrongRowCount, sql
from gateway.kit.database.write_checks import check_writes
from gateway.kit.database.write_gate import WriteGate
from tests.databases import DatabaseCopies
from tests.fault_proxy import FaultProxy
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
CREATE = sql("CREATE TABLE pot (id BIGINT PRIMARY KEY, amount BIGINT NOT NULL)")
INSERT_POT = sql(
    "INSERT INTO pot (id, amount) SELECT given.id, given.amount FROM {rows}", id="int", amount="int"
)
ADD_AMOUNT = sql(
    "UPDATE pot SET amount = pot.amount + given.amount FROM {rows} WHERE pot.id = given.id",
    id="int",
    amount="int",
)
LIST_POTS = sql("SELECT id, amount FROM pot ORDER BY id")
NOW = sql("SELECT kt_now()")
END_OTHER_CONNECTIONS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
COUNT_OTHER_CONNECTIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
ECHO_TEXT = sql("SELECT given.said FROM {rows}", said="text")
ECHO_NUMBER = sql("SELECT given.number FROM {rows}", number="int")


class Rows(DeclarativeBase):
    """The base of the one table here."""


class Pot(Rows):
    """A row of that table as an object."""

    __tablename__ = "pot"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)


@pytest.fixture
async def pots(database: Database) -> Database:
    async with database.write() as session:
        await session.change(CREATE)
        await session.write((INSERT_POT, [(1, 10), (2, 20)]))
    return database


async def list_amounts(database: Database) -> list[tuple[int, int]]:
    async with database.read() as snapshot:
        return [(row[0], row[1]) for row in await snapshot.read(LIST_POTS)]


async def test_reads_without_a_session_see_what_was_committed_and_outlive_a_mistake(
    pots: Database,
) -> None:
    async def read_twice(tx: Tx) -> list[list[Row]]:
        return [await tx.read(LIST_POTS), await tx.read(ECHO_TEXT, [("a",)])]

    assert await pots.inspect(read_twice) == [[(1, 10), (2, 20)], [("a",)]]
    with pytest.raises(Exception, match="nothing_like_it"):
        await pots.inspect(lambda tx: tx.read(sql("SELECT nothing_like_it")))
    async with pots.write() as session:
        await session.change(ADD_AMOUNT, [(1, 5)])
    assert await pots.inspect(lambda tx: tx.read(LIST_POTS)) == [(1, 15), (2, 20)]


async def test_several_writes_are_one_and_each_must_hit_its_rows(pots: Database) -> None:
    async with pots.write() as session:
        await session.write((ADD_AMOUNT, [(1, 1), (2, 2)]), (INSERT_POT, [(3, 30)]))
    assert await list_amounts(pots) == [(1, 11), (2, 22), (3, 30)]


async def test_several_reads_are_one_and_each_gets_its_rows(pots: Database) -> None:
    reads: tuple[Read, ...] = (
        (LIST_POTS, ONE_EMPTY_ROW),
        (ECHO_TEXT, [("a",), (None,)]),
        (ECHO_TEXT, []),
    )
    expected = [[(1, 10), (2, 20)], [("a",), (None,)], []]

    async def read_in_batch(tx: Tx, units: Sequence[int]) -> list[list[list[Row]]]:
        return [await tx.read_all(*reads) for _ in units]

    async with pots.read() as snapshot:
        assert await snapshot.read_all(*reads) == expected
        assert await snapshot.read_all((ECHO_TEXT, [])) == [[]]
    assert await pots.batch(read_in_batch, [1]) == [expected]


async def test_all_statements_of_a_snapshot_see_one_moment(pots: Database) -> None:
    async with pots.open_snapshot() as connection:
        before = await ConnectionTx(connection).read(LIST_POTS)
        async with pots.write() as session:
            await session.write((ADD_AMOUNT, [(1, 5)]))
        assert await ConnectionTx(connection).read(LIST_POTS) == before
    assert await list_amounts(pots) == [(1, 15), (2, 20)]


async def test_an_update_that_hits_no_row_undoes_the_transaction(pots: Database) -> None:
    with pytest.raises(WrongRowCount):
        async with pots.write() as session:
            await session.write((ADD_AMOUNT, [(1, 5)]))
            await session.write((ADD_AMOUNT, [(9, 5)]))
    assert await list_amounts(pots) == [(1, 10), (2, 20)]


@pytest.mark.parametrize(
    "rows",
    [
        [(1, None, None), (2, None, None)],
        [(None, None, "a"), (None, None, None)],
        [(None, None, None), (None, None, None), (None, None, None)],
    ],
)
async def test_columns_of_nothing_but_null_arrive_as_such(
    database: Database, rows: list[Row]
) -> None:
    given = sql(
        "SELECT given.number, given.other, given.name FROM {rows}",
        number="int",
        other="int",
        name="text",
    )
    assert await database.fetch(given, rows) == rows


async def test_texts_come_back_as_they_were_empty_and_missing_ones_too(database: Database) -> None:
    awkward: list[tuple[str | None]] = [("",), (None,), ('{"a": null}',), ("NULL",), ("\t,\n\\",)]
    async with database.read() as snapshot:
        assert [await snapshot.read(ECHO_TEXT, [row]) for row in awkward] == [
            [row] for row in awkward
        ]
        assert await snapshot.read(ECHO_TEXT, awkward) == awkward
        assert await snapshot.read(ECHO_TEXT, []) == []


async def test_numbers_come_back_exactly_from_one_row_and_from_many(database: Database) -> None:
    numbers: list[tuple[int | None]] = [(-(2**63),), (2**63 - 1,), (2**53 + 1,), (0,), (None,)]
    async with database.read() as snapshot:
        assert [await snapshot.read(ECHO_NUMBER, [row]) for row in numbers] == [
            [row] for row in numbers
        ]
        assert await snapshot.read(ECHO_NUMBER, numbers) == numbers


@pytest.mark.parametrize("text", ["a\x1fb", "\x1e", "a\x1e"])
async def test_no_text_of_one_row_reaches_into_another(database: Database, text: str) -> None:
    kept = re.sub("[\x1e\x1f]", "\ufffd", text) if database.is_postgres else text
    async with database.read() as snapshot:
        assert await snapshot.read(ECHO_TEXT, [(text,), (None,), ("b",)]) == [
            (kept,),
            (None,),
            ("b",),
        ]


async def test_a_lock_returns_the_row_as_it_is_and_not_as_it_was_read(
    pots: Database,
) -> None:
    async with pots.write() as session:
        pot = await session.scalar(select(Pot).where(Pot.id == 1))
        assert pot is not None
        await session.write((ADD_AMOUNT, [(1, 5)]))
        await session.scalar(select(Pot).where(Pot.id == 1))
        assert pot.amount == 10
        await session.scalar(select(Pot).where(Pot.id == 1).with_for_update())
        assert pot.amount == 15


async def test_an_exception_rolls_everything_back(pots: Database) -> None:
    with pytest.raises(LookupError):
        async with pots.write() as session:
            await session.write((ADD_AMOUNT, [(1, 5)]))
            raise LookupError
    assert await list_amounts(pots) == [(1, 10), (2, 20)]


async def test_writers_of_two_loops_lose_nothing(pots: Database) -> None:
    async def add(database: Database, times: int) -> None:
        for _ in range(times):
            async with database.write() as session:
                await session.write((ADD_AMOUNT, [(1, 1)]))

    async def elsewhere() -> None:
        sibling = pots.sibling()
        await asyncio.gather(*(add(sibling, 5) for _ in range(4)))
        await sibling.close()

    with ThreadPoolExecutor(1) as pool:
        other = asyncio.wrap_future(pool.submit(asyncio.run, elsewhere()))
        await asyncio.gather(other, *(add(pots, 5) for _ in range(4)))
    assert (await list_amounts(pots))[0] == (1, 50)


async def test_the_database_has_a_clock_in_microseconds(database: Database) -> None:
    async with database.read() as snapshot:
        now = (await snapshot.read(NOW))[0][0]
    assert abs(now - database.clock.now()) < 60_000_000


async def test_a_server_that_falls_silent_is_given_up_and_found_again(
    postgres: PostgresServer, postgres_copies: DatabaseCopies, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not postgres.is_ours:
        pytest.skip("the way to the server is not ours to break")
    monkeypatch.setattr(driven, "BATCH_SECONDS", 1.0)
    url = make_url(copy := postgres_copies.take())
    with FaultProxy(Path(str(url.query["host"])) / ".s.PGSQL.5432") as way:
        there = url.set(host="127.0.0.1", port=way.port, query={})
        database = Database(there.render_as_string(hide_password=False))
        async with database.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            dialled = driver._transport.get_extra_info("socket")
            assert dialled.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
        assert await database.fetch(NOW, ONE_EMPTY_ROW)
        way.set_fault("blackhole")
        with pytest.raises(ConnectionLost):
            await database.fetch(NOW, ONE_EMPTY_ROW)
        with pytest.raises(ConnectionLost):
            await database.batch(_return_units, [1])
        way.heal()
        assert await database.fetch(NOW, ONE_EMPTY_ROW)
        assert await database.batch(_return_units, [1]) == [1]
        await database.close()
    postgres_copies.give_back(copy)


async def test_batches_share_their_connections_and_replace_those_that_failed_or_were_closed(
    postgres_copies: DatabaseCopies,
) -> None:
    database = Database(copy := postgres_copies.take())
    reads = [database.fetch(NOW, ONE_EMPTY_ROW) for _ in range(8)]
    batches = [database.batch(_return_units, [number]) for number in range(8)]
    assert await asyncio.gather(*batches, *reads)
    with pytest.raises(ZeroDivisionError):
        await database.batch(_divide_by_zero, [1])
    assert database.connections_in_use == 0
    assert await database.batch(_return_units, [1]) == [1]
    assert database._batches is not None
    kept: list[Any] = [each.driver_connection for each in database._batches._waiting]
    async with database.connect() as connection:
        await connection.exec_driver_sql(END_OTHER_CONNECTIONS)
    async with asyncio.timeout(30):
        # The driver learns it from the event loop, and tells nobody.
        while not all(driver.is_closed() for driver in kept):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert await asyncio.gather(*(database.batch(_return_units, [n]) for n in (1, 2)))
    assert database.connections_in_use == 0
    await database.close()
    postgres_copies.give_back(copy)


async def test_a_server_that_hangs_is_given_up_in_a_session_too_and_found_again(
    postgres: PostgresServer, postgres_copies: DatabaseCopies
) -> None:
    if not postgres.is_ours:
        pytest.skip("the server is not ours to pause")
    database = Database(copy := postgres_copies.take(), statement_seconds=1.0)
    assert await _read_now(database)
    postgres.postmaster.pause()
    try:
        async with asyncio.timeout(30):
            for call in (_read_now, _write_nothing):
                with pytest.raises(ConnectionLost):
                    await call(database)
    finally:
        postgres.postmaster.resume()
    assert await _read_now(database)
    await _write_nothing(database)
    await database.close()
    postgres_copies.give_back(copy)


async def _read_now(database: Database) -> list[Row]:
    async with database.read() as snapshot:
        return await snapshot.read(NOW)


async def _write_nothing(database: Database) -> list[Row]:
    async with database.write() as session:
        return await session.read(NOW)


async def test_a_batch_that_ends_after_its_connections_were_closed_leaves_none(
    postgres_copies: DatabaseCopies,
) -> None:
    connections = driven.BatchConnections(make_url(copy := postgres_copies.take()))
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def wait_for_the_end(_tx: Tx, units: Sequence[int]) -> list[int]:
        begun.set()
        await may_end.wait()
        return list(units)

    running = asyncio.create_task(connections.batch(wait_for_the_end, [1]))
    await begun.wait()
    await connections.close()
    may_end.set()
    assert await running == [1]
    name = make_url(copy).database or ""
    async with asyncio.timeout(30):
        # The server ends a connection a moment after the client left.
        while postgres_copies.server.execute(COUNT_OTHER_CONNECTIONS, database=name) != [(0,)]:  # noqa: ASYNC110
            await asyncio.sleep(0)
    postgres_copies.give_back(copy)


async def test_a_reader_that_could_not_be_prepared_is_opened_anew(tmp_path: Path) -> None:
    file = tmp_path / "kt.db"
    file.write_text("this is no database, but long enough to be taken for one" * 20)
    database = Database(f"sqlite+aiosqlite:///{file}")
    with pytest.raises(Exception, match="not a database"):
        await database.inspect(lambda tx: tx.read(NOW))
    file.write_bytes(b"")
    ((now,),) = await database.inspect(lambda tx: tx.read(NOW))
    assert now > 0
    await database.close()


async def _divide_by_zero(tx: Tx, units: Sequence[int]) -> list[int]:
    await tx.read(NOW)
    return [number // 0 for number in units]


async def _return_units(tx: Tx, units: Sequence[int]) -> list[int]:
    await tx.read(NOW)
    return list(units)


async def test_the_gate_lets_in_one_at_a_time_in_order_of_asking() -> None:
    gate, order = WriteGate(), []

    async def pass_through(number: int) -> None:
        async with gate.hold_in_task():
            order.append(number)
            await asyncio.sleep(0)

    async with gate.hold_in_task():
        waiting = [asyncio.create_task(pass_through(number)) for number in range(5)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert order == [0, 2, 3, 4]


async def test_what_follows_a_commit_does_not_follow_a_rehearsal(pots: Database) -> None:
    done: list[str] = []
    with pots.notifications.watch("pot") as told:
        async with DryRunDatabase(pots).write() as session:
            session.notify_after_commit("pot")
            session.run_after_commit(lambda: done.append("rehearsed"))
            await session.write((ADD_AMOUNT, [(1, 1)]))
        assert (done, told.is_set()) == ([], False)
        async with pots.write() as session:
            session.notify_after_commit("pot")
            session.run_after_commit(lambda: done.append("written"))
        assert (done, told.is_set()) == (["written"], True)
    assert await list_amounts(pots) == [(1, 10), (2, 20)]


async def test_each_write_of_a_call_is_checked_and_none_of_a_task_that_it_starts(
    pots: Database,
) -> None:
    async def refuse(session: Tx) -> None:
        assert await session.read(LIST_POTS)
        raise LookupError

    async def add() -> None:
        async with pots.write() as session:
            await session.write((ADD_AMOUNT, [(1, 5)]))

    with check_writes(refuse):
        with pytest.raises(LookupError):
            await add()
        assert await list_amounts(pots) == [(1, 10), (2, 20)]
        await asyncio.create_task(add())
    await add()
    assert await list_amounts(pots) == [(1, 20), (2, 20)]
