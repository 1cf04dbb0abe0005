"""The end of a customer's ledger accounts: the rest goes to the house, and nothing is spent."""

from gateway.kit.sql import Tx, sql
from gateway.ledger.expiry import expire
from gateway.ledger.locking import Locked, clock

CLOSE = sql(
    "UPDATE ledger_account SET state = 'closed' WHERE id IN (SELECT given.id FROM {rows})",
    id="int",
)


async def close(tx: Tx, locked: Locked) -> None:
    """Close locked accounts; credit that comes in later can be refunded, but not spent.

    Raises:
        ValueError: an account has an open hold.
    """
    now = await clock(tx)
    for account in locked.accounts.values():
        if account.pending_microusd:
            raise ValueError(f"account {account.id} holds {account.pending_microusd} µUSD")
        await expire(tx, account, now, everything=True)
    await tx.change(CLOSE, [(number,) for number in locked.accounts])
