"""The sweep that expires grants of accounts without other transactions."""

from gateway.kit.database import Database
from gateway.kit.sql import sql
from gateway.ledger.locking import lock

BITE = 500
DUE = sql(
    f"""
    SELECT DISTINCT g.account_id FROM {{rows}} JOIN credit_grant AS g
      ON g.remaining_microusd > 0 AND g.expires_at <= kt_now() AND g.account_id > given.after
    ORDER BY g.account_id LIMIT {BITE}
    """,  # noqa: S608 - a constant
    after="int",
)


async def expire_due(database: Database) -> int:
    """Expire due grants, one transaction an account; return the number of accounts that had some.

    Grants that open holds protect stay due, and the next sweep tries them again.
    """
    seen, after = 0, 0
    while True:
        async with database.read() as tx:
            accounts = [row[0] for row in await tx.read(DUE, [(after,)])]
        for account in accounts:
            async with database.write() as tx:
                await lock(tx, [account])  # `lock` expires due grants
        seen += len(accounts)
        if len(accounts) < BITE:
            return seen
        after = accounts[-1]
