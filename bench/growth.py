"""Cost of a hold and of a page of history in a ledger that has grown.

A cost that grows with the ledger shows here, and in no short run. A few statements fill the ledger
with holds: millions through the kit would take an hour and end in the same rows. The invariants are
checked over all of them.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator

from sqlalchemy import text

from bench.floors import ACCOUNTS
from bench.ledger import MANY_CLIENTS, Bench, start_bench
from bench.table import Options, Row, run_measure
from gateway.kit.database.sessions import Database
from gateway.ledger.reports.history import list_history

HOLDS_A_FILL, ENTRIES_A_HOLD = 50, 2
HELD_MICROUSD, ESCROW_ACCOUNT = 10, -7
# Of each account some holds more, as the kit writes them: their ids are older than any new one.
FILLED_ACCOUNTS = f"""
    (SELECT id, version, posted_microusd - pending_microusd AS available
     FROM ledger_account WHERE kind = 'customer' AND book = 'live') AS account,
    generate_series(1, {HOLDS_A_FILL}) AS hold
"""  # noqa: S608 - constants of this file
TRANSFER_ID = "'trf_00' || lpad(account.id::text, 8, '0') || lpad((version + hold)::text, 16, '0')"
FILL_TRANSFERS = f"""
INSERT INTO transfer (id, book, code, phase, reference, debit_account, credit_account,
                      amount_microusd, key_id, created_at)
SELECT {TRANSFER_ID}, 'live', 'hold', 'pending', 'grown_' || {TRANSFER_ID}, account.id,
       {ESCROW_ACCOUNT}, {HELD_MICROUSD}, 'key_' || account.id, kt_now()
FROM {FILLED_ACCOUNTS} ORDER BY hold, account.id
"""  # noqa: S608 - constants of this file
FILL_ENTRIES = f"""
INSERT INTO entry (transfer_id, account_id, layer, amount_microusd, balance_after_microusd,
                   account_version, created_at)
SELECT {TRANSFER_ID}, CASE leg WHEN 1 THEN account.id ELSE {ESCROW_ACCOUNT} END, 'pending',
       CASE leg WHEN 1 THEN -{HELD_MICROUSD} ELSE {HELD_MICROUSD} END,
       CASE leg WHEN 1 THEN available - hold * {HELD_MICROUSD} END,
       CASE leg WHEN 1 THEN version + hold END, kt_now()
FROM {FILLED_ACCOUNTS}, generate_series(1, 2) AS leg ORDER BY hold, account.id, leg
"""  # noqa: S608 - constants of this file
FILL_SUMS = f"""
UPDATE ledger_account
SET pending_microusd = pending_microusd + {HOLDS_A_FILL * HELD_MICROUSD},
    version = version + {HOLDS_A_FILL}
WHERE kind = 'customer' AND book = 'live'
"""  # noqa: S608 - constants of this file


async def fill_ledger(database: Database, entries: int) -> int:
    """Add holds to every account until the ledger has so many entries more; return how many."""
    filled = 0
    while filled < entries:
        async with database.connect() as connection, connection.begin():
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            for statement in (FILL_TRANSFERS, FILL_ENTRIES, FILL_SUMS):
                await connection.execute(text(statement))
        filled += ACCOUNTS * HOLDS_A_FILL * ENTRIES_A_HOLD
    return filled


async def measure_costs(bench: Bench) -> tuple[float, float]:
    """Return the time of one hold under load and of one page of history, in microseconds."""
    bank = bench.postgres
    held = await bank.run_load(bank.hold, MANY_CLIENTS, bench.seconds, hot=False)
    pages, end = 0, time.perf_counter() + bench.seconds
    while time.perf_counter() < end:
        async with bank.database.read() as session:
            await list_history(session, bank.accounts[pages % ACCOUNTS])
        pages += 1
    return bench.seconds / len(held) * 1e6, bench.seconds / pages * 1e6


async def compare_growth(bench: Bench, entries: int) -> list[Row]:
    """Compare rounds in a ledger of many entries with rounds before it had them.

    They can't alternate, so each round is divided by the median of all the rounds before.
    """
    bank = bench.postgres
    await measure_costs(bench)  # caches are full and statements prepared
    await bank.clear_queue()  # both sides are vacuumed and analyzed
    before = [await measure_costs(bench) for _ in range(bench.rounds)]
    filled = await fill_ledger(bank.database, entries)
    await measure_costs(bench)
    await bank.clear_queue()
    after = [await measure_costs(bench) for _ in range(bench.rounds)]
    rows = []
    for name, few, many in zip(
        ("hold", "history page"), zip(*before, strict=True), zip(*after, strict=True), strict=True
    ):
        row = Row(
            f"growth.{name.partition(' ')[0]}", f"{name}, {filled:,} entries / 1,000",
            must=1.3, goal=1.1, lower_is_better=True, side_unit=" µs",
        )  # fmt: skip
        for cost in many:
            row.add_round(statistics.median(few), cost)
        rows.append(row)
    return rows


def measure(options: Options) -> Iterator[Row]:
    """Measure how much a ledger of many entries costs; yield each row."""
    with asyncio.Runner() as runner, start_bench(options, runner) as bench:
        yield from runner.run(compare_growth(bench, options.entries))
        runner.run(bench.check_ledgers())


if __name__ == "__main__":
    sys.exit(run_measure(measure))
