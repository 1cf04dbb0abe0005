"""Checkouts: orders to buy a package, committed before a provider is asked for money.

A hosted checkout takes three steps: commit the row as `creating`, ask the provider for its payment
page, commit the page. No transaction is open during the call. If the gateway stops in between, the
row stays `creating`; a repeated request or the sweeper then takes the last two steps again. An
equal request gets the same page from the provider by its idempotency key. A try that asks for
something else, such as a return to another address of ours, gets a page of its own; the page that
is stored first is the only one that a buyer is given.
"""

import asyncio
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from gateway.identity.keys import keys
from gateway.kit import faults, idempotency
from gateway.kit.clock import HOUR, to_iso
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import AccountFrozen, IdempotencyConflict, IdempotencyInProgress, NotFound
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller
from gateway.ledger.accounts import freezes
from gateway.payments.checkouts.card_pages import record_checkout_page
from gateway.payments.currencies import DOLLARS
from gateway.payments.errors import (
    PaymentProviderBusyError,
    PaymentProviderError,
    ProviderObjectMissingError,
    UnknownPackage,
)
from gateway.payments.packages import Package
from gateway.payments.payment import Payment
from gateway.payments.provider import Provider
from gateway.payments.shop import CustomerProvider, Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout

CHECKOUT_LIFETIME = HOUR
UNCREDITED_STATES = (CheckoutState.SEEN, CheckoutState.PROCESSING, CheckoutState.REVIEW)
TWIN_WAIT_SECONDS, TWIN_POLLS_PER_SECOND = 10, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """A request to buy a package, and the key and hash that recognise its repetition.

    `currency` is one that the package has a price in. `card_person_id` is the person whose card the
    payment page saves for later charges, if it does.
    """

    package: Package
    return_path: str
    email: str | None
    idempotency_key: str | None
    request_hash: bytes
    currency: str = DOLLARS
    card_person_id: str | None = None


async def start_hosted_checkout(
    shop: Shop, caller: Caller, requested: CheckoutRequest, provider: str
) -> tuple[Checkout, bool]:
    """Open a hosted checkout, or return the one that the same request opened before.

    Returns: the checkout, and True if the request was answered before.

    Raises:
        AccountFrozen, IdempotencyConflict, PaymentMethodUnavailable: nothing was opened.
        PaymentProviderError: no page came; the same request continues from here.
        UnknownPackage: the provider does not sell this package.
    """
    check_package_sold(
        shop.get_hosted_provider(provider, caller.book), requested.package, requested.currency
    )
    try:
        checkout = await find_or_add_checkout(shop, caller, requested, provider)
    except IntegrityError:
        # An equal request committed its row between our SELECT and our INSERT. The unique index on
        # the key refused ours, and a second look finds that row.
        checkout = await find_or_add_checkout(shop, caller, requested, provider)
    if checkout.state != CheckoutState.CREATING:
        return checkout, True
    await faults.reach("checkout.row_committed")
    return await open_payment_page(shop, checkout), False


def check_package_sold(provider: Provider, package: Package, currency: str = DOLLARS) -> None:
    """Check that a provider sells a package in a currency.

    Raises:
        UnknownPackage: it does not.
    """
    if not provider.can_sell(package):
        hint = "Use one of its methods in GET /api/v1/packages."
        raise UnknownPackage(
            "This package cannot be paid in this way.", field="packageCode", hint=hint
        )
    currencies = list(package.list_prices()) if provider.takes_currencies else [DOLLARS]
    if currency not in currencies:
        hint = f"Use one of {', '.join(currencies)}."
        raise UnknownPackage(
            "This package has no price in this currency.", field="currency", hint=hint
        )


async def find_or_add_checkout(
    shop: Shop, caller: Caller, requested: CheckoutRequest, provider: str
) -> Checkout:
    """Return the checkout of this request; add it if the key is new or missing."""
    async with shop.database.write() as session:
        earlier = await find_checkout_by_key(session, caller, requested, provider)
        if earlier is not None:
            return earlier
        return await add_checkout(
            session, shop, caller, requested, provider=provider, state=CheckoutState.CREATING
        )


