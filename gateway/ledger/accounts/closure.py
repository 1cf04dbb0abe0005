"""The end of a customer's ledger accounts: the rest goes to the house, and nothing is spent."""

from gateway.kit.database.sql import Tx, get_database_time, sql
from gateway.ledger.accounts.grant_expiry import expire_grants
from gateway.ledger.accounts.locks import LockedAccounts

CLOSE_ACCOUNTS = sql(
    "UPDATE ledger_account SET state = 'closed' WHERE id IN (SELECT given.id FROM {rows})",
    id="int",
)


async def close_ledger_accounts(tx: Tx, locked: LockedAccounts) -> None:
    """Close locked accounts; credit that comes in later can be refunded, but not spent.

    Raises:
        ValueError: an account has an open hold.
    """
    now = await get_database_time(tx)
    for account in locked.accounts.values():
        if account.pending_microusd:
            raise ValueError(f"account {account.id} holds {account.pending_microusd} µUSD")
        await expire_grants(tx, account, now, include_unexpired=True)
    await tx.change(CLOSE_ACCOUNTS, [(number,) for number in locked.accounts])
