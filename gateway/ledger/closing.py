"""Closing an account's books: what is left goes to the house, and nothing is spent any more."""

from gateway.kit.sql import Tx, sql
from gateway.ledger.expiry import expire
from gateway.ledger.locking import Locked, clock

CLOSE = sql(
    "UPDATE ledger_account SET state = 'closed' WHERE id IN (SELECT given.id FROM {rows})",
    id="int",
)


async def close(tx: Tx, locked: Locked) -> None:
    """Close accounts under lock. What comes in later is kept, and can be paid back, not spent.

    Raises:
        ValueError: a hold is open.
    """
    now = await clock(tx)
    for account in locked.accounts.values():
        if account.pending_microusd:
            raise ValueError(f"account {account.id} holds {account.pending_microusd} µUSD")
        await expire(tx, account, now, everything=True)
    await tx.change(CLOSE, [(number,) for number in locked.accounts])
