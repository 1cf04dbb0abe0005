"""Checkouts: the intent to pay, written down before anyone is asked for money."""

import asyncio
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from gateway.identity import keys
from gateway.kit import faults, idempotency
from gateway.kit.clock import HOUR, iso
from gateway.kit.database import Session, Snapshot
from gateway.kit.errors import AccountFrozen, IdempotencyConflict, IdempotencyInProgress, NotFound
from gateway.kit.money import usd
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
    """What a caller wants to buy, and how to know the request when it comes again."""

    package: Package
    return_path: str
    email: str | None
    idempotency_key: str | None
    request_hash: bytes


async def start(shop: Shop, caller: Caller, wanted: Wanted, provider: str) -> tuple[Checkout, bool]:
    """Open a hosted checkout: the row, then the provider, then the row again.

    Returns: the checkout, and whether the request had been answered before.

    Raises:
        AccountFrozen, IdempotencyConflict, PaymentMethodUnavailable, PaymentProviderError: see
            there; after the last, the same request goes on where this one stopped.
        UnknownPackage: the provider does not sell this one.
    """
    check_sold(shop.hosted(provider, caller.book), wanted.package)
    try:
        row = await written(shop, caller, wanted, provider)
    except IntegrityError:  # a twin with the same key was faster
        row = await written(shop, caller, wanted, provider)
    if row.state != CheckoutState.CREATING:
        return row, True
    await faults.reach("checkout.row_committed")
    return await opened(shop, row), False


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
    """Return the row of this request, new or from before."""
    async with shop.database.write() as session:
        known = await of_key(session, caller, wanted, provider)
        if known is not None:
            return known
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
    """Add a new checkout, with a copy of its package.

    Raises:
        AccountClosed: it gets nothing new; it is not closed before this row is written.
        AccountFrozen: by the operator.
    """
    await keys.hold_account(session, caller.account_id)
    stopped = await freezes.in_force(session, caller.ledger_account)
    if any(reason == "operator" for reason, _ in stopped):
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
    """Return True if real money was sent for an account and is neither credited nor given up."""
    wanted = select(Checkout.id).where(
        Checkout.account_id == account_id,
        Checkout.book == "live",
        Checkout.state.in_(ON_ITS_WAY),
    )
    return await session.scalar(wanted.limit(1)) is not None


async def of_key(
    session: Session, caller: Caller, wanted: Wanted, provider: str
) -> Checkout | None:
    """Return the checkout that this idempotency key made; a forgotten key makes another one.

    Raises:
        IdempotencyConflict: with another request.
    """
    if wanted.idempotency_key is None:
        return None
    known = await session.scalar(
        select(Checkout).where(
            Checkout.account_id == caller.account_id,
            Checkout.book == caller.book,
            Checkout.provider == provider,
            Checkout.idempotency_key == wanted.idempotency_key,
        )
    )
    if known is None:
        return None
    now: int = (await session.read(NOW))[0][0]
    if known.created_at < now - idempotency.KEPT:
        known.idempotency_key = None
        await session.flush()
        return None
    if known.request_hash != wanted.request_hash:
        raise IdempotencyConflict
    return known


async def opened(shop: Shop, row: Checkout) -> Checkout:
    """Ask for the page of a `creating` checkout; asked again, the provider gives the same one.

    Raises:
        PaymentProviderError: it gave none; the checkout has failed if it never will.
    """
    try:
        made = await shop.hosted(row.provider, row.book).create_session(row, site=shop.site)
    except PaymentProviderBusyError:
        return await wait_for_twin(shop, row.id)
    except PaymentProviderError as error:
        if error.final:
            await moved(shop, row.id, state=CheckoutState.FAILED)
        raise
    await faults.reach("checkout.answered")
    await moved(
        shop, row.id, state=CheckoutState.OPEN, provider_reference=made.session_id, url=made.url
    )
    async with shop.database.read() as snapshot:
        return await by_id(snapshot, row.id)


async def wait_for_twin(shop: Shop, checkout_id: str) -> Checkout:
    """Return a checkout once the equal request that the provider is answering has opened it.

    Raises:
        IdempotencyInProgress: it has not within `TWIN_SECONDS`.
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
    """Settle a checkout that is still being created; whoever was faster knows more."""
    async with shop.database.write() as session:
        await session.execute(
            update(Checkout)
            .where(Checkout.id == checkout_id, Checkout.state == CheckoutState.CREATING)
            .values(**values)
        )


async def by_id(session: Session | Snapshot, checkout_id: str) -> Checkout:
    """Return a checkout.

    Raises:
        NotFound: there is none.
    """
    found = await session.get(Checkout, checkout_id)
    if found is None:
        raise NotFound
    return found


async def own(
    snapshot: Snapshot,
    caller: Caller,
    *,
    provider: str,
    checkout_id: str | None,
    session_id: str | None = None,
) -> Checkout:
    """Return the caller's checkout of this id, or the one with this session, at a provider.

    Raises:
        NotFound: the account has none.
    """
    wanted = select(Checkout).where(
        Checkout.account_id == caller.account_id,
        Checkout.book == caller.book,
        Checkout.provider == provider,
    )
    if checkout_id is not None:
        wanted = wanted.where(Checkout.id == checkout_id)
    else:
        wanted = wanted.where(Checkout.provider_reference == session_id)
    found = await snapshot.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def page_of(row: Checkout) -> tuple[str, str]:
    """Return the session and the address of the payment page of a checkout.

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
    """Return the fields of every open checkout: what is bought, for how much, until when."""
    return {
        "checkout_id": row.id,
        "package_code": row.package_code,
        "price_usd": usd(row.price_microusd),
        "price_microusd": row.price_microusd,
        "credit_usd": usd(row.credit_microusd),
        "credit_microusd": row.credit_microusd,
        "bonus_usd": usd(row.bonus_microusd),
        "bonus_microusd": row.bonus_microusd,
        "expires_at": iso(row.expires_at),
        "livemode": row.book == "live",
    }
