"""Look-ups of transfers: by natural key (so that a command can be given twice), hold and code."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kit.database.sql import Tx, sql
from gateway.ledger.states import Phase

SELECT_BY_NATURAL_KEY = sql(
    """
    SELECT t.debit_account, t.credit_account, t.amount_microusd
    FROM {rows} JOIN transfer AS t ON t.book = given.book AND t.code = given.code
      AND t.phase = 'single' AND t.reference = given.reference
    """,
    book="text",
    code="text",
    reference="text",
)
SELECT_HOLD_TRANSFERS = sql(
    """
    SELECT t.id, t.code, t.phase, t.reference, t.amount_microusd, t.created_at
    FROM {rows} JOIN transfer AS t ON t.id = given.hold
      OR (t.pending_id = given.hold AND t.pending_id IS NOT NULL)
      OR (t.book = given.book AND t.code = 'adjust' AND t.phase = 'single'
          AND t.reference = given.reference)
    """,
    hold="text",
    book="text",
    reference="text",
)
SELECT_PURCHASE = sql(
    """
    SELECT 1 FROM {rows}
    WHERE EXISTS (SELECT 1 FROM entry AS e JOIN transfer AS t ON t.id = e.transfer_id
                  WHERE e.account_id = given.account AND e.account_version IS NOT NULL
                    AND t.code = 'purchase')
    LIMIT 1
    """,
    account="int",
)


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """A transfer as it was written."""

    id: str
    code: str
    phase: Phase
    reference: str
    amount_microusd: int
    created_at: int


def _record_from_row(
    transfer_id: str, code: str, phase: str, reference: str, amount: int, created_at: int
) -> TransferRecord:
    return TransferRecord(transfer_id, code, Phase(phase), reference, amount, created_at)


async def list_hold_transfers(
    tx: Tx, hold_id: str, book: str, reference: str
) -> list[TransferRecord]:
    """Return a hold, its resolution and the adjustment with this reference, oldest first."""
    rows = await tx.read(SELECT_HOLD_TRANSFERS, [(hold_id, book, reference)])
    return sorted(
        (_record_from_row(*row) for row in rows),
        key=lambda move: (move.created_at, move.id),
    )


async def has_bought(tx: Tx, accounts: Sequence[int]) -> bool:
    """Return True if any of these accounts was ever credited for a purchase."""
    return bool(await tx.read(SELECT_PURCHASE, [(each,) for each in accounts]))


async def is_transfer_recorded(
    tx: Tx, book: str, code: str, reference: str, account: int, amount_microusd: int
) -> bool:
    """Return True if a transfer with this natural key moved this signed amount on the account.

    Raises:
        ValueError: the key belongs to a transfer of another account or amount.
    """
    rows = await tx.read(SELECT_BY_NATURAL_KEY, [(book, code, reference)])
    if not rows:
        return False
    debit, credit, moved_microusd = rows[0]
    if account not in {debit, credit}:
        raise ValueError(f"{reference} belongs to another account")
    signed = moved_microusd if account == credit else -moved_microusd
    if signed != amount_microusd:
        raise ValueError(f"{reference} was used for another amount")
    return True
