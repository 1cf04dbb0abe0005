"""Receipts: what was bought, for how much, and what went back of it."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import iso
from gateway.kit.database import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.money import both
from gateway.kit.operation import Caller
from gateway.payments.mails import number_of
from gateway.payments.schemas import (
    PaidBy,
    Purchases,
    PurchaseShown,
    Receipt,
    ReceiptLine,
    ReceiptRefund,
)
from gateway.payments.states import RefundState, ReversalState
from gateway.payments.tables import Purchase, Reversal

REFUND_STATES = {
    ReversalState.TAKEN: RefundState.REFUNDED,
    ReversalState.UNDONE: RefundState.FAILED,
}


async def page(snapshot: Snapshot, caller: Caller, *, cursor: str | None, limit: int) -> Purchases:
    """Return a page of the account's purchases, the newest first."""
    wanted = select(Purchase).where(
        Purchase.account_id == caller.account_id, Purchase.book == caller.book
    )
    if cursor is not None:
        wanted = wanted.where(Purchase.id < cursor)
    wanted = wanted.order_by(Purchase.id.desc()).limit(limit + 1)
    rows = (await snapshot.scalars(wanted)).all()
    reversals = await reversals_of(snapshot, rows[:limit])
    return Purchases(
        data=[purchase_shown(row, reversals.get(row.id, ())) for row in rows[:limit]],
        next_cursor=rows[limit - 1].id if len(rows) > limit else None,
    )


async def reversals_of(
    snapshot: Snapshot, purchases: Sequence[Purchase]
) -> dict[str, list[Reversal]]:
    """Return what went back of each purchase, the oldest first."""
    wanted = select(Reversal).where(Reversal.purchase_id.in_([row.id for row in purchases]))
    found: dict[str, list[Reversal]] = {}
    for each in await snapshot.scalars(wanted.order_by(Reversal.id)):
        found.setdefault(each.purchase_id, []).append(each)
    return found


def purchase_shown(row: Purchase, reversals: Sequence[Reversal]) -> PurchaseShown:
    """Return a purchase on the wire."""
    back = sum(each.amount_microusd for each in reversals if each.state == ReversalState.TAKEN)
    return PurchaseShown(
        id=row.id,
        provider=row.provider,
        package_code=row.package_code,
        **both("price", row.paid_microusd),
        **both("credit", row.credit_microusd),
        **both("bonus", row.bonus_microusd),
        **both("refunded", back),
        receipt_number=number_of(row),
        created_at=iso(row.created_at),
        livemode=row.book == "live",
    )


async def receipt(snapshot: Snapshot, caller: Caller, purchase_id: str, *, seller: str) -> Receipt:
    """Return the receipt of the caller's purchase.

    Raises:
        NotFound: the account has no such purchase in this mode.
    """
    row = await snapshot.scalar(
        select(Purchase).where(
            Purchase.id == purchase_id,
            Purchase.account_id == caller.account_id,
            Purchase.book == caller.book,
        )
    )
    if row is None:
        raise NotFound
    reversals = (await reversals_of(snapshot, [row])).get(row.id, [])
    return drawn(row, reversals, seller)


def drawn(row: Purchase, reversals: Sequence[Reversal], seller: str) -> Receipt:
    """Return a receipt on the wire."""
    live = row.book == "live"
    return Receipt(
        number=number_of(row),
        purchase_id=row.id,
        issued_at=iso(row.created_at),
        seller=seller,
        buyer_email=row.email,
        lines=[
            ReceiptLine(
                description=f"{row.package_name}: prepaid credit",
                quantity=1,
                **both("amount", row.paid_microusd),
            )
        ],
        **both("total", row.paid_microusd),
        method=PaidBy(provider=row.provider, reference=row.natural_key),
        **both("credit", row.credit_microusd),
        **both("bonus", row.bonus_microusd),
        refunds=[refund_shown(each) for each in reversals if shows(each)],
        livemode=live,
        note="" if live else "TEST: play money, no payment was made.",
    )


def shows(row: Reversal) -> bool:
    """Return True if a receipt names a row: money went back, rather than was counted again."""
    return row.state in REFUND_STATES and row.amount_microusd > 0


def refund_shown(row: Reversal) -> ReceiptRefund:
    """Return what went back on the wire."""
    return ReceiptRefund(
        kind=row.kind,  # type: ignore[arg-type]  # the row's check constraint
        state=REFUND_STATES[row.state],
        **both("amount", row.amount_microusd),
        created_at=iso(row.created_at),
    )
