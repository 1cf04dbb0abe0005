"""Many charges of an account, written faster than they could be made."""

from sqlalchemy import insert, update

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.ledger.reports.postings import get_account_point
from gateway.ledger.states import Phase
from gateway.ledger.tables import Entry, LedgerAccount, Transfer


async def write_charges(database: Database, account: int, count: int, keys: int = 3) -> None:
    """Write charges of 1 micro-USD by some keys, on one day, straight into the tables."""
    async with database.write() as session:
        before = (await get_account_point(session, account)).version
        numbers = range(before + 1, before + count + 1)
        transfers = [
            {
                "id": f"trf_{n}", "book": "live", "code": "consume", "phase": Phase.SINGLE,
                "reference": f"req_{n}", "debit_account": account, "credit_account": -7,
                "amount_microusd": 1, "key_id": f"key_{n % keys}", "created_at": 20_000 * DAY + n,
            }
            for n in numbers
        ]  # fmt: skip
        entries = [
            {
                "transfer_id": f"trf_{n}", "account_id": account, "layer": "posted",
                "amount_microusd": -1, "balance_after_microusd": 0, "account_version": n,
                "created_at": 20_000 * DAY + n,
            }
            for n in numbers
        ]  # fmt: skip
        await session.execute(insert(Transfer), transfers)
        await session.execute(insert(Entry), entries)
        await session.execute(
            update(LedgerAccount).where(LedgerAccount.id == account).values(version=numbers[-1])
        )
