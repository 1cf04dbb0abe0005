"""Exports of usage: to the micro-dollar what the ledger charged, in bounded memory, safe as CSV."""

import asyncio
import csv
import gc
import io
import json
import sys
import tempfile
import tracemalloc
from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from gateway.kit.caller import Caller
from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Statement, to_columns
from gateway.kit.ids import Ids
from gateway.kit.wire.csv_text import render_rows, to_text_cell
from gateway.ledger.reports.postings import (
    SELECT_BALANCE,
    SELECT_ENTRY_TIME,
    SELECT_PAYMENT_POSTINGS,
    SELECT_POSTINGS,
    SUM_JOBLESS_CHARGES,
    find_span,
)
from gateway.ledger.states import SPENDING_CODES
from gateway.spending.exports import Export
from gateway.spending.names import SpenderNames
from gateway.spending.operations import OpenExports
from gateway.spending.schemas import EXPORT_GROUPS, ExportGroup
from tests.databases import MovedClock
from tests.ledger.bank import open_bank
from tests.spending.charges import write_charges
from tests.spending.movements import Step, Walk, read_raw_postings, steps

pytestmark = pytest.mark.anyio
STEPS = [
    Step("purchase", 10**9),
    *[
        Step(kind, 1_001, day, number)
        for number, (kind, day) in enumerate(
            zip(
                ("job", "agent", "consume", "job", "job", "refund", "job", "void", "job", "consume",
                 "adjust", "job", "job", "job"),
                (0, 0, 1, 1, 0, 1, 9, 0, 0, 0, 3, 1, 0, 1),
                strict=True,
            )
        )
    ],
]  # fmt: skip


