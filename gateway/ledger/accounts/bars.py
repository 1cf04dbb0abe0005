"""Bars to new work that was paid for beforehand: a key that ended, an account that is not active.

A plan holds money first and starts its jobs later; in between its key may be revoked or its
account frozen.
"""

from typing import Literal

from gateway.kit.database.sql import Tx, sql

BarReason = Literal["key", "account"]


def build_key_ended_sql(account: str, key: str) -> str:
    """Return the SQL condition that the key of a column is revoked, expired or unknown.

    `account` and `key` are SQL expressions; a NULL key never ended.
    """
    return f"""({key} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM spender AS payer
        WHERE payer.key_id = {key} AND payer.account_id = {account} AND payer.revoked_at IS NULL
          AND (payer.expires_at IS NULL OR payer.expires_at > kt_now())))"""  # noqa: S608 - names of ours


def build_barred_sql(account: str, key: str) -> str:
    """Return the SQL condition that the key ended or the account is not active.

    `account` and `key` are SQL expressions; a NULL key is a person who pays.
    """
    ended = build_key_ended_sql(account, key)
    return f"""({ended} OR EXISTS (SELECT 1 FROM ledger_account AS stopped
        WHERE stopped.id = {account} AND stopped.state <> 'active'))"""  # noqa: S608 - names of ours


SELECT_BAR_REASON = sql(
    f"""
    SELECT CASE WHEN {build_key_ended_sql("given.account_id", "given.key_id")}
           THEN 'key' ELSE 'account' END
    FROM {{rows}} WHERE {build_barred_sql("given.account_id", "given.key_id")}
    """,  # noqa: S608 - names of ours
    account_id="int",
    key_id="text",
)


async def find_bar_reason(tx: Tx, account: int, key_id: str | None) -> BarReason | None:
    """Return the bar to new work, or None; it stays true while the account is locked.

    Without a key a person pays.
    """
    rows = await tx.read(SELECT_BAR_REASON, [(account, key_id)])
    return rows[0][0] if rows else None
