"""Chain reversals: credit taken back because a chain undid its payment, or given back again.

The caller has locked the checkout and the purchase, and calls `correct_invoice` once all money of
its transaction has moved: the numbers of credit notes are locked last.

A chain may undo a payment and bring it back more than once. Each time is a reversal of its own,
`<natural key>`, `<natural key>#2` and so on, because the natural keys of its transfers can be used
once.
"""

import logging
from collections.abc import Sequence

from gateway.kit.database.sessions import Session
from gateway.payments.refunds.reversal_credit import (
    debit_reversal,
    is_bonus_reversal,
    is_chain_reversal_taken,
    load_total_micros,
    take_reversal,
    undo_reversal,
)
from gateway.payments.refunds.reversal_rows import (
    CHAIN_REVERSAL_KIND,
    add_reversal,
    list_reversals,
)
from gateway.payments.refunds.reversals import adjust_gains
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, Reversal

log = logging.getLogger("gateway.payments")


async def reverse_purchase(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Take back the credit and the bonus of a payment that its chain undid."""
    rows = await list_reversals(session, purchase)
    if find_whole_reversal(rows) is not None:
        return
    total_micros = await load_total_micros(session, purchase)
    row = await add_chain_reversal(session, shop, purchase, rows, total_micros)
    await take_reversal(session, shop, purchase, row, [*rows, row])
    await adjust_gains(session, shop, purchase, row.provider_reference or row.id)
    log.error("payment %s was credited and is no more; taken back", purchase.natural_key)


async def restore_purchase(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Give back the credit of a payment that is on its chain again."""
    rows = await list_reversals(session, purchase)
    row = find_whole_reversal(rows)
    if row is None:
        return
    await undo_reversal(session, shop, purchase, row, rows)
    await adjust_gains(session, shop, purchase, row.provider_reference or row.id)
    log.warning("payment %s is back; credited again", purchase.natural_key)


async def claw_back_bonus(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Take back the rest of a bonus, because the deposits no longer fill the price."""
    rows = await list_reversals(session, purchase)
    taken_microusd = sum(
        each.bonus_taken_microusd for each in rows if each.state == ReversalState.TAKEN
    )
    if taken_microusd >= purchase.bonus_microusd:
        return
    row = await add_chain_reversal(session, shop, purchase, rows, 0)
    row.state, row.bonus_taken_microusd = (
        ReversalState.TAKEN,
        purchase.bonus_microusd - taken_microusd,
    )
    await debit_reversal(session, shop, purchase, row)


async def restore_bonus(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Give back a bonus that was taken without its purchase."""
    rows = await list_reversals(session, purchase)
    for row in rows:
        if is_bonus_reversal(row, rows):
            await undo_reversal(session, shop, purchase, row, rows)


async def add_chain_reversal(
    session: Session, shop: Shop, purchase: Purchase, rows: Sequence[Reversal], amount: int
) -> Reversal:
    """Add the reversal for the next time that the chain undoes this purchase."""
    earlier_count = sum(each.kind == CHAIN_REVERSAL_KIND for each in rows)
    reference = (
        f"{purchase.natural_key}#{earlier_count + 1}" if earlier_count else purchase.natural_key
    )
    return await add_reversal(
        session, shop, purchase, kind=CHAIN_REVERSAL_KIND, amount_micros=amount, reason=None,
        provider_reference=reference,
    )  # fmt: skip


def find_whole_reversal(rows: Sequence[Reversal]) -> Reversal | None:
    """Return the reversal that took the whole purchase, or None while its payment is there."""
    return next(
        (each for each in rows if is_chain_reversal_taken(each) and each.returned_micros), None
    )
