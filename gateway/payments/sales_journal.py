"""The journal of sales: each sale and each return of a period with net, tax and total.

It is for bookkeeping: an operator gives it to a tax adviser. Amounts are in the currency of the
charge. A return has the share of the tax that its part of the total has, in whole smallest units,
so that parts which make up the total make up its tax.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database.sessions import Session, Snapshot
from gateway.payments.currencies import DOLLARS, get_minor_unit_micros
from gateway.payments.invoices.corrections import calculate_tax_share
from gateway.payments.invoices.issuing import get_returned_micros
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, PurchaseBill, Reversal

BATCH_PURCHASES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesLine:
    """A sale, or a return of one: negative amounts, and `kind` is that of its reversal."""

    at: int
    kind: str
    purchase: Purchase
    bill: PurchaseBill | None
    currency: str
    net_micros: int
    tax_micros: int
    reversal: Reversal | None = None

    @property
    def total_micros(self) -> int:
        """Return what was charged or returned in all."""
        return self.net_micros + self.tax_micros


async def list_sales_lines(
    snapshot: Snapshot, book: str, since: int, until: int
) -> Sequence[SalesLine]:
    """List the sales and returns of a book in a period, the oldest first.

    A return that was undone, such as a refund that failed, is left out.
    """
    sold = (Purchase.created_at >= since, Purchase.created_at < until)
    returned = select(Reversal.purchase_id).where(
        Reversal.created_at >= since,
        Reversal.created_at < until,
        Reversal.state == ReversalState.TAKEN,
        Reversal.amount_microusd > 0,
    )
    in_period = select(Purchase).where(Purchase.book == book, *sold)
    with_returns = select(Purchase).where(Purchase.book == book, Purchase.id.in_(returned))
    rows = {row.id: row for row in await snapshot.scalars(in_period)}
    rows |= {row.id: row for row in await snapshot.scalars(with_returns)}
    lines: list[SalesLine] = []
    purchases = list(rows.values())
    for start in range(0, len(purchases), BATCH_PURCHASES):
        batch = purchases[start : start + BATCH_PURCHASES]
        bills = await load_bills(snapshot, [row.id for row in batch])
        reversals = await load_taken_reversals(snapshot, [row.id for row in batch])
        for row in batch:
            lines += build_lines(row, bills.get(row.id), reversals[row.id])
    return sorted(
        (line for line in lines if since <= line.at < until),
        key=lambda line: (line.at, line.purchase.id, line.reversal is not None),
    )


async def load_bills(
    session: Session | Snapshot, purchase_ids: Iterable[str]
) -> dict[str, PurchaseBill]:
    """Load the bills of purchases; one from before there were bills has none."""
    query = select(PurchaseBill).where(PurchaseBill.purchase_id.in_(list(purchase_ids)))
    return {row.purchase_id: row for row in await session.scalars(query)}


async def load_taken_reversals(
    session: Session | Snapshot, purchase_ids: Iterable[str]
) -> dict[str, list[Reversal]]:
    """Load the reversals that returned money of purchases, the oldest first."""
    query = select(Reversal).where(
        Reversal.purchase_id.in_(list(purchase_ids)),
        Reversal.state == ReversalState.TAKEN,
        Reversal.amount_microusd > 0,
    )
    by_purchase: dict[str, list[Reversal]] = defaultdict(list)
    for row in await session.scalars(query.order_by(Reversal.created_at, Reversal.id)):
        by_purchase[row.purchase_id].append(row)
    return by_purchase


def build_lines(
    purchase: Purchase, bill: PurchaseBill | None, reversals: Sequence[Reversal]
) -> list[SalesLine]:
    """Build the line of a purchase and those of its returns, the oldest first."""
    currency, total, tax = DOLLARS, purchase.paid_microusd, 0
    if bill is not None:
        currency, total, tax = bill.currency, bill.total_micros, bill.tax_micros
    unit = get_minor_unit_micros(currency)
    lines = [
        SalesLine(
            at=purchase.created_at, kind="sale", purchase=purchase, bill=bill, currency=currency,
            net_micros=total - tax, tax_micros=tax,
        )
    ]  # fmt: skip
    returned = returned_tax = 0
    for each in reversals:
        # Returns that overlap, such as a refund and a dispute, share the total, as credit notes do.
        part = min(get_returned_micros(each), total - returned)
        if not part:
            continue
        returned += part
        tax_part = calculate_tax_share(tax, returned, total, unit) - returned_tax
        returned_tax += tax_part
        lines.append(
            SalesLine(
                at=each.created_at, kind=each.kind, purchase=purchase, bill=bill,
                currency=currency, net_micros=tax_part - part, tax_micros=-tax_part, reversal=each,
            )
        )  # fmt: skip
    return lines
