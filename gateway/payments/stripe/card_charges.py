"""Charging a saved card: the pages that save one, invoices, and the card's removal.

Each call that creates something carries an idempotency key made from our own id, so a repetition
after a crash or a lost answer returns what the first call made. An invoice can be paid once and
never after it is void: whatever is repeated, and however late, the card is charged once at most.
"""

import time
from dataclasses import dataclass
from typing import Any, Literal

import stripe

from gateway.kit.wire.json_text import JsonObject
from gateway.payments.bills import TaxTerms
from gateway.payments.errors import PaymentProviderError, ProviderObjectMissingError
from gateway.payments.stripe.client import StripeClient
from gateway.payments.stripe.http import translate_stripe_errors
from gateway.payments.stripe.invoices import InvoiceStatus, TopUpInvoice, read_top_up_invoice
from gateway.payments.stripe.parameters import build_address_collection

CONFIRMATION_CODES = {"authentication_required", "invoice_payment_intent_requires_action"}
CARD_PARAMETERS = {"payment_method", "default_payment_method", "customer"}  # it keeps the card
PAGE_SECONDS = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCardPage:
    """A page of Stripe on which a person saves a card; the card is None until they have.

    `metadata` is what we sent along: only our own key can write it.
    """

    session_id: str
    url: str | None
    account_id: str
    livemode: bool
    metadata: dict[str, str]
    card: "Card | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A saved card: its id at Stripe, and what a person recognises it by."""

    payment_method_id: str
    brand: str
    last4: str


@dataclass(frozen=True, slots=True)
class ChargeAnswer:
    """The answer of the bank to a charge; `code` is Stripe's word for why it was declined."""

    result: Literal["paid", "declined", "needs_person"]
    code: str = ""


async def open_card_page(
    client: StripeClient,
    customer_id: str,
    *,
    account_id: str,
    currency: str,
    terms: TaxTerms,
    metadata: dict[str, str],
    return_url: str,
    cancel_url: str,
) -> SavedCardPage:
    """Open a page that saves a card for charges without its owner.

    Raises:
        PaymentProviderError: no page came.
    """
    params: Any = {
        "mode": "setup",
        "currency": currency,
        "allowed_payment_method_types": ["card"],
        "customer": customer_id,
        "client_reference_id": account_id,
        "metadata": metadata,
        "success_url": return_url,
        "cancel_url": cancel_url,
        **build_address_collection(terms),
        "expires_at": int(time.time()) + PAGE_SECONDS,
    }
    with translate_stripe_errors():
        session = await client.sdk.v1.checkout.sessions.create_async(params)
    return read_card_page(session.to_dict())


async def find_card_page(client: StripeClient, session_id: str) -> SavedCardPage | None:
    """Return a page that saves a card as it is now, or None if Stripe does not know it."""
    try:
        with translate_stripe_errors():
            session = await client.sdk.v1.checkout.sessions.retrieve_async(
                session_id, {"expand": ["setup_intent.payment_method"]}
            )
    except ProviderObjectMissingError:
        return None
    body = session.to_dict()
    return read_card_page(body) if body.get("mode") == "setup" else None


def read_card_page(session: JsonObject) -> SavedCardPage:
    """Read a Checkout Session of mode `setup`."""
    intent = session.get("setup_intent")
    method = intent.get("payment_method") if isinstance(intent, dict) else None
    is_saved = session.get("status") == "complete" and isinstance(method, dict)
    return SavedCardPage(
        session_id=session["id"],
        url=session.get("url"),
        account_id=session.get("client_reference_id") or "",
        livemode=session.get("livemode") is True,
        metadata=dict(session.get("metadata") or {}),
        card=read_card(method) if is_saved and isinstance(method, dict) else None,
    )


def read_card(method: JsonObject) -> Card | None:
    """Read a PaymentMethod; one that is no card, or belongs to no customer any more, is None."""
    details = method.get("card")
    if not isinstance(details, dict) or method.get("customer") is None:
        return None
    return Card(
        payment_method_id=method["id"],
        brand=details.get("brand") or "card",
        last4=details.get("last4") or "",
    )


async def forget_card(client: StripeClient, payment_method_id: str) -> None:
    """Detach a card from its customer, so that nobody can charge it again.

    Raises:
        PaymentProviderError: Stripe is silent. A card that it has forgotten is no error.
    """
    with translate_stripe_errors():
        try:
            await client.sdk.v1.payment_methods.detach_async(payment_method_id)
        except stripe.InvalidRequestError as error:
            # Detached before: Stripe answers 400, or 404 where it forgot the id too.
            if error.http_status not in {400, 404}:
                raise


