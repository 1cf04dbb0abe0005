"""The journal of sales: each sale and each return of a period with net, tax and total.

It is for bookkeeping: an operator gives it to a tax adviser. What it says of a day that is over is
never changed by what happens later. A return is dated when it is settled that money goes back: a
refund was made, a dispute was lost, a chain undid a payment. If it comes back after all, a line of
its own charges it again, dated then. Amounts are in the currency of the charge. All returns of a
purchase have the share of its tax that they have of its total, in whole smallest units, so that
returns of all of it return all of its tax.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from gateway.kit.database.sessions import Session, Snapshot
from gateway.payments.currencies import DOLLARS, get_minor_unit_micros
from gateway.payments.invoices.corrections import list_corrections
from gateway.payments.invoices.reading import DocumentKey
from gateway.payments.purchases.purchase_bills import load_purchase_bills
from gateway.payments.refunds.reversal_rows import UNDO_CODES
from gateway.payments.states import DisputeOutcome, ReversalState
from gateway.payments.tables import Purchase, PurchaseBill, Reversal

BATCH_PURCHASES = 500
# One that was settled before `returned_at` was written is dated by its beginning, and one that was
# undone then was never in a journal.
IS_RETURNED = and_(
    Reversal.amount_microusd + func.coalesce(Reversal.amount_micros, 0) > 0,
    or_(
        and_(
            Reversal.state == ReversalState.TAKEN,
            or_(Reversal.kind != "dispute", Reversal.outcome == DisputeOutcome.LOST),
        ),
        Reversal.restored_at.is_not(None),
    ),
)
RETURNED_AT = func.coalesce(Reversal.returned_at, Reversal.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesLine:
    """A sale, a return of one with negative amounts, or a return that came back.

    `kind` is `sale`, the kind of the reversal, or the word for its end, such as `refund_failed`.
    """

    at: int
    kind: str
    purchase: Purchase
    bill: PurchaseBill | None
    currency: str
    net_micros: int
    tax_micros: int
    reversal: Reversal | None = None
    is_restored: bool = False

    @property
    def document_key(self) -> DocumentKey:
        """The purchase, reversal and kind that a document of our own for this line has."""
        is_return = self.reversal is not None and not self.is_restored
        reversal_id = None if self.reversal is None else self.reversal.id
        return self.purchase.id, reversal_id, "credit_note" if is_return else "invoice"

    @property
    def total_micros(self) -> int:
        """Return what was charged or returned in all."""
        return self.net_micros + self.tax_micros


async def list_sales_lines(
    snapshot: Snapshot, book: str, since: int, until: int
) -> Sequence[SalesLine]:
    """List the sales and returns of a book in a period, the oldest first."""
    returned = select(Reversal.purchase_id).where(
        IS_RETURNED,
        or_(
            RETURNED_AT.between(since, until - 1),
            Reversal.restored_at.between(since, until - 1),
        ),
    )
    in_period = select(Purchase).where(
        Purchase.book == book, Purchase.created_at >= since, Purchase.created_at < until
    )
    with_returns = select(Purchase).where(Purchase.book == book, Purchase.id.in_(returned))
    rows = {row.id: row for row in await snapshot.scalars(in_period)}
    rows |= {row.id: row for row in await snapshot.scalars(with_returns)}
    lines: list[SalesLine] = []
    purchases = list(rows.values())
    for start in range(0, len(purchases), BATCH_PURCHASES):
        batch = purchases[start : start + BATCH_PURCHASES]
        bills = await load_purchase_bills(snapshot, [row.id for row in batch])
        reversals = await load_returns(snapshot, [row.id for row in batch])
        for row in batch:
            lines += build_lines(row, bills.get(row.id), reversals[row.id])
    return sorted(
        (line for line in lines if since <= line.at < until),
        key=lambda line: (line.at, line.purchase.id, line.reversal is not None),
    )


async def load_returns(
    session: Session | Snapshot, purchase_ids: Iterable[str]
) -> dict[str, list[Reversal]]:
    """Load the reversals by which money of purchases went back, also what came back later."""
    query = select(Reversal).where(Reversal.purchase_id.in_(list(purchase_ids)), IS_RETURNED)
    by_purchase: dict[str, list[Reversal]] = defaultdict(list)
    for row in await session.scalars(query.order_by(Reversal.id)):
        by_purchase[row.purchase_id].append(row)
    return by_purchase


def build_lines(
    purchase: Purchase, bill: PurchaseBill | None, reversals: Sequence[Reversal]
) -> list[SalesLine]:
    """Build the line of a purchase and those of its corrections, the oldest first."""
    currency, total, tax = DOLLARS, purchase.paid_microusd, 0
    if bill is not None:
        currency, total, tax = bill.currency, bill.total_micros, bill.tax_micros
    lines = [
        SalesLine(
            at=purchase.created_at, kind="sale", purchase=purchase, bill=bill, currency=currency,
            net_micros=total - tax, tax_micros=tax,
        )
    ]  # fmt: skip
    for each in list_corrections(
        reversals,
        total_micros=total,
        tax_micros=tax,
        minor_unit_micros=get_minor_unit_micros(currency),
    ):
        row, sign = each.reversal, 1 if each.is_restored else -1
        lines.append(
            SalesLine(
                at=each.at, kind=UNDO_CODES[row.kind] if each.is_restored else row.kind,
                purchase=purchase, bill=bill, currency=currency,
                net_micros=sign * (each.total_micros - each.tax_micros),
                tax_micros=sign * each.tax_micros, reversal=row, is_restored=each.is_restored,
            )
        )  # fmt: skip
    return lines
