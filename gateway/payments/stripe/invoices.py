"""Invoices of top-ups: what the gateway decides by, and the payment that each became."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import stripe

from gateway.kit.wire.json_text import JsonObject
from gateway.payments.bills import Bill, UnbalancedBillError, build_charged_bill
from gateway.payments.currencies import get_minor_unit_micros
from gateway.payments.errors import ProviderObjectMissingError
from gateway.payments.payment import CreditNoteOrder, Payment
from gateway.payments.stripe.http import translate_stripe_errors
from gateway.payments.stripe.readings import add_tax_facts

INVOICE_PREFIX = "in_"
TOP_UP_KIND = "top_up"  # in the metadata: Stripe also makes invoices of ordinary checkouts
PAYMENT_FIELDS = ["payments.data.payment.payment_intent"]  # four levels are the most
BLOCKED_CODE = "do_not_try_again"  # Stripe's advice on a decline: the card will never be charged
CHARGE_FIELDS = ["latest_charge"]  # it has the card's fingerprint
# Stripe's words, translated to those of `gateway.payments.payment`; all others are `expired`
STATUS_WORDS = {"draft": "open", "open": "open", "uncollectible": "open", "paid": "complete"}


class InvoiceStatus(StrEnum):
    """The status of an invoice: open and uncollectible ones can be paid, paid and void are final.

    A person marks one uncollectible in Stripe's dashboard; that does not close its page.
    """

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpInvoice:
    """The invoice of a top-up.

    Amounts are in millionths of its currency. While `is_processing` the bank has not answered yet;
    `decline` is Stripe's word for why it declined the last charge.
    """

    id: str
    customer_id: str
    status: InvoiceStatus
    has_items: bool
    price_micros: int
    total_micros: int
    due_micros: int
    page_url: str | None
    is_processing: bool
    decline: str | None


def read_top_up_invoice(invoice: JsonObject) -> TopUpInvoice:
    """Read an Invoice of Stripe; without a bill its price is 0 and matches nothing."""
    bill, intent = read_invoice_bill(invoice), find_intent(invoice)
    problem = intent.get("last_payment_error") or {}
    return TopUpInvoice(
        id=invoice["id"],
        customer_id=invoice.get("customer") or "",
        status=InvoiceStatus(invoice["status"]),
        has_items=bool((invoice.get("lines") or {}).get("data")),
        price_micros=0 if bill is None else bill.price_micros,
        total_micros=0 if bill is None else bill.total_micros,
        due_micros=(invoice.get("amount_due") or 0)
        * get_minor_unit_micros(invoice.get("currency") or ""),
        page_url=invoice.get("hosted_invoice_url"),
        is_processing=intent.get("status") == "processing",
        decline=read_decline_code(problem) if problem else None,
    )


def read_decline_code(problem: JsonObject) -> str:
    """Read why a bank declined a charge: that it says not to try again outweighs its reason."""
    if problem.get("advice_code") == BLOCKED_CODE:
        return BLOCKED_CODE
    return problem.get("decline_code") or problem.get("code") or "card_declined"


def read_invoice_bill(invoice: JsonObject) -> Bill | None:
    """Read the bill of an invoice; None if an amount is missing or they do not add up."""
    currency = invoice.get("currency") or ""
    subtotal, total = invoice.get("subtotal"), invoice.get("total")
    if subtotal is None or total is None:
        return None
    unit = get_minor_unit_micros(currency)
    taxes = invoice.get("total_taxes") or []
    discounts = invoice.get("total_discount_amounts") or []
    try:
        bill = build_charged_bill(
            currency,
            list_micros=subtotal * unit,
            discount_micros=sum(each["amount"] for each in discounts) * unit,
            tax_micros=sum(each["amount"] for each in taxes) * unit,
            total_micros=total * unit,
        )
    except UnbalancedBillError:
        return None
    # Where Stripe computes no tax its invoice shows none, and the lawful one is ours.
    is_taxed = (invoice.get("automatic_tax") or {}).get("enabled") is True
    return add_invoice_facts(bill, invoice, taxes) if is_taxed else bill


def add_invoice_facts(bill: Bill, invoice: JsonObject, taxes: Sequence[JsonObject]) -> Bill:
    """Add to a bill the invoice of Stripe that computed its tax, and the buyer that is on it.

    An invoice names only the id of its rate, so the bill has no percentage.
    """
    buyer: JsonObject = {
        "address": invoice.get("customer_address"),
        "name": invoice.get("customer_name"),
        "tax_exempt": invoice.get("customer_tax_exempt"),
        "tax_ids": invoice.get("customer_tax_ids"),
    }
    reasons = [{"taxability_reason": each.get("taxability_reason")} for each in taxes]
    return replace(
        add_tax_facts(bill, buyer, reasons),
        provider_invoice_id=invoice["id"],
        provider_invoice_url=invoice.get("hosted_invoice_url"),
    )


async def find_invoice_payment(sdk: stripe.StripeClient, invoice_id: str) -> Payment | None:
    """Return the payment of a top-up's invoice; None if Stripe knows none, or it is no top-up's.

    Raises:
        PaymentProviderError: Stripe cannot be asked.
    """
    try:
        with translate_stripe_errors():
            found = await sdk.v1.invoices.retrieve_async(invoice_id, {"expand": PAYMENT_FIELDS})
    except ProviderObjectMissingError:
        return None
    invoice = found.to_dict()
    return await read_payment(sdk, invoice) if is_top_up(invoice) else None


async def list_invoice_payments_since(
    sdk: stripe.StripeClient, seconds: int
) -> AsyncIterator[Payment]:
    """Yield the payment of every paid invoice of a top-up that was created since a Unix time."""
    params: Any = {"created": {"gte": seconds}, "status": "paid", "limit": 100}
    with translate_stripe_errors():
        page = await sdk.v1.invoices.list_async(params)
        async for each in page.auto_paging_iter():
            if is_top_up(each.to_dict()):
                found = await find_invoice_payment(sdk, each.id)
                if found is not None:
                    yield found


async def find_invoice_id(sdk: stripe.StripeClient, intent_id: str) -> str | None:
    """Return the id of the invoice that a payment intent paid, or None."""
    params: Any = {"payment": {"type": "payment_intent", "payment_intent": intent_id}, "limit": 1}
    with translate_stripe_errors():
        found = await sdk.v1.invoice_payments.list_async(params)
    if not found.data:
        return None
    invoice = found.data[0].invoice
    return invoice if isinstance(invoice, str) else invoice.id


async def find_credit_note(sdk: stripe.StripeClient, order: CreditNoteOrder) -> str | None:
    """Return the id of the credit note that an invoice has for a refund, or None.

    Raises:
        PaymentProviderError: Stripe cannot be asked.
    """
    with translate_stripe_errors():
        page = await sdk.v1.credit_notes.list_async({"invoice": order.invoice_id, "limit": 100})
        async for each in page.auto_paging_iter():
            if is_credit_note_of(each.to_dict(), order):
                return each.id
    return None


def is_credit_note_of(note: JsonObject, order: CreditNoteOrder) -> bool:
    """Return True if a credit note stands, and names our reversal or its refund."""
    is_ours = (note.get("metadata") or {}).get("reversal_id") == order.reversal_id
    refunds = [each.get("refund") for each in note.get("refunds") or []]
    return note.get("status") != "void" and (is_ours or order.refund_id in refunds)


async def read_payment(sdk: stripe.StripeClient, invoice: JsonObject) -> Payment:
    """Read an invoice with its payments as a payment; ask for the card that paid it."""
    intent = find_intent(invoice)
    if invoice.get("status") == InvoiceStatus.PAID and intent.get("id"):
        with translate_stripe_errors():
            charged = await sdk.v1.payment_intents.retrieve_async(
                intent["id"], {"expand": CHARGE_FIELDS}
            )
        intent = charged.to_dict()
    return read_invoice_payment(invoice, intent)


def is_top_up(invoice: JsonObject) -> bool:
    """Return True if an invoice was made for a top-up of ours."""
    return (invoice.get("metadata") or {}).get("kind") == TOP_UP_KIND


def find_intent(invoice: JsonObject) -> JsonObject:
    """Return the payment intent that paid an invoice, or one that may; {} if there is none."""
    payments = list((invoice.get("payments") or {}).get("data") or [])
    payments.sort(key=lambda each: each.get("status") != "paid")
    for each in payments:
        intent = (each.get("payment") or {}).get("payment_intent")
        if intent is not None:
            return intent if isinstance(intent, dict) else {"id": intent}
    return {}


def read_invoice_payment(invoice: JsonObject, intent: JsonObject) -> Payment:
    """Read the invoice of a top-up as a payment; missing fields are empty and will not match."""
    metadata, currency = invoice.get("metadata") or {}, invoice.get("currency") or ""
    charge = intent.get("latest_charge")
    details = (charge if isinstance(charge, dict) else {}).get("payment_method_details") or {}
    status, bill = invoice.get("status") or "", read_invoice_bill(invoice)
    is_paid = status == InvoiceStatus.PAID
    # What a credit at Stripe paid did not come from the card: a person looks at it.
    is_charged_in_full = invoice.get("amount_paid") == invoice.get("total")
    return Payment(
        session_id=invoice["id"],
        status=STATUS_WORDS.get(status, "expired"),
        payment_status="paid" if is_paid else "unpaid",
        amount_micros=(invoice.get("total") or 0) * get_minor_unit_micros(currency),
        currency=currency,
        account_id=metadata.get("account_id") or "",
        checkout_id=metadata.get("checkout_id") or "",
        package_code=metadata.get("package_code") or "",
        livemode=invoice.get("livemode") is True,
        url=invoice.get("hosted_invoice_url"),
        email=invoice.get("customer_email"),
        intent_id=intent.get("id"),
        intent_status=intent.get("status"),
        # The intent of an invoice is Stripe's own. The invoice, which only our key can write,
        # names the checkout, and Stripe links the two.
        intent_checkout_id=metadata.get("checkout_id") if intent.get("id") else None,
        fingerprint=(details.get("card") or {}).get("fingerprint"),
        provider="stripe",
        bill=bill,
        is_balanced=bill is not None and (is_charged_in_full or not is_paid),
    )
