"""Freezes: reasons to stop spending. An account is frozen exactly while one exists."""

from gateway.kit.sql import Tx, sql
from gateway.ledger.locking import lock

FREEZE = sql(
    """
    INSERT INTO account_freeze (account_id, reason, reference)
    SELECT given.account_id, given.reason, given.reference FROM {rows} WHERE true
    ON CONFLICT (account_id, reason, reference) DO NOTHING
    """,
    account_id="int",
    reason="text",
    reference="text",
)
UNFREEZE = sql(
    """
    DELETE FROM account_freeze WHERE (account_id, reason, reference) IN
      (SELECT given.account_id, given.reason, given.reference FROM {rows})
    """,
    account_id="int",
    reason="text",
    reference="text",
)
SET_STATE = sql(
    """
    UPDATE ledger_account SET state = CASE
      WHEN EXISTS (SELECT 1 FROM account_freeze AS f WHERE f.account_id = ledger_account.id)
      THEN 'frozen' ELSE 'active' END
    WHERE state <> 'closed' AND id IN (SELECT given.id FROM {rows})
    """,
    id="int",
)
REASONS = sql(
    "SELECT f.reason FROM {rows} JOIN account_freeze AS f ON f.account_id = given.account_id",
    account_id="int",
)


async def freeze(tx: Tx, *, account: int, reason: str, reference: str) -> bool:
    """Stop spending from an account, once for each reason (dispute, operator) and reference.

    Returns: whether it was not there before.
    """
    await lock(tx, [account])
    changed = await tx.change(FREEZE, [(account, reason, reference)])
    await tx.change(SET_STATE, [(account,)])
    return bool(changed)


async def unfreeze(tx: Tx, *, account: int, reason: str, reference: str) -> bool:
    """Take one reason back; the account spends again when none is left.

    Returns: whether it was there.
    """
    await lock(tx, [account])
    changed = await tx.change(UNFREEZE, [(account, reason, reference)])
    await tx.change(SET_STATE, [(account,)])
    return bool(changed)


async def reasons(tx: Tx, account: int) -> set[str]:
    """Return why spending from an account is stopped; empty where it is not."""
    return {row[0] for row in await tx.read(REASONS, [(account,)])}
