"""Receipts and lists of purchases: what was bought, its price and its refunds."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Caller
from gateway.payments.codes.code_credit import CodeRedemption, find_redemption_of_purchase
from gateway.payments.purchases.receipt_mail import render_receipt_number
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


async def list_purchase_page(
    snapshot: Snapshot, caller: Caller, *, cursor: str | None, limit: int
) -> Purchases:
    """List a page of the caller's purchases, the newest first."""
    query = select(Purchase).where(
        Purchase.account_id == caller.account_id, Purchase.book == caller.book
    )
    if cursor is not None:
        query = query.where(Purchase.id < cursor)
    query = query.order_by(Purchase.id.desc()).limit(limit + 1)
    rows = (await snapshot.scalars(query)).all()
    reversals = await list_reversals_by_purchase(snapshot, rows[:limit])
    return Purchases(
        data=[render_purchase(row, reversals.get(row.id, ())) for row in rows[:limit]],
        next_cursor=rows[limit - 1].id if len(rows) > limit else None,
    )


async def list_reversals_by_purchase(
    snapshot: Snapshot, purchases: Sequence[Purchase]
) -> dict[str, list[Reversal]]:
    """List the reversals of each purchase, the oldest first."""
    query = select(Reversal).where(Reversal.purchase_id.in_([row.id for row in purchases]))
    by_purchase: dict[str, list[Reversal]] = {}
    for reversal in await snapshot.scalars(query.order_by(Reversal.id)):
        by_purchase.setdefault(reversal.purchase_id, []).append(reversal)
    return by_purchase


def render_purchase(row: Purchase, reversals: Sequence[Reversal]) -> PurchaseShown:
    """Render a purchase, with the sum of what was refunded."""
    refunded_microusd = sum(
        each.amount_microusd for each in reversals if each.state == ReversalState.TAKEN
    )
    return PurchaseShown(
        id=row.id,
        provider=row.provider,
        package_code=row.package_code,
        **to_amount_fields("price", row.paid_microusd),
        **to_amount_fields("credit", row.credit_microusd),
        **to_amount_fields("bonus", row.bonus_microusd),
        **to_amount_fields("refunded", refunded_microusd),
        receipt_number=render_receipt_number(row),
        created_at=to_iso(row.created_at),
        livemode=row.book == "live",
    )


async def load_receipt(
    snapshot: Snapshot, caller: Caller, purchase_id: str, *, seller: str
) -> Receipt:
    """Load and render the receipt of the caller's purchase.

    Raises:
        NotFound: the account has no such purchase in this mode.
    """
    purchase = await snapshot.scalar(
        select(Purchase).where(
            Purchase.id == purchase_id,
            Purchase.account_id == caller.account_id,
            Purchase.book == caller.book,
        )
    )
    if purchase is None:
        raise NotFound
    reversals = (await list_reversals_by_purchase(snapshot, [purchase])).get(purchase.id, [])
    code = await find_redemption_of_purchase(snapshot, purchase.id)
    return render_receipt(purchase, reversals, seller, code)


def render_receipt(
    row: Purchase,
    reversals: Sequence[Reversal],
    seller: str,
    code: tuple[CodeRedemption, str] | None = None,
) -> Receipt:
    """Render a receipt; `code` is the redemption that the purchase credited, with its label."""
    live = row.book == "live"
    return Receipt(
        number=render_receipt_number(row),
        purchase_id=row.id,
        issued_at=to_iso(row.created_at),
        seller=seller,
        buyer_email=row.email,
        lines=[
            ReceiptLine(
                description=f"{row.package_name}: prepaid credit",
                quantity=1,
                **to_amount_fields("amount", row.paid_microusd),
            )
        ],
        **to_amount_fields("total", row.paid_microusd),
        method=PaidBy(provider=row.provider, reference=row.natural_key),
        **to_amount_fields("credit", row.credit_microusd),
        **to_amount_fields("bonus", row.bonus_microusd),
        code=None if code is None else code[1],
        **to_amount_fields("codeCredit", 0 if code is None else code[0].credit_microusd),
        refunds=[render_receipt_refund(each) for each in reversals if is_on_receipt(each)],
        livemode=live,
        note="" if live else "TEST: play money, no payment was made.",
    )


def is_on_receipt(row: Reversal) -> bool:
    """Return True if a receipt lists a reversal: one that moved money and is not just planned.

    A reversal without an amount only takes more credit for an earlier one.
    """
    return row.state in REFUND_STATES and row.amount_microusd > 0


def render_receipt_refund(row: Reversal) -> ReceiptRefund:
    """Render a refund, dispute or reversed deposit of a receipt."""
    return ReceiptRefund(
        kind=row.kind,  # type: ignore[arg-type]  # the row's check constraint
        state=REFUND_STATES[row.state],
        **to_amount_fields("amount", row.amount_microusd),
        created_at=to_iso(row.created_at),
    )
