"""Rows of reversals: listed, added once for each refund or dispute, and dated when they settle."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.payments.bills import calculate_share
from gateway.payments.payment import ProviderDispute, ProviderRefund
from gateway.payments.purchases.purchase_bills import (
    find_purchase_bill,
    get_net_microusd,
    get_returned_net_microusd,
    get_total_micros,
)
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, Reversal

CHAIN_REVERSAL_KIND = "deposit_reversed"
BONUS_SUFFIX = ":bonus"
UNDO_CODES = {
    "refund": "refund_failed",
    "dispute": "dispute_won",
    CHAIN_REVERSAL_KIND: "deposit_restored",
}


async def list_reversals(session: Session, purchase: Purchase) -> Sequence[Reversal]:
    """List the reversals of a purchase, the oldest first."""
    reversals = await session.scalars(
        select(Reversal).where(Reversal.purchase_id == purchase.id).order_by(Reversal.id)
    )
    return reversals.all()


async def add_reversal(
    session: Session,
    shop: Shop,
    purchase: Purchase,
    *,
    kind: str,
    amount_micros: int,
    reason: str | None,
    provider_reference: str | None,
) -> Reversal:
    """Add a reversal in state `wanted`, which has taken no credit yet.

    The amount is in the currency of the purchase's bill.
    """
    bill = await find_purchase_bill(session, purchase.id)
    total_micros = get_total_micros(purchase, bill)
    rows = await list_reversals(session, purchase)
    standing = [each for each in rows if each.state != ReversalState.UNDONE]
    before = sum(each.returned_micros for each in standing)

    def share(whole: int, shares: Iterable[int]) -> int:
        return calculate_share(
            whole, total=total_micros, before=before, part=amount_micros, shared=sum(shares)
        )

    row = Reversal(
        id=shop.ids.new("rev"),
        purchase_id=purchase.id,
        provider=purchase.provider,
        kind=kind,
        provider_reference=provider_reference,
        state=ReversalState.WANTED,
        outcome=None,
        amount_microusd=share(purchase.paid_microusd, (each.amount_microusd for each in standing)),
        amount_micros=amount_micros,
        net_microusd=share(
            get_net_microusd(purchase, bill), map(get_returned_net_microusd, standing)
        ),
        credit_taken_microusd=0,
        bonus_taken_microusd=0,
        reason=reason,
        created_at=await get_database_time(session),
    )
    session.add(row)
    return row


async def find_or_add_reversal(
    session: Session,
    shop: Shop,
    purchase: Purchase,
    provider_return: ProviderRefund | ProviderDispute,
) -> tuple[Reversal, Sequence[Reversal]]:
    """Return the reversal of a refund or dispute, added if new, and all of its purchase."""
    # Our own refund is written before the provider names it. Its metadata carries the id of our
    # row, so the first report of it finds that row instead of adding a second one.
    rows = await list_reversals(session, purchase)
    own_id = provider_return.reversal_id if isinstance(provider_return, ProviderRefund) else None
    for row in rows:
        if row.provider_reference == provider_return.id or (
            row.id == own_id and row.provider_reference is None
        ):
            row.provider_reference = provider_return.id
            return row, rows
    row = await add_reversal(
        session,
        shop,
        purchase,
        kind="refund" if isinstance(provider_return, ProviderRefund) else "dispute",
        amount_micros=provider_return.amount_micros,
        reason=provider_return.reason,
        provider_reference=provider_return.id,
    )
    return row, [*rows, row]


async def date_return(
    session: Session, row: Reversal, rows: Sequence[Reversal], *, was_settled: bool
) -> None:
    """Date a change of what goes back for good, so that each stays in the month it happened in.

    It comes after every change of its purchase that was dated before, even if a clock was set back:
    the documents of those were issued without it.
    """
    is_settled = row.settled_micros > 0
    if is_settled == was_settled:
        return
    # A row that is not written yet was created a moment ago, and is then written once.
    now = row.created_at if row in session.new else await get_database_time(session)
    dated = (at for each in rows for at in (each.returned_at, each.restored_at) if at is not None)
    now = max([now, *(at + 1 for at in dated)])
    if is_settled:
        row.returned_at = now
    else:
        row.returned_at = row.returned_at or row.created_at  # settled before times were written
        row.restored_at = now
