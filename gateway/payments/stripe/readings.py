"""Objects of Stripe as plain values; what is missing is empty and will match nothing."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from gateway.kit.wire.json_text import JsonObject
from gateway.payments.bills import Bill, UnbalancedBillError, build_charged_bill
from gateway.payments.currencies import get_minor_unit_micros
from gateway.payments.payment import Payment, ProviderDispute, ProviderRefund

# Stripe's words, translated to those of `gateway.payments.payment`
PAYMENT_STATUS_WORDS = {"no_payment_required": "free"}
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
    paid, bill = session.get("payment_status") or "", read_session_bill(session)
    minor_unit = get_minor_unit_micros(currency)
    return Payment(
        session_id=session["id"],
        status=session.get("status") or "",
        payment_status=PAYMENT_STATUS_WORDS.get(paid, paid),
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
        bill=bill,
        is_balanced=bill is not None,
    )


def read_session_bill(session: JsonObject) -> Bill | None:
    """Read the bill of a Checkout Session; None if an amount is missing or they do not add up."""
    currency, totals = session.get("currency") or "", session.get("total_details") or {}
    subtotal, total = session.get("amount_subtotal"), session.get("amount_total")
    if subtotal is None or total is None:
        return None
    unit = get_minor_unit_micros(currency)
    try:
        charged = build_charged_bill(
            currency,
            list_micros=subtotal * unit,
            discount_micros=(totals.get("amount_discount") or 0) * unit,
            tax_micros=(totals.get("amount_tax") or 0) * unit,
            total_micros=total * unit,
        )
    except UnbalancedBillError:
        return None
    invoice = session.get("invoice")
    invoice = invoice if isinstance(invoice, dict) else {"id": invoice}
    charged = replace(
        charged,
        promotion_code=read_promotion_code(session.get("discounts") or []),
        provider_invoice_id=invoice.get("id"),
        provider_invoice_url=invoice.get("hosted_invoice_url"),
    )
    # Without a tax the buyer's name and address are nothing that we need.
    is_taxed = (session.get("automatic_tax") or {}).get("enabled") is True
    taxes = (totals.get("breakdown") or {}).get("taxes") or []
    buyer = session.get("customer_details") or {}
    return add_tax_facts(charged, buyer, taxes) if is_taxed else charged


def add_tax_facts(charged: Bill, buyer: JsonObject, taxes: Sequence[JsonObject]) -> Bill:
    """Add the buyer of a taxed payment and the rate of its tax to a bill.

    Several rates, as of a state and its city, have no one name and percentage.
    """
    rates = [each["rate"] for each in taxes if each.get("amount")]
    rate = rates[0] if len(rates) == 1 else {}
    address = {name: text for name, text in (buyer.get("address") or {}).items() if text}
    reasons = {each.get("taxability_reason") for each in taxes}
    return replace(
        charged,
        tax_name=rate.get("display_name"),
        tax_percent=f"{Decimal(str(rate['percentage'])).normalize():f}" if rate else None,
        reverse_charge="reverse_charge" in reasons or buyer.get("tax_exempt") == "reverse",
        country=address.get("country"),
        tax_id=next((each["value"] for each in buyer.get("tax_ids") or []), None),
        buyer_name=buyer.get("business_name") or buyer.get("name"),
        buyer_address=address or None,
    )


def read_promotion_code(discounts: Sequence[JsonObject]) -> str | None:
    """Return the code of the discount of a payment as its buyer entered it, else its id."""
    for each in discounts:
        code = each.get("promotion_code")
        return code.get("code") if isinstance(code, dict) else code or each.get("coupon")
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
