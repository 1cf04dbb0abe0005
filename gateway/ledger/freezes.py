"""Freezes: reasons to stop an account's spending. It is frozen exactly while one exists."""

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
IN_FORCE = sql(
    """
    SELECT f.reason, f.reference FROM {rows}
    JOIN account_freeze AS f ON f.account_id = given.account_id ORDER BY f.reason, f.reference
    """,
    account_id="int",
)


async def freeze(tx: Tx, *, account: int, reason: str, reference: str) -> bool:
    """Freeze an account's spending, once for each reason (dispute, operator) and reference.

    Returns: True if this freeze is new.
    """
    await lock(tx, [account])
    changed = await tx.change(FREEZE, [(account, reason, reference)])
    await tx.change(SET_STATE, [(account,)])
    return bool(changed)


async def unfreeze(tx: Tx, *, account: int, reason: str, reference: str) -> bool:
    """Lift one freeze; the account spends again when none is left.

    Returns: True if the freeze existed.
    """
    await lock(tx, [account])
    changed = await tx.change(UNFREEZE, [(account, reason, reference)])
    await tx.change(SET_STATE, [(account,)])
    return bool(changed)


async def in_force(tx: Tx, account: int) -> list[tuple[str, str]]:
    """Return the freezes of an account as pairs of reason and reference."""
    return [(reason, reference) for reason, reference in await tx.read(IN_FORCE, [(account,)])]
