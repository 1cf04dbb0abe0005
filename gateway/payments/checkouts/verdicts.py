"""The verdict on a payment: does it match its checkout? Pure."""

from dataclasses import dataclass
from typing import Literal

from gateway.payments.payment import Payment
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout

Decision = CheckoutState | Literal["paid"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state of a checkout, or `paid`; `reason` tells a person why it needs review."""

    decision: Decision
    reason: str = ""


def judge_payment(checkout: Checkout, payment: Payment) -> Verdict:
    """Compare a payment with its checkout; only an exact match is `paid`."""
    if payment.payment_status == "paid":
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
    pairs = {
        "amount": (checkout.price_microusd, payment.amount_micros),
        "currency": ("usd", payment.currency),
        "account": (checkout.account_id, payment.account_id),
        "checkout": (checkout.id, payment.checkout_id),
        "package": (checkout.package_code, payment.package_code),
        "livemode": (checkout.book == "live", payment.livemode),
        "session": (checkout.provider_reference or payment.session_id, payment.session_id),
        "payment intent": (checkout.id, payment.intent_checkout_id),
    }
    return [name for name, (ours, theirs) in pairs.items() if ours != theirs]
