"""Payments of an account behind the transfers of its ledger: purchases, and what went back.

Each has the amounts of its charge in the currency that was charged, and the credit that the ledger
moved for it. What went back is negative, and what a failed refund or a won dispute brought again is
not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from gateway.kit.database.sessions import Snapshot
from gateway.ledger.reports.postings import Posting
from gateway.ledger.states import TransferCode
from gateway.payments.currencies import get_minor_unit_micros
from gateway.payments.invoices.corrections import calculate_tax_share
from gateway.payments.invoices.documents import Document, render_invoice_number
from gateway.payments.invoices.reading import DocumentKey, load_documents_of_purchases
from gateway.payments.invoices.tables import Invoice
from gateway.payments.purchases.purchase_bills import (
    get_currency,
    get_total_micros,
    load_purchase_bills,
)
from gateway.payments.purchases.receipt_mail import render_receipt_number
from gateway.payments.refunds.reversal_rows import BONUS_SUFFIX, UNDO_CODES
from gateway.payments.sales_journal import build_lines, load_returns
from gateway.payments.tables import Purchase, PurchaseBill, Reversal

BATCH_REFERENCES = 500
GIVEN_BACK_CODES = frozenset(UNDO_CODES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPayment:
    """A purchase, or a return of one, with the credit that it moved.

    `kind` is the code of its transfer. `invoice` is our own invoice or credit note of it.
    """

    kind: str
    at: int
    credit_microusd: int
    purchase: Purchase | None = None
    bill: PurchaseBill | None = None
    net_micros: int = 0
    tax_micros: int = 0
    invoice: Invoice | None = None

    @property
    def currency(self) -> str:
        """Return the currency that was charged."""
        return get_currency(self.bill)

    @property
    def receipt_number(self) -> str | None:
        """Return the number of the purchase's receipt."""
        if self.purchase is None or self.purchase.receipt_number is None:
            return None
        return render_receipt_number(self.purchase)

    @property
    def invoice_number(self) -> str | None:
        """Return the number of our invoice or credit note."""
        return None if self.invoice is None else render_invoice_number(self.invoice)

    @property
    def buyer(self) -> tuple[str | None, str | None, str | None]:
        """Return name, country and tax id of the buyer, as our invoice has them, else the bill."""
        if self.invoice is not None:
            buyer = Document.from_json(self.invoice.document_json).buyer
            return buyer.name, buyer.country, buyer.tax_id
        if self.bill is not None:
            return self.bill.buyer_name, self.bill.country, self.bill.tax_id
        return None, None, None


@dataclass(frozen=True, slots=True)
class _Sources:
    """The rows behind transfers: purchases by natural key, reversals by reference, their bills."""

    purchases: Mapping[str, Purchase]
    reversals: Mapping[str, Reversal]
    by_id: Mapping[str, Purchase]
    bills: Mapping[str, PurchaseBill]
    invoices: Mapping[DocumentKey, Invoice]
    returns: Mapping[str, list[Reversal]]


async def load_account_payments(
    snapshot: Snapshot, account: int, postings: Sequence[Posting]
) -> list[AccountPayment]:
    """Load the payments behind postings of one ledger account, in the order of the postings.

    The credit and the bonus that one refund took are one payment. A posting without a purchase is
    listed with its credit alone, so that the credits always add up to the postings.
    """
    sources = await _load_sources(snapshot, account, postings)
    payments: dict[tuple[str, str], AccountPayment] = {}
    for posting in postings:
        key = (posting.code, posting.reference.removesuffix(BONUS_SUFFIX))
        known = payments.get(key)
        payments[key] = (
            _build_payment(posting, sources)
            if known is None
            else replace(known, credit_microusd=known.credit_microusd + posting.amount_microusd)
        )
    return list(payments.values())