async def read_export(
    database: Database, account: int, days: tuple[int, int], groups: tuple[ExportGroup, ...]
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return the export of two UTC days, as JSON and as the rows of CSV."""
    async with database.read() as snapshot:
        span = await find_span(snapshot, account, days[0] * DAY, (days[1] + 1) * DAY)
    names = SpenderNames(database, account, {"key_1": '=HYPERLINK("x")'}, {"key_2": "mbr_2"})
    first, last = (date.fromordinal(719_163 + day) for day in days)
    export = Export(database, span, first, last, groups, names)
    shown = json.loads(b"".join([part async for part in export.stream_json()]))
    rows = b"".join([part async for part in export.stream_csv()]).decode()
    return shown, list(csv.DictReader(io.StringIO(rows)))


@pytest.mark.promise("insight: export")
async def test_each_grouping_of_any_days_adds_up_to_the_ledger(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = Walk(await open_bank(database, ids), clock)
    await walk.open()
    await walk.take(STEPS)
    account = walk.bank.account
    spent: dict[int, int] = defaultdict(int)
    for posting in await read_raw_postings(database, account):
        if posting.code in SPENDING_CODES:
            spent[posting.at // DAY] -= posting.amount
    groupings = [each for size in range(1, 6) for each in combinations(EXPORT_GROUPS, size)]
    first, last = min(spent), max(spent)
    for groups in groupings:
        for days in ((first, last), (first, first), (first + 1, last - 1), (last + 1, last + 9)):
            shown, rows = await read_export(database, account, days, groups)
            total = sum(amount for day, amount in spent.items() if days[0] <= day <= days[1])
            assert shown["totalMicrousd"] == total
            assert sum(line["chargedMicrousd"] for line in shown["data"]) == total
            assert sum(int(row["chargedMicrousd"]) for row in rows) == total
            assert len(rows) == len(shown["data"])
            assert shown["groupBy"] == list(groups)
            for row in rows:
                assert not any(cell.startswith(("=", "@", "+")) for cell in row.values())
    shown, rows = await read_export(database, account, (first, last), ("key", "project"))
    assert {row["keyLabel"] for row in rows} == {"", '\'=HYPERLINK("x")'}
    assert "'@x" in {row["projectName"] for row in rows}
    members, _ = await read_export(database, account, (first, last), ("member",))
    assert {line["memberId"] for line in members["data"]} == {None, "mbr_1", "mbr_2"}


@given(st.text(), st.text())
def test_no_text_becomes_a_formula(label: str, other: str) -> None:
    ((cell, second),) = csv.reader(
        io.StringIO(render_rows([[to_text_cell(label), to_text_cell(other)]]), newline="")
    )
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == label or cell == label
    assert second in {other, f"'{other}"}


async def test_memory_and_plans_do_not_grow_with_the_charges(database: Database, ids: Ids) -> None:
    """An export of four times the charges holds no more of them; each statement uses an index.

    What is counted is what one export still held at its peak, without the caches that the first
    one fills: the same export runs once before.
    """
    bank, peaks = await open_bank(database, ids), []
    today = datetime.now(UTC).date()
    for charges in (8_000, 24_000):
        await write_charges(database, bank.account, charges)
        async with database.read() as snapshot:
            span = await find_span(snapshot, bank.account, 0, 2**60)
        export = Export(
            database, span, today, today, ("day", "key", "task"), SpenderNames(database, 1, {}, {})
        )
        await read_to_end(export)
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        await read_to_end(export)
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0], peaks
    for statement, row in (
        (SELECT_ENTRY_TIME, (bank.account, 20_000)),
        (SELECT_BALANCE, (bank.account, 20_000)),
        (SELECT_POSTINGS, (bank.account, 20_000, 24_000)),
        (SELECT_PAYMENT_POSTINGS, (bank.account, 20_000, 24_000)),
        (SUM_JOBLESS_CHARGES, (bank.account, 20_000, 24_000)),
    ):
        assert "uq_entry_account_version" in await explain(database, statement, row)


async def read_to_end(export: Export) -> None:
    async with aclosing(export.stream_json()) as parts:
        async for _ in parts:
            pass


async def test_an_export_that_is_left_holds_no_connection_and_no_slot(
    database: Database, ids: Ids
) -> None:
    """A client that goes away in the middle ends every generator below, at once."""
    bank = await open_bank(database, ids)
    await write_charges(database, bank.account, 9_000)
    async with database.read() as snapshot:
        span = await find_span(snapshot, bank.account, 0, 2**60)
    today, exports = datetime.now(UTC).date(), OpenExports()
    export = Export(database, span, today, today, ("day", "key"), SpenderNames(database, 1, {}, {}))
    caller = Caller(
        account_id="acct_1", ledger_account=bank.account, book="live", scopes=frozenset()
    )
    unclosed, hooks = list[object](), sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(finalizer=unclosed.append)
    try:
        stream = exports.slots.stream_in_slot(caller, export.stream_json())
        await anext(stream)
        await stream.aclose()
        del stream
        gc.collect()
    finally:
        sys.set_asyncgen_hooks(*hooks)
    assert unclosed == []
    assert not exports.slots.counts
    assert database.connections_in_use == 0


@settings(max_examples=8)
@given(steps)
def test_every_grouping_of_any_history_has_the_same_total(
    sqlite_template: Path, many: Sequence[Step]
) -> None:
    """The projects and what is in none add up too: messages to the agent are in a project."""

    async def walk_once(path: Path) -> None:
        clock = MovedClock()
        database = Database(f"sqlite+aiosqlite:///{path}", clock)
        walk = Walk(await open_bank(database, Ids()), clock)
        await walk.open()
        await walk.take([Step("purchase", 10**9), *many])
        account = walk.bank.account
        raw = [each for each in await read_raw_postings(database, account)
               if each.code in SPENDING_CODES]  # fmt: skip
        days = (min((each.at // DAY for each in raw), default=0), database.clock.now() // DAY)
        spent = -sum(each.amount for each in raw)
        for groups in [(each,) for each in EXPORT_GROUPS]:
            shown, rows = await read_export(database, account, days, groups)
            assert shown["totalMicrousd"] == spent
            assert [(str(line["charges"]), line["chargedUsd"]) for line in shown["data"]] == [
                (row["charges"], row["chargedUsd"]) for row in rows
            ]
            assert sum(int(row["chargedMicrousd"]) for row in rows) == spent
        shown, _ = await read_export(database, account, days, ("project", "task"))
        assert all(
            line["projectId"] is not None for line in shown["data"] if line["task"] == "agent"
        )
        await database.close()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.db"
        path.write_bytes(sqlite_template.read_bytes())
        asyncio.run(walk_once(path))


async def explain(database: Database, statement: Statement, row: tuple[int, ...]) -> str:
    """Return the plan of a statement."""
    async with database.read() as snapshot:
        connection = await snapshot.connection()
        if database.is_postgres:
            await snapshot.execute(text("ANALYZE entry"))
            answer = await connection.exec_driver_sql(
                f"EXPLAIN {statement.postgres}", to_columns([row], statement.column_kinds)
            )
        else:
            answer = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.sqlite}", row)
        return "\n".join(str(each) for each in answer)
