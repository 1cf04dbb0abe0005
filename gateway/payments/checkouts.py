"""Checkouts: orders to buy a package, committed before a provider is asked for money.

A hosted checkout takes three steps: commit the row as `creating`, ask the provider for its payment
page, commit the page. No transaction is open during the call. If the gateway stops in between, the
row stays `creating`; a repeated request or the sweeper then takes the last two steps again. The
provider returns the same page, because its idempotency key is the id of the checkout.
"""

import asyncio
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from gateway.identity import keys
from gateway.kit import faults, idempotency
from gateway.kit.clock import HOUR, to_iso
from gateway.kit.database import Session, Snapshot
from gateway.kit.errors import AccountFrozen, IdempotencyConflict, IdempotencyInProgress, NotFound
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller
from gateway.kit.sql import sql
from gateway.ledger import freezes
from gateway.payments.errors import (
    PaymentProviderBusyError,
    PaymentProviderError,
    UnknownPackage,
)
from gateway.payments.packages import Package
from gateway.payments.provider import Provider
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout

LIFE = HOUR
ON_ITS_WAY = (CheckoutState.SEEN, CheckoutState.PROCESSING, CheckoutState.REVIEW)
TWIN_SECONDS, LOOKS_A_SECOND = 10, 5
NOW = sql("SELECT kt_now()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A request to buy a package, and the key and hash that recognise its repetition."""

    package: Package
    return_path: str
    email: str | None
    idempotency_key: str | None
    request_hash: bytes


async def start(shop: Shop, caller: Caller, wanted: Wanted, provider: str) -> tuple[Checkout, bool]:
    """Open a hosted checkout, or return the one that the same request opened before.

    Returns: the checkout, and True if the request was answered before.

    Raises:
        AccountFrozen, IdempotencyConflict, PaymentMethodUnavailable: nothing was opened.
        PaymentProviderError: no page came; the same request continues from here.
        UnknownPackage: the provider does not sell this package.
    """
    check_sold(shop.hosted(provider, caller.book), wanted.package)
    try:
        checkout = await written(shop, caller, wanted, provider)
    except IntegrityError:
        # An equal request committed its row between our SELECT and our INSERT. The unique index on
        # the key refused ours, and a second look finds that row.
        checkout = await written(shop, caller, wanted, provider)
    if checkout.state != CheckoutState.CREATING:
        return checkout, True
    await faults.reach("checkout.row_committed")
    return await opened(shop, checkout), False


def check_sold(at: Provider, package: Package) -> None:
    """Check that a provider sells a package.

    Raises:
        UnknownPackage: it does not.
    """
    if not at.sells(package):
        hint = "Use one of its methods in GET /api/v1/packages."
        raise UnknownPackage(
            "This package cannot be paid in this way.", field="packageCode", hint=hint
        )


async def written(shop: Shop, caller: Caller, wanted: Wanted, provider: str) -> Checkout:
    """Return the checkout of this request; add it if the key is new or missing."""
    async with shop.database.write() as session:
        earlier = await of_key(session, caller, wanted, provider)
        if earlier is not None:
            return earlier
        return await added(
            session, shop, caller, wanted, provider=provider, state=CheckoutState.CREATING
        )


async def added(
    session: Session,
    shop: Shop,
    caller: Caller,
    wanted: Wanted,
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
    now: int = (await session.read(NOW))[0][0]
    package = wanted.package
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
        email=wanted.email,
        return_path=wanted.return_path,
        idempotency_key=wanted.idempotency_key,
        request_hash=wanted.request_hash,
        provider_reference=None,
        url=None,
        review_reason=None,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(row)
    return row


async def on_its_way(session: Session | Snapshot, account_id: str) -> bool:
    """Return True if live money was sent for an account and is neither credited nor rejected."""
    checkout_ids = select(Checkout.id).where(
        Checkout.account_id == account_id,
        Checkout.book == "live",
        Checkout.state.in_(ON_ITS_WAY),
    )
    return await session.scalar(checkout_ids.limit(1)) is not None


async def of_key(
    session: Session, caller: Caller, wanted: Wanted, provider: str
) -> Checkout | None:
    """Return the checkout that this idempotency key opened, None if the key is new or expired.

    Raises:
        IdempotencyConflict: the key opened it for another request.
    """
    if wanted.idempotency_key is None:
        return None
    checkout = await session.scalar(
        select(Checkout).where(
            Checkout.account_id == caller.account_id,
            Checkout.book == caller.book,
            Checkout.provider == provider,
            Checkout.idempotency_key == wanted.idempotency_key,
        )
    )
    if checkout is None:
        return None
    now: int = (await session.read(NOW))[0][0]
    if checkout.created_at < now - idempotency.RETENTION:
        # Flushed now: the session would write the new row before this update, and the unique
        # index on the key would refuse it.
        checkout.idempotency_key = None
        await session.flush()
        return None
    if checkout.request_hash != wanted.request_hash:
        raise IdempotencyConflict
    return checkout


async def opened(shop: Shop, row: Checkout) -> Checkout:
    """Ask the provider for the payment page of a `creating` checkout, and store it.

    Raises:
        PaymentProviderError: no page came; if the refusal is final, the checkout has failed.
    """
    try:
        payment = await shop.hosted(row.provider, row.book).create_session(row, site=shop.site)
    except PaymentProviderBusyError:
        return await wait_for_twin(shop, row.id)
    except PaymentProviderError as error:
        if error.final:
            await moved(shop, row.id, state=CheckoutState.FAILED)
        raise
    await faults.reach("checkout.answered")
    await moved(
        shop,
        row.id,
        state=CheckoutState.OPEN,
        provider_reference=payment.session_id,
        url=payment.url,
    )
    async with shop.database.read() as snapshot:
        return await by_id(snapshot, row.id)


async def wait_for_twin(shop: Shop, checkout_id: str) -> Checkout:
    """Wait until an equal request, which the provider is answering, has opened the checkout.

    Raises:
        IdempotencyInProgress: it is not open after `TWIN_SECONDS`.
        PaymentProviderError: the provider refused it for good.
    """
    for _ in range(TWIN_SECONDS * LOOKS_A_SECOND):
        await asyncio.sleep(1 / LOOKS_A_SECOND)
        async with shop.database.read() as snapshot:
            row = await by_id(snapshot, checkout_id)
        if row.state == CheckoutState.FAILED:
            raise PaymentProviderError
        if row.state != CheckoutState.CREATING:
            return row
    raise IdempotencyInProgress


async def moved(shop: Shop, checkout_id: str, **values: object) -> None:
    """Update a checkout that is still `creating`."""
    # A webhook or an equal request may have moved the checkout on while we asked the provider.
    # It read newer facts, so the condition on the state lets its update win.
    async with shop.database.write() as session:
        await session.execute(
            update(Checkout)
            .where(Checkout.id == checkout_id, Checkout.state == CheckoutState.CREATING)
            .values(**values)
        )


async def by_id(session: Session | Snapshot, checkout_id: str) -> Checkout:
    """Return the checkout with this id.

    Raises:
        NotFound: no checkout has it.
    """
    checkout = await session.get(Checkout, checkout_id)
    if checkout is None:
        raise NotFound
    return checkout


async def own(
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


def page_of(row: Checkout) -> tuple[str, str]:
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


def terms(row: Checkout) -> CheckoutTerms:
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