async def _load_sources(snapshot: Snapshot, account: int, postings: Sequence[Posting]) -> _Sources:
    bought = [each.reference for each in postings if each.code == TransferCode.PURCHASE]
    returned = {
        each.reference.removesuffix(BONUS_SUFFIX)
        for each in postings
        if each.code != TransferCode.PURCHASE
    }
    of_account = select(Purchase).where(Purchase.ledger_account == account)
    purchases: dict[str, Purchase] = {}
    for part in _split(bought):
        for row in await snapshot.scalars(of_account.where(Purchase.natural_key.in_(part))):
            purchases[row.natural_key] = row
    reversals: dict[str, Reversal] = {}
    for part in _split(sorted(returned)):
        query = (
            select(Reversal)
            .join(Purchase, Purchase.id == Reversal.purchase_id)
            .where(Purchase.ledger_account == account, Reversal.provider_reference.in_(part))
        )
        for reversal in await snapshot.scalars(query):
            reversals[str(reversal.provider_reference)] = reversal
    by_id = {row.id: row for row in purchases.values()}
    for part in _split(sorted({row.purchase_id for row in reversals.values()} - set(by_id))):
        for row in await snapshot.scalars(of_account.where(Purchase.id.in_(part))):
            by_id[row.id] = row
    bills: dict[str, PurchaseBill] = {}
    returns: dict[str, list[Reversal]] = {}
    for part in _split(sorted(by_id)):
        bills |= await load_purchase_bills(snapshot, part)
        returns |= await load_returns(snapshot, part)
    invoices = await load_documents_of_purchases(snapshot, sorted(by_id))
    return _Sources(purchases, reversals, by_id, bills, invoices, returns)


def _build_payment(posting: Posting, sources: _Sources) -> AccountPayment:
    payment = AccountPayment(
        kind=posting.code, at=posting.at, credit_microusd=posting.amount_microusd
    )
    reversal = sources.reversals.get(posting.reference.removesuffix(BONUS_SUFFIX))
    if posting.code == TransferCode.PURCHASE:
        purchase, reversal = sources.purchases.get(posting.reference), None
    else:
        purchase = sources.by_id.get(reversal.purchase_id) if reversal else None
    if purchase is None:
        return payment
    bill = sources.bills.get(purchase.id)
    if reversal is None:
        total, tax = get_total_micros(purchase, bill), bill.tax_micros if bill else 0
    else:
        returns = sources.returns.get(purchase.id, [])
        total, tax = _compute_return(posting.code, purchase, bill, reversal, returns)
    is_return = reversal is not None and posting.code not in GIVEN_BACK_CODES
    document_key = (
        purchase.id,
        None if reversal is None else reversal.id,
        "credit_note" if is_return else "invoice",
    )
    return replace(
        payment,
        purchase=purchase,
        bill=bill,
        net_micros=total - tax,
        tax_micros=tax,
        invoice=sources.invoices.get(document_key),
    )


def _compute_return(
    code: str,
    purchase: Purchase,
    bill: PurchaseBill | None,
    reversal: Reversal,
    returns: Sequence[Reversal],
) -> tuple[int, int]:
    """Return the signed total and tax of a return, as the journal of sales has them.

    A return that overlaps others may change nothing there. The journal leaves out a dispute without
    an outcome: its tax is its own share of the total's.
    """
    is_restored = code in GIVEN_BACK_CODES
    for line in build_lines(purchase, bill, returns):
        if line.reversal and line.reversal.id == reversal.id and line.is_restored == is_restored:
            return line.total_micros, line.tax_micros
    if any(row.id == reversal.id for row in returns):
        return 0, 0
    part = reversal.returned_micros
    tax = calculate_tax_share(
        bill.tax_micros if bill else 0,
        part,
        get_total_micros(purchase, bill),
        get_minor_unit_micros(get_currency(bill)),
    )
    sign = 1 if is_restored else -1
    return (sign * part, sign * tax) if part else (0, 0)


def _split(values: Sequence[str]) -> Iterable[Sequence[str]]:
    """Yield values in parts: a database takes only so many in one statement."""
    for start in range(0, len(values), BATCH_REFERENCES):
        yield values[start : start + BATCH_REFERENCES]
