"""Objects of Stripe as plain values; what is missing is empty and will match nothing."""

from gateway.kit.wire.json_text import JsonObject
from gateway.payments.bills import Bill, UnbalancedBillError, build_charged_bill
from gateway.payments.currencies import get_minor_unit_micros
from gateway.payments.payment import Payment, ProviderDispute, ProviderRefund

# Stripe's words, translated to those of `gateway.payments.payment`
INTENT_STATUS_WORDS = {"requires_payment_method": "canceled"}
REFUND_STATUS_WORDS = {"requires_action": "pending", "canceled": "failed"}
DISPUTE_STATUS_WORDS = {"warning_closed": "won", "prevented": "won"}


def read_stripe_payment(session: JsonObject) -> Payment:
    """Read a Checkout Session as a payment; missing fields are empty and will not match."""
    intent = session.get("payment_intent")
    expanded: JsonObject = intent if isinstance(intent, dict) else {"id": intent}
    charge = expanded.get("latest_charge")
    details = (charge if isinstance(charge, dict) else {}).get("payment_method_details") or {}
    metadata = session.get("metadata") or {}
    customer = session.get("customer_details") or {}
    currency = session.get("currency") or ""
    minor_unit = get_minor_unit_micros(currency)
    return Payment(
        session_id=session["id"],
        status=session.get("status") or "",
        payment_status=session.get("payment_status") or "",
        amount_micros=(session.get("amount_total") or 0) * minor_unit,
        currency=currency,
        account_id=session.get("client_reference_id") or "",
        checkout_id=metadata.get("checkout_id") or "",
        package_code=metadata.get("package_code") or "",
        livemode=session.get("livemode") is True,
        url=session.get("url"),
        email=customer.get("email") or session.get("customer_email"),
        intent_id=expanded.get("id"),
        intent_status=INTENT_STATUS_WORDS.get(expanded.get("status") or "", expanded.get("status")),
        intent_checkout_id=(expanded.get("metadata") or {}).get("checkout_id"),
        fingerprint=(details.get("card") or {}).get("fingerprint"),
        provider="stripe",
        bill=read_session_bill(session),
    )


def read_session_bill(session: JsonObject) -> Bill | None:
    """Read the bill of a Checkout Session; None if an amount is missing or they do not add up."""
    currency, totals = session.get("currency") or "", session.get("total_details") or {}
    subtotal, total = session.get("amount_subtotal"), session.get("amount_total")
    if subtotal is None or total is None:
        return None
    unit = get_minor_unit_micros(currency)
    try:
        return build_charged_bill(
            currency,
            list_micros=subtotal * unit,
            discount_micros=(totals.get("amount_discount") or 0) * unit,
            tax_micros=(totals.get("amount_tax") or 0) * unit,
            total_micros=total * unit,
        )
    except UnbalancedBillError:
        return None


def read_stripe_refund(refund: JsonObject) -> ProviderRefund:
    """Read a refund of Stripe."""
    return ProviderRefund(
        id=refund["id"],
        intent_id=refund.get("payment_intent"),
        amount_micros=refund["amount"] * get_minor_unit_micros(refund.get("currency") or ""),
        status=REFUND_STATUS_WORDS.get(refund.get("status") or "", refund.get("status") or ""),
        reversal_id=(refund.get("metadata") or {}).get("reversal_id"),
        reason=refund.get("reason"),
    )


def read_stripe_dispute(dispute: JsonObject) -> ProviderDispute:
    """Read a dispute of Stripe.

    Its balance transactions are in the currency of payouts to the operator: only signs count.
    """
    moved_amounts = [each["amount"] for each in dispute.get("balance_transactions") or []]
    return ProviderDispute(
        id=dispute["id"],
        intent_id=dispute.get("payment_intent"),
        amount_micros=dispute["amount"] * get_minor_unit_micros(dispute.get("currency") or ""),
        status=DISPUTE_STATUS_WORDS.get(dispute.get("status") or "", dispute.get("status") or ""),
        withdrawn=any(amount < 0 for amount in moved_amounts),
        reinstated=any(amount > 0 for amount in moved_amounts),
        reason=dispute.get("reason"),
    )
