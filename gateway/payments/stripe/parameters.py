"""Parameters of calls to Stripe, from a checkout: pure, so that a repeated call is the same."""

from typing import Any

from gateway.kit.clock import SECOND
from gateway.payments.bills import TaxTerms
from gateway.payments.currencies import get_minor_unit_micros
from gateway.payments.purchases.purchase_bills import get_price_micros, read_tax_terms
from gateway.payments.states import TaxSource
from gateway.payments.tables import Checkout


def to_minor_units(amount_micros: int, currency: str) -> int:
    """Convert millionths of a currency to its smallest unit, in which Stripe counts."""
    return amount_micros // get_minor_unit_micros(currency)


def needs_customer(checkout: Checkout) -> bool:
    """Return True if the page needs a Customer: for tax, cards, or to know a first payment."""
    return (
        checkout.tax_source == TaxSource.PROVIDER
        or bool(checkout.discountable)
        or checkout.card_person_id is not None
    )


def build_price_tax(terms: TaxTerms) -> dict[str, Any]:
    """Build what a price or an invoice item says of its tax."""
    if terms.source != TaxSource.PROVIDER:
        return {}
    return {"tax_behavior": "inclusive" if terms.included else "exclusive"}


def build_automatic_tax(terms: TaxTerms) -> dict[str, Any]:
    """Build what a session or an invoice says of its tax."""
    return {"automatic_tax": {"enabled": True}} if terms.source == TaxSource.PROVIDER else {}


def build_tax_collection(terms: TaxTerms) -> dict[str, Any]:
    """Build what a payment page asks its buyer for, and the invoice that it makes."""
    if terms.source != TaxSource.PROVIDER:
        return {}
    return {
        **build_automatic_tax(terms),
        **build_address_collection(terms),
        "invoice_creation": {"enabled": True},
    }


def build_address_collection(terms: TaxTerms) -> dict[str, Any]:
    """Build what a page asks for to know the tax of its buyer, now or of later charges."""
    if terms.source != TaxSource.PROVIDER:
        return {}
    return {
        "tax_id_collection": {"enabled": True},
        "billing_address_collection": "required",
        "customer_update": {"address": "auto", "name": "auto"},
    }


def build_session_parameters(checkout: Checkout, *, site: str) -> dict[str, Any]:
    """Build the parameters of the Checkout Session of a checkout."""
    terms = read_tax_terms(checkout)
    separator = "&" if "?" in checkout.return_path else "?"
    return_path = f"{checkout.return_path}{separator}session_id={{CHECKOUT_SESSION_ID}}"
    price_data = {
        "currency": checkout.currency,
        "unit_amount": to_minor_units(get_price_micros(checkout), checkout.currency),
        "product_data": {"name": f"{checkout.package_name} credit"},
        **build_price_tax(terms),
    }
    parameters: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price_data}],
        "client_reference_id": checkout.account_id,
        "metadata": {"checkout_id": checkout.id, "package_code": checkout.package_code},
        "payment_intent_data": {"metadata": {"checkout_id": checkout.id}},
        "adaptive_pricing": {"enabled": False},
        "success_url": f"{site}{return_path}",
        "cancel_url": f"{site}/credits?mode={checkout.book}",
        "expires_at": checkout.expires_at // SECOND,
        **build_tax_collection(terms),
    }
    if checkout.card_person_id is not None:
        parameters["payment_intent_data"]["setup_future_usage"] = "off_session"
    if checkout.discountable:
        parameters["allow_promotion_codes"] = True
    if checkout.customer_id is not None:
        parameters["customer"] = checkout.customer_id
    elif checkout.email is not None:
        parameters["customer_email"] = checkout.email
    return parameters
