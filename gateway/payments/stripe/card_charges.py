"""Charging a saved card: the pages that save one, invoices, and the card's removal.

Each call that creates something carries an idempotency key made from our own id, so a repetition
after a crash or a lost answer returns what the first call made. An invoice can be paid once and
never after it is void: whatever is repeated, and however late, the card is charged once at most.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import stripe

from gateway.kit.wire.json_text import JsonObject
from gateway.payments.bills import TaxTerms
from gateway.payments.errors import PaymentProviderError, ProviderObjectMissingError
from gateway.payments.stripe.client import StripeClient
from gateway.payments.stripe.http import translate_stripe_errors
from gateway.payments.stripe.invoices import (
    PAYMENT_FIELDS,
    InvoiceStatus,
    TopUpInvoice,
    read_decline_code,
    read_top_up_invoice,
)
from gateway.payments.stripe.parameters import build_address_collection

CONFIRMATION_CODES = {"authentication_required", "invoice_payment_intent_requires_action"}
CARD_PARAMETERS = {"payment_method", "default_payment_method", "customer"}  # it keeps the card
CARD_FIELDS = ["setup_intent.payment_method", "payment_intent.payment_method"]
OFF_SESSION = "off_session"
PAGE_SECONDS = 3_600
REPLAYED_HEADER = "idempotent-replayed"
T = TypeVar("T")
log = logging.getLogger("gateway.payments")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCardPage:
    """A page of Stripe on which a person saves a card, perhaps while they pay.

    The card is None until it is saved. A page that `is_over` saves none any more. `metadata` is
    what we sent along: only our own key can write it.
    """

    session_id: str
    url: str | None
    account_id: str
    livemode: bool
    metadata: dict[str, str]
    is_over: bool
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

    result: Literal["paid", "declined", "needs_person", "processing"]
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
                session_id, {"expand": CARD_FIELDS}
            )
    except ProviderObjectMissingError:
        return None
    return read_card_page(session.to_dict())


def read_card_page(session: JsonObject) -> SavedCardPage:
    """Read a Checkout Session: one of mode `setup` saves a card, and one that says so as it sells.

    That of a mere purchase is none of ours: its intent says nothing of later charges.
    """
    intent = session.get("setup_intent") or session.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {}
    method, is_complete = intent.get("payment_method"), session.get("status") == "complete"
    is_saved = is_complete and intent.get("status") == "succeeded" and OFF_SESSION in {
        intent.get("usage"), intent.get("setup_future_usage")
    }  # fmt: skip
    is_waiting = intent.get("status") == "processing"
    return SavedCardPage(
        session_id=session["id"],
        url=session.get("url"),
        account_id=session.get("client_reference_id") or "",
        livemode=session.get("livemode") is True,
        metadata=dict(session.get("metadata") or {}),
        is_over=session.get("status") == "expired" or (is_complete and not is_waiting),
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


async def forget_card(
    client: StripeClient, payment_method_id: str, customer_id: str | None
) -> None:
    """Detach a card from its customer, so that nobody can charge it again.

    Raises:
        PaymentProviderError: Stripe is silent, or does not know our customer either. A card that it
            has forgotten is no error.
    """
    with translate_stripe_errors():
        try:
            await client.sdk.v1.payment_methods.detach_async(payment_method_id)
        except stripe.InvalidRequestError:
            if not await is_card_forgotten(client, payment_method_id, customer_id):
                raise


async def is_card_forgotten(
    client: StripeClient, payment_method_id: str, customer_id: str | None
) -> bool:
    """Return True if no customer has a card any more.

    With a key of another account of Stripe every id is unknown. So an unknown card is forgotten
    only if Stripe knows the customer who had it, if only as deleted.
    """
    try:
        method = await client.sdk.v1.payment_methods.retrieve_async(payment_method_id)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing" or customer_id is None:
            return False
    else:
        return method.customer is None
    try:
        await client.sdk.v1.customers.retrieve_async(customer_id)
    except stripe.InvalidRequestError:
        return False
    return True


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

    async def create(key: str) -> stripe.Invoice:
        return await client.sdk.v1.invoices.create_async(fixed, {"idempotency_key": key})

    async def find() -> stripe.Invoice | None:
        wanted: Any = {"customer": params["customer"], "status": "draft", "limit": 100}
        drafts = await client.sdk.v1.invoices.list_async(wanted)
        for each in drafts.data:
            if (each.to_dict().get("metadata") or {}).get("checkout_id") == top_up_id:
                return each
        return None

    with translate_stripe_errors():
        invoice = await call_once(f"top-up:{top_up_id}:invoice", create, find)
    return read_top_up_invoice(invoice.to_dict())


async def add_invoice_item(client: StripeClient, top_up_id: str, params: dict[str, Any]) -> None:
    """Add the package to the draft of a top-up; a repeated call adds nothing."""
    item: Any = params

    async def create(key: str) -> stripe.InvoiceItem:
        return await client.sdk.v1.invoice_items.create_async(item, {"idempotency_key": key})

    async def find() -> stripe.InvoiceItem | None:
        added: Any = {"invoice": params["invoice"], "limit": 1}
        return next(iter((await client.sdk.v1.invoice_items.list_async(added)).data), None)

    with translate_stripe_errors():
        await call_once(f"top-up:{top_up_id}:item", create, find)


async def finalize_invoice(client: StripeClient, top_up_id: str, invoice_id: str) -> TopUpInvoice:
    """Finalize the invoice of a top-up: its total and tax are fixed, and nothing is charged."""

    async def finalize(key: str) -> stripe.Invoice:
        return await client.sdk.v1.invoices.finalize_invoice_async(
            invoice_id, {"auto_advance": False}, {"idempotency_key": key}
        )

    async def find() -> stripe.Invoice | None:
        invoice = await client.sdk.v1.invoices.retrieve_async(invoice_id)
        return None if invoice.status == InvoiceStatus.DRAFT else invoice

    with translate_stripe_errors():
        invoice = await call_once(f"top-up:{top_up_id}:finalize", finalize, find)
    return read_top_up_invoice(invoice.to_dict())


async def fetch_invoice(client: StripeClient, invoice_id: str) -> TopUpInvoice:
    """Fetch the invoice of a top-up, with its payment, as it is now."""
    with translate_stripe_errors():
        invoice = await client.sdk.v1.invoices.retrieve_async(
            invoice_id, {"expand": PAYMENT_FIELDS}
        )
    return read_top_up_invoice(invoice.to_dict())


async def charge_invoice(
    client: StripeClient, top_up_id: str, invoice_id: str, payment_method_id: str
) -> ChargeAnswer:
    """Charge a saved card for an invoice, without its owner; a repeated call charges nothing more.

    Raises:
        PaymentProviderError: Stripe is silent, or refused; the invoice tells if it was paid.
    """

    async def pay(key: str) -> stripe.Invoice:
        return await client.sdk.v1.invoices.pay_async(
            invoice_id,
            {"off_session": True, "payment_method": payment_method_id},
            {"idempotency_key": key},
        )

    async def find() -> stripe.Invoice | None:
        invoice = await client.sdk.v1.invoices.retrieve_async(invoice_id)
        return None if invoice.status == InvoiceStatus.OPEN else invoice

    with translate_stripe_errors():
        try:
            invoice = await call_once(f"top-up:{top_up_id}:pay", pay, find)
        except stripe.CardError as error:
            return read_decline(error)
        except stripe.InvalidRequestError as error:
            if error.code in CONFIRMATION_CODES:
                return ChargeAnswer("needs_person")
            raise
    return ChargeAnswer("processing" if invoice.status == InvoiceStatus.OPEN else "paid")


async def call_once(
    key: str, call: Callable[[str], Awaitable[T]], find: Callable[[], Awaitable[T | None]]
) -> T:
    """Call Stripe under an idempotency key, so that a repetition returns what the first call made.

    For a day Stripe also repeats the failure of a first call that broke within it. That call did
    its work or did not: if it cannot be found, it is made anew, under a key of this hour.
    """
    try:
        return await call(key)
    except stripe.APIError as error:
        if REPLAYED_HEADER not in {name.lower() for name in error.headers or {}}:
            raise
        log.warning("stripe: the call %s failed, and is made again", key)
    made = await find()
    return made if made is not None else await call(f"{key}:{int(time.time()) // 3600}")


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
    problem = {} if error.error is None else error.error.to_dict()
    if {problem.get("decline_code"), error.code} & CONFIRMATION_CODES:
        return ChargeAnswer("needs_person")
    return ChargeAnswer("declined", read_decline_code({"code": error.code, **problem}))


async def void_invoice(client: StripeClient, invoice: TopUpInvoice) -> None:
    """End an unpaid invoice for good: a draft is deleted, any other is void.

    Raises:
        PaymentProviderError: it was not ended, for instance because it has just been paid.
    """
    with translate_stripe_errors():
        if invoice.status == InvoiceStatus.DRAFT:
            await client.sdk.v1.invoices.delete_async(invoice.id)
        elif invoice.status in {InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE}:
            await client.sdk.v1.invoices.void_invoice_async(invoice.id)
