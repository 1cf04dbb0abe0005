"""Freezes: reasons to stop an account's spending. It is frozen exactly while one exists."""

from gateway.kit.database.sql import Tx, sql
from gateway.ledger.accounts.locks import lock_accounts

INSERT_FREEZE = sql(
    """
    INSERT INTO account_freeze (account_id, reason, reference)
    SELECT given.account_id, given.reason, given.reference FROM {rows} WHERE true
    ON CONFLICT (account_id, reason, reference) DO NOTHING
    """,
    account_id="int",
    reason="text",
    reference="text",
)
DELETE_FREEZE = sql(
    """
    DELETE FROM account_freeze WHERE (account_id, reason, reference) IN
      (SELECT given.account_id, given.reason, given.reference FROM {rows})
    """,
    account_id="int",
    reason="text",
    reference="text",
)
SET_ACCOUNT_STATE = sql(
    """
    UPDATE ledger_account SET state = CASE
      WHEN EXISTS (SELECT 1 FROM account_freeze AS f WHERE f.account_id = ledger_account.id)
      THEN 'frozen' ELSE 'active' END
    WHERE state <> 'closed' AND id IN (SELECT given.id FROM {rows})
    """,
    id="int",
)
SELECT_FREEZES = sql(
    """
    SELECT f.reason, f.reference FROM {rows}
    JOIN account_freeze AS f ON f.account_id = given.account_id ORDER BY f.reason, f.reference
    """,
    account_id="int",
)


async def freeze_account(tx: Tx, *, account: int, reason: str, reference: str) -> bool:
    """Freeze an account's spending, once for each reason (dispute, operator) and reference.

    Returns: True if this freeze is new.
    """
    await lock_accounts(tx, [account])
    changed = await tx.change(INSERT_FREEZE, [(account, reason, reference)])
    await tx.change(SET_ACCOUNT_STATE, [(account,)])
    return bool(changed)


async def unfreeze_account(tx: Tx, *, account: int, reason: str, reference: str) -> bool:
    """Lift one freeze; the account spends again when none is left.

    Returns: True if the freeze existed.
    """
    await lock_accounts(tx, [account])
    changed = await tx.change(DELETE_FREEZE, [(account, reason, reference)])
    await tx.change(SET_ACCOUNT_STATE, [(account,)])
    return bool(changed)


async def list_freezes(tx: Tx, account: int) -> list[tuple[str, str]]:
    """Return the freezes of an account as pairs of reason and reference."""
    return [
        (reason, reference) for reason, reference in await tx.read(SELECT_FREEZES, [(account,)])
    ]
