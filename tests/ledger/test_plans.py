"""What a batch reads, it finds by index, even with a plan made while the tables were small."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.kit import idempotency
from gateway.kit.clock import DAY
from gateway.kit.database.postgres import BATCH_SETTINGS
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.ledger import policies
from gateway.ledger.accounts import grant_expiry, journal, locks
from gateway.ledger.accounts.owners import open_accounts
from gateway.ledger.policies import Limits, open_spender
from tests.databases import MovedClock
from tests.ledger.bank import open_bank

pytestmark = pytest.mark.anyio
LOOK_UPS = {
    "answers": idempotency.FIND_ANSWERS,
    "accounts": locks.LOCK_ACCOUNTS,
    "keys": policies.SELECT_SPENDERS,
    "grants": grant_expiry.SELECT_OPEN_GRANTS,
    "balances": journal.SET_ACCOUNTS,
    "caps": journal.SET_POLICIES,
}


def find_whole_scans(plan: list[str]) -> list[str]:
    """Return the lines of a plan that read a whole table or index."""
    pairs = zip(plan, [*plan[1:], ""], strict=True)
    return [line for line, after in pairs if "Scan using" in line and "Index Cond" not in after] + [
        line for line in plan if re.search("Seq Scan|Hash|Merge|Materialize", line)
    ]


async def test_a_batch_reads_no_table_from_end_to_end(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    if not database.is_postgres:
        pytest.skip("SQLite plans a statement each time")
    for number in range(3):
        bank = await open_bank(database, ids, f"acct_{number}", credit=100)
        await bank.credit(5, "promo", expires_at=clock.now() + DAY)
        key = await bank.new_key(f"key_{number}", Limits(total_microusd=50))
        await bank.post(await bank.admit_hold(10, key=key))
    async with database.write() as tx:
        for number in range(60):
            await open_accounts(tx, f"acct_of_nobody_{number}")
            await open_spender(
                tx, key_id=f"key_of_nobody_{number}", account=1, policy_id=f"pol_{number}",
                limits=Limits(), expires_at=None,
            )  # fmt: skip
    engine = create_async_engine(database.url, connect_args={"server_settings": BATCH_SETTINGS})
    async with engine.connect() as connection:
        await connection.execute(text("ANALYZE"))
        await connection.execute(text("SET plan_cache_mode = force_generic_plan"))
        for name, statement in LOOK_UPS.items():
            await connection.exec_driver_sql(f"PREPARE {name} AS {statement.postgres}")
            arrays = ", ".join(["'{}'"] * len(statement.column_kinds))
            explained = await connection.exec_driver_sql(f"EXPLAIN EXECUTE {name}({arrays})")
            assert find_whole_scans([row[0] for row in explained]) == [], name
    await engine.dispose()