async def add_checkout(
    session: Session,
    shop: Shop,
    caller: Caller,
    requested: CheckoutRequest,
    *,
    provider: str,
    state: CheckoutState,
) -> Checkout:
    """Add a checkout, with a copy of its package.

    Raises:
        AccountClosed: a closed account buys nothing.
        AccountFrozen: the operator froze the account.
    """
    # The account's row stays locked until the commit. Closing an account takes the same lock, so
    # it either sees this checkout or is complete before it.
    await keys.lock_account(session, caller.account_id)
    freezes_in_force = await freezes.list_freezes(session, caller.ledger_account)
    if any(reason == "operator" for reason, _ in freezes_in_force):
        raise AccountFrozen
    now = await get_database_time(session)
    package, terms = requested.package, shop.get_tax_terms(provider)
    can_discount = shop.provider_classes[provider].takes_promotion_codes
    row = Checkout(
        id=shop.ids.new("chk"),
        account_id=caller.account_id,
        ledger_account=caller.ledger_account,
        book=caller.book,
        provider=provider,
        state=state,
        package_code=package.code,
        package_name=package.name,
        price_microusd=package.price_microusd,
        credit_microusd=package.credit_microusd,
        bonus_microusd=package.bonus_microusd,
        email=requested.email,
        return_path=requested.return_path,
        idempotency_key=requested.idempotency_key,
        request_hash=requested.request_hash,
        provider_reference=None,
        url=None,
        review_reason=None,
        created_at=now,
        expires_at=now + CHECKOUT_LIFETIME,
        currency=requested.currency,
        price_micros=package.list_prices()[requested.currency],
        tax_source=terms.source,
        tax_included=int(terms.included),
        tax_name=terms.name,
        tax_percent=terms.percent,
        discountable=int(can_discount and shop.takes_promotion_codes),
        card_person_id=requested.card_person_id,
    )
    session.add(row)
    return row


async def has_uncredited_payment(session: Session | Snapshot, account_id: str) -> bool:
    """Return True if live money was sent for an account and is neither credited nor rejected."""
    checkout_ids = select(Checkout.id).where(
        Checkout.account_id == account_id,
        Checkout.book == "live",
        Checkout.state.in_(UNCREDITED_STATES),
    )
    return await session.scalar(checkout_ids.limit(1)) is not None


async def find_checkout_by_key(
    session: Session, caller: Caller, requested: CheckoutRequest, provider: str
) -> Checkout | None:
    """Return the checkout that this idempotency key opened, None if the key is new or expired.

    Raises:
        IdempotencyConflict: the key opened it for another request.
    """
    if requested.idempotency_key is None:
        return None
    checkout = await session.scalar(
        select(Checkout).where(
            Checkout.account_id == caller.account_id,
            Checkout.book == caller.book,
            Checkout.provider == provider,
            Checkout.idempotency_key == requested.idempotency_key,
        )
    )
    if checkout is None:
        return None
    now = await get_database_time(session)
    if checkout.created_at < now - idempotency.RETENTION:
        # Flushed now: the session would write the new row before this update, and the unique
        # index on the key would refuse it.
        checkout.idempotency_key = None
        await session.flush()
        return None
    if checkout.request_hash != requested.request_hash:
        raise IdempotencyConflict
    return checkout


async def open_payment_page(shop: Shop, row: Checkout) -> Checkout:
    """Ask the provider for the payment page of a `creating` checkout, and store it.

    Raises:
        PaymentProviderError: no page came; if the refusal is final, the checkout has failed.
    """
    provider = shop.get_hosted_provider(row.provider, row.book)
    try:
        if isinstance(provider, CustomerProvider):
            payment = await create_customer_session(shop, provider, row)
        else:
            payment = await provider.create_session(row, site=shop.site)
    except PaymentProviderBusyError:
        return await wait_for_twin(shop, row.id)
    except PaymentProviderError as error:
        if error.final:
            await update_creating_checkout(shop, row.id, state=CheckoutState.FAILED)
        raise
    await faults.reach("checkout.answered")
    await record_checkout_page(shop, row, payment.session_id)
    await update_creating_checkout(
        shop,
        row.id,
        state=CheckoutState.OPEN,
        provider_reference=payment.session_id,
        url=payment.url,
    )
    async with shop.database.read() as snapshot:
        return await get_checkout(snapshot, row.id)


