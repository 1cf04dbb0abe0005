"""Receipts and lists of purchases: what was bought, its price and its refunds."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Caller
from gateway.payments.bills import convert_to_dollars
from gateway.payments.codes.code_credit import CodeRedemption, find_redemption_of_purchase
from gateway.payments.currencies import render_amount
from gateway.payments.purchases.purchase_bills import (
    find_purchase_bill,
    get_currency,
    get_net_microusd,
    get_total_micros,
    load_purchase_bills,
)
from gateway.payments.purchases.receipt_mail import render_receipt_number
from gateway.payments.schemas import (
    BillShown,
    PaidBy,
    Purchases,
    PurchaseShown,
    Receipt,
    ReceiptLine,
    ReceiptRefund,
)
from gateway.payments.states import RefundState, ReversalState
from gateway.payments.tables import Purchase, PurchaseBill, Reversal

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
    bills = await load_purchase_bills(snapshot, [row.id for row in rows[:limit]])
    return Purchases(
        data=[
            render_purchase(row, reversals.get(row.id, ()), bills.get(row.id))
            for row in rows[:limit]
        ],
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


def render_purchase(
    row: Purchase, reversals: Sequence[Reversal], bill: PurchaseBill | None
) -> PurchaseShown:
    """Render a purchase, with the sum of what was refunded."""
    taken = [each for each in reversals if each.state == ReversalState.TAKEN]
    refunded_microusd = sum(each.amount_microusd for each in taken)
    refunded_micros = sum(each.returned_micros for each in taken)
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
        refunded=render_amount(refunded_micros, get_currency(bill)),
        **to_amount_fields("tax", 0 if bill is None else bill.tax_microusd),
        bill=None if bill is None else render_bill(bill),
    )


def render_bill(row: PurchaseBill) -> BillShown:
    """Render a bill, with its amounts in units of its currency."""
    amounts = {
        name: render_amount(getattr(row, f"{name}_micros"), row.currency)
        for name in ("list", "discount", "net", "tax", "total")
    }
    return BillShown(
        currency=row.currency,
        **amounts,
        total_micros=row.total_micros,
        tax_included=bool(row.tax_included),
        tax_name=row.tax_name,
        tax_percent=row.tax_percent,
        reverse_charge=bool(row.reverse_charge),
        country=row.country,
        tax_id=row.tax_id,
        buyer_name=row.buyer_name,
        promotion_code=row.promotion_code,
        invoice_url=row.provider_invoice_url,
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
    bill = await find_purchase_bill(snapshot, purchase.id)
    code = await find_redemption_of_purchase(snapshot, purchase.id)
    return render_receipt(purchase, reversals, bill, seller, code)


def render_receipt(
    row: Purchase,
    reversals: Sequence[Reversal],
    bill: PurchaseBill | None,
    seller: str,
    code: tuple[CodeRedemption, str] | None = None,
) -> Receipt:
    """Render a receipt; its amounts in dollars are at the package's own rate.

    `code` is the redemption that the purchase credited, with its label.
    """
    live, net_microusd = row.book == "live", get_net_microusd(row, bill)
    tax_microusd = 0 if bill is None else bill.tax_microusd
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
                **to_amount_fields("amount", net_microusd),
            )
        ],
        **to_amount_fields("tax", tax_microusd),
        **to_amount_fields("total", net_microusd + tax_microusd),
        method=PaidBy(provider=row.provider, reference=row.natural_key),
        **to_amount_fields("credit", row.credit_microusd),
        **to_amount_fields("bonus", row.bonus_microusd),
        code=None if code is None else code[1],
        **to_amount_fields("codeCredit", 0 if code is None else code[0].credit_microusd),
        refunds=[
            render_receipt_refund(row, each, bill, net_microusd + tax_microusd)
            for each in reversals
            if is_on_receipt(each)
        ],
        livemode=live,
        note="" if live else "TEST: play money, no payment was made.",
        bill=None if bill is None else render_bill(bill),
    )


def is_on_receipt(row: Reversal) -> bool:
    """Return True if a receipt lists a reversal: one that moved money and is not just planned.

    A reversal without an amount only takes more credit for an earlier one.
    """
    return row.state in REFUND_STATES and row.returned_micros > 0


def render_receipt_refund(
    purchase: Purchase, row: Reversal, bill: PurchaseBill | None, total_microusd: int
) -> ReceiptRefund:
    """Render a refund, dispute or reversed deposit of a receipt: with its tax, as the total has it.

    `total_microusd` is the total of the receipt, in dollars at the package's own rate.
    """
    returned_microusd = convert_to_dollars(
        row.returned_micros,
        price_microusd=total_microusd,
        price_micros=get_total_micros(purchase, bill),
    )
    return ReceiptRefund(
        kind=row.kind,  # type: ignore[arg-type]  # the row's check constraint
        state=REFUND_STATES[row.state],
        **to_amount_fields("amount", returned_microusd),
        amount=render_amount(row.returned_micros, get_currency(bill)),
        created_at=to_iso(row.created_at),
    )