async def create_draft_invoice(
    client: StripeClient, top_up_id: str, params: dict[str, Any]
) -> TopUpInvoice:
    """Create the draft invoice of a top-up; a repeated call returns the same draft."""
    fixed: Any = {
        "auto_advance": False,  # Stripe neither finalizes nor charges by itself
        "collection_method": "charge_automatically",
        "pending_invoice_items_behavior": "exclude",
        **params,
    }
    with translate_stripe_errors():
        invoice = await client.sdk.v1.invoices.create_async(
            fixed, {"idempotency_key": f"top-up:{top_up_id}:invoice"}
        )
    return read_top_up_invoice(invoice.to_dict())


async def add_invoice_item(client: StripeClient, top_up_id: str, params: dict[str, Any]) -> None:
    """Add the package to the draft of a top-up; a repeated call adds nothing."""
    item: Any = params
    with translate_stripe_errors():
        await client.sdk.v1.invoice_items.create_async(
            item, {"idempotency_key": f"top-up:{top_up_id}:item"}
        )


async def finalize_invoice(client: StripeClient, top_up_id: str, invoice_id: str) -> TopUpInvoice:
    """Finalize the invoice of a top-up: its total and tax are fixed, and nothing is charged."""
    with translate_stripe_errors():
        invoice = await client.sdk.v1.invoices.finalize_invoice_async(
            invoice_id,
            {"auto_advance": False},
            {"idempotency_key": f"top-up:{top_up_id}:finalize"},
        )
    return read_top_up_invoice(invoice.to_dict())


async def fetch_invoice(client: StripeClient, invoice_id: str) -> TopUpInvoice:
    """Fetch the invoice of a top-up as it is now."""
    with translate_stripe_errors():
        invoice = await client.sdk.v1.invoices.retrieve_async(invoice_id)
    return read_top_up_invoice(invoice.to_dict())


async def charge_invoice(
    client: StripeClient, top_up_id: str, invoice_id: str, payment_method_id: str
) -> ChargeAnswer:
    """Charge a saved card for an invoice, without its owner; a repeated call charges nothing more.

    Raises:
        PaymentProviderError: Stripe is silent, or refused; the invoice tells if it was paid.
    """
    with translate_stripe_errors():
        try:
            await client.sdk.v1.invoices.pay_async(
                invoice_id,
                {"off_session": True, "payment_method": payment_method_id},
                {"idempotency_key": f"top-up:{top_up_id}:pay"},
            )
        except stripe.CardError as error:
            return read_decline(error)
        except stripe.InvalidRequestError as error:
            if error.code in CONFIRMATION_CODES:
                return ChargeAnswer("needs_person")
            raise
    return ChargeAnswer("paid")


def is_refused_for_good(error: PaymentProviderError) -> bool:
    """Return True if Stripe refused for what only the person can mend: an address, or the card.

    Any other refusal, such as a bad key or a limit, is no fault of theirs, and may pass.
    """
    if isinstance(error, ProviderObjectMissingError):
        return error.parameter in CARD_PARAMETERS
    cause = error.__cause__
    return (
        isinstance(cause, stripe.InvalidRequestError)
        and cause.code == "customer_tax_location_invalid"
    )


def is_invoice_missing(error: PaymentProviderError) -> bool:
    """Return True if Stripe does not know the invoice: it forgot it, or a twin deleted it."""
    return isinstance(error, ProviderObjectMissingError) and error.parameter not in CARD_PARAMETERS


def read_decline(error: stripe.CardError) -> ChargeAnswer:
    """Read the error of a declined charge: the bank's reason is finer than Stripe's code."""
    detail = None if error.error is None else error.error.decline_code
    if {detail, error.code} & CONFIRMATION_CODES:
        return ChargeAnswer("needs_person")
    return ChargeAnswer("declined", detail or error.code or "card_declined")


async def void_invoice(client: StripeClient, invoice: TopUpInvoice) -> None:
    """End an unpaid invoice for good: a draft is deleted, an open one is void.

    Raises:
        PaymentProviderError: it was not ended, for instance because it has just been paid.
    """
    with translate_stripe_errors():
        if invoice.status == InvoiceStatus.DRAFT:
            await client.sdk.v1.invoices.delete_async(invoice.id)
        elif invoice.status == InvoiceStatus.OPEN:
            await client.sdk.v1.invoices.void_invoice_async(invoice.id)
