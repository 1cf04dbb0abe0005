"""The verdict on a payment: does it match its checkout? Pure."""

from dataclasses import dataclass
from typing import Literal

from gateway.payments.bills import Bill
from gateway.payments.payment import Payment
from gateway.payments.purchases.purchase_bills import get_price_micros
from gateway.payments.states import CheckoutState, TaxSource
from gateway.payments.tables import Checkout

Decision = CheckoutState | Literal["paid"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state of a checkout, or `paid`; `reason` tells a person why it needs review."""

    decision: Decision
    reason: str = ""


def judge_payment(checkout: Checkout, payment: Payment) -> Verdict:
    """Compare a payment with its checkout; only an exact match is `paid`."""
    if payment.is_settled:
        wrong = list_mismatches(checkout, payment)
        return (
            Verdict(CheckoutState.REVIEW, f"mismatch: {', '.join(wrong)}")
            if wrong
            else Verdict("paid")
        )
    if payment.status == "complete":
        if payment.payment_status != "unpaid":
            return Verdict(CheckoutState.REVIEW, f"payment status {payment.payment_status}")
        return Verdict(
            CheckoutState.FAILED
            if payment.intent_status == "canceled"
            else CheckoutState.PROCESSING
        )
    return Verdict(CheckoutState.EXPIRED if payment.status == "expired" else CheckoutState.OPEN)


def list_mismatches(checkout: Checkout, payment: Payment) -> list[str]:
    """List the fields in which a payment differs from its checkout."""
    free = payment.payment_status == "free"
    pairs = {
        "amount": (get_price_micros(checkout), get_listed_micros(payment)),
        "sum": (True, payment.is_balanced),
        "nothing to pay": (free, not payment.amount_micros),
        "currency": (checkout.currency, payment.currency),
        "account": (checkout.account_id, payment.account_id),
        "checkout": (checkout.id, payment.checkout_id),
        "package": (checkout.package_code, payment.package_code),
        "livemode": (checkout.book == "live", payment.livemode),
        "session": (checkout.provider_reference or payment.session_id, payment.session_id),
        "payment intent": (None if free else checkout.id, payment.intent_checkout_id),
    }
    wrong = [name for name, (ours, theirs) in pairs.items() if ours != theirs]
    return wrong + ([] if payment.bill is None else list_bill_mismatches(checkout, payment.bill))


def get_listed_micros(payment: Payment) -> int:
    """Return the price before discount and tax, as the provider has it."""
    return payment.amount_micros if payment.bill is None else payment.bill.list_micros


def list_bill_mismatches(checkout: Checkout, bill: Bill) -> list[str]:
    """List what of a discount or a tax the checkout does not provide for."""
    taxed = bill.tax_micros > 0
    wrong = {
        "discount": bill.discount_micros > 0 and not checkout.discountable,
        "tax": taxed and checkout.tax_source != TaxSource.PROVIDER,
        "tax behavior": taxed and bill.tax_included != bool(checkout.tax_included),
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]
