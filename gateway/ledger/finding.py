"""Finding a movement by its natural key, so that an operator's command can be given twice."""

from gateway.kit.sql import Tx, sql

BY_KEY = sql(
    """
    SELECT t.debit_account, t.credit_account, t.amount_microusd
    FROM {rows} JOIN transfer AS t ON t.book = given.book AND t.code = given.code
      AND t.phase = 'single' AND t.reference = given.reference
    """,
    book="text",
    code="text",
    reference="text",
)


async def moved(
    tx: Tx, book: str, code: str, reference: str, account: int, amount_microusd: int
) -> bool:
    """Say whether this signed amount was moved on an account before, under this natural key.

    Raises:
        ValueError: something else was.
    """
    rows = await tx.read(BY_KEY, [(book, code, reference)])
    if not rows:
        return False
    debit, credit, moved_microusd = rows[0]
    if account not in {debit, credit}:
        raise ValueError(f"{reference} belongs to another account")
    signed = moved_microusd if account == credit else -moved_microusd
    if signed != amount_microusd:
        raise ValueError(f"{reference} was used for another amount")
    return True