async def create_customer_session(shop: Shop, provider: CustomerProvider, row: Checkout) -> Payment:
    """Create the session of a `creating` checkout for the buyer's customer at the provider.

    A customer that the provider has forgotten is replaced, and the session asked for once more.

    Raises:
        PaymentProviderError: the provider made no customer or session.
    """
    if row.customer_id is None:
        customer_id = await provider.ensure_customer(shop, row)
        if customer_id is not None:
            row = await set_customer(shop, row, customer_id)
    try:
        return await provider.create_session(row, site=shop.site)
    except ProviderObjectMissingError:
        if row.customer_id is None:
            raise
    row = await set_customer(shop, row, await provider.replace_customer(shop, row))
    return await provider.create_session(row, site=shop.site)


async def set_customer(shop: Shop, row: Checkout, customer_id: str) -> Checkout:
    """Store the buyer's customer at the provider in a `creating` checkout; return it.

    It is a part of what the provider is asked: only an equal request gets the same page again.
    """
    await update_creating_checkout(shop, row.id, customer_id=customer_id)
    async with shop.database.read() as snapshot:
        return await get_checkout(snapshot, row.id)


async def wait_for_twin(shop: Shop, checkout_id: str) -> Checkout:
    """Wait until an equal request, which the provider is answering, has opened the checkout.

    Raises:
        IdempotencyInProgress: it is not open after `TWIN_WAIT_SECONDS`.
        PaymentProviderError: the provider refused it for good.
    """
    for _ in range(TWIN_WAIT_SECONDS * TWIN_POLLS_PER_SECOND):
        await asyncio.sleep(1 / TWIN_POLLS_PER_SECOND)
        async with shop.database.read() as snapshot:
            row = await get_checkout(snapshot, checkout_id)
        if row.state == CheckoutState.FAILED:
            raise PaymentProviderError
        if row.state != CheckoutState.CREATING:
            return row
    raise IdempotencyInProgress


async def update_creating_checkout(shop: Shop, checkout_id: str, **values: object) -> None:
    """Update a checkout that is still `creating`."""
    # A webhook or an equal request may have moved the checkout on while we asked the provider.
    # It read newer facts, so the condition on the state lets its update win.
    async with shop.database.write() as session:
        await session.execute(
            update(Checkout)
            .where(Checkout.id == checkout_id, Checkout.state == CheckoutState.CREATING)
            .values(**values)
        )


async def get_checkout(session: Session | Snapshot, checkout_id: str) -> Checkout:
    """Return the checkout with this id.

    Raises:
        NotFound: no checkout has it.
    """
    checkout = await session.get(Checkout, checkout_id)
    if checkout is None:
        raise NotFound
    return checkout


async def get_own_checkout(
    snapshot: Snapshot,
    caller: Caller,
    *,
    provider: str,
    checkout_id: str | None,
    session_id: str | None = None,
) -> Checkout:
    """Return the caller's checkout at a provider, by its id or by the provider's session id.

    Raises:
        NotFound: the account has no such checkout.
    """
    query = select(Checkout).where(
        Checkout.account_id == caller.account_id,
        Checkout.book == caller.book,
        Checkout.provider == provider,
    )
    if checkout_id is not None:
        query = query.where(Checkout.id == checkout_id)
    else:
        query = query.where(Checkout.provider_reference == session_id)
    checkout = await snapshot.scalar(query)
    if checkout is None:
        raise NotFound
    return checkout


def get_payment_page(row: Checkout) -> tuple[str, str]:
    """Return the session id and the URL of the payment page of a checkout.

    Raises:
        PaymentProviderError: the provider refused it; it never opened.
    """
    if row.provider_reference is None or row.url is None:
        raise PaymentProviderError("The payment provider rejected this checkout; start a new one.")
    return row.provider_reference, row.url


class CheckoutTerms(TypedDict):
    """The fields of every open checkout."""

    checkout_id: str
    package_code: str
    price_usd: str
    price_microusd: int
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    expires_at: str
    livemode: bool


def render_checkout_terms(row: Checkout) -> CheckoutTerms:
    """Render the fields that all open checkouts share: package, price, credit and expiry."""
    return {
        "checkout_id": row.id,
        "package_code": row.package_code,
        "price_usd": render_usd(row.price_microusd),
        "price_microusd": row.price_microusd,
        "credit_usd": render_usd(row.credit_microusd),
        "credit_microusd": row.credit_microusd,
        "bonus_usd": render_usd(row.bonus_microusd),
        "bonus_microusd": row.bonus_microusd,
        "expires_at": to_iso(row.expires_at),
        "livemode": row.book == "live",
    }
