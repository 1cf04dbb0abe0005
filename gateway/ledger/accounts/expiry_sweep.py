"""The sweep that expires grants of accounts without other transactions."""

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import sql
from gateway.ledger.accounts.locks import lock_accounts

BATCH_SIZE = 500
SELECT_DUE_ACCOUNTS = sql(
    f"""
    SELECT DISTINCT g.account_id FROM {{rows}} JOIN credit_grant AS g
      ON g.remaining_microusd > 0 AND g.expires_at <= kt_now() AND g.account_id > given.after
    ORDER BY g.account_id LIMIT {BATCH_SIZE}
    """,  # noqa: S608 - a constant
    after="int",
)


async def expire_due_grants(database: Database) -> int:
    """Expire due grants, one transaction an account; return the number of accounts that had some.

    Grants that open holds protect stay due, and the next sweep tries them again.
    """
    seen, after = 0, 0
    while True:
        async with database.read() as tx:
            accounts = [row[0] for row in await tx.read(SELECT_DUE_ACCOUNTS, [(after,)])]
        for account in accounts:
            async with database.write() as tx:
                await lock_accounts(tx, [account])  # `lock_accounts` expires due grants
        seen += len(accounts)
        if len(accounts) < BATCH_SIZE:
            return seen
        after = accounts[-1]
