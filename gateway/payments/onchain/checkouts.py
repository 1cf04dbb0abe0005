"""Checkouts that are paid in USDC, each to an address of its own."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from gateway.kit.clock import DAY
from gateway.kit.database import Session, Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.kit.sql import sql
from gateway.payments import checkouts
from gateway.payments.checkouts import Wanted
from gateway.payments.errors import PaymentMethodSilent
from gateway.payments.onchain import cursor
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.crediting import PROVIDER
from gateway.payments.onchain.tables import DepositAddress
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.networks import checksummed

WATCHED_AFTER = 90 * DAY
UNREAD = (
    "USDC cannot be accepted at the moment: no new block of its chain was read for five minutes,"
    " so a payment would not be seen. Nothing was paid."
)
LATER = "Try again in a minute, or pay in another way."
NEXT_ADDRESS = sql(
    """
    INSERT INTO deposit_wallet (wallet, last) SELECT given.wallet, 0 FROM {rows} WHERE true
    ON CONFLICT (wallet) DO UPDATE SET last = deposit_wallet.last + 1
    RETURNING last
    """,
    wallet="text",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkout and where it is paid to."""

    checkout: Checkout
    address: str


async def started(shop: Shop, caller: Caller, wanted: Wanted) -> tuple[Opened, bool]:
    """Open a checkout, or return the one that this request opened before, and whether it did.

    Raises:
        IdempotencyConflict: its key opened one for another request.
        PaymentMethodUnavailable, UnknownPackage, AccountFrozen: see `start`.
    """
    try:
        return await _started(shop, caller, wanted)
    except IntegrityError:  # a twin with the same key was faster
        return await _started(shop, caller, wanted)


async def _started(shop: Shop, caller: Caller, wanted: Wanted) -> tuple[Opened, bool]:
    async with shop.database.write() as session:
        known = await checkouts.of_key(session, caller, wanted, PROVIDER)
        if known is None:
            return await start(session, shop, caller, wanted), False
        found = await session.get_one(DepositAddress, known.id)
        return Opened(known, checksummed(found.address)), True


async def start(session: Session, shop: Shop, caller: Caller, wanted: Wanted) -> Opened:
    """Open a checkout with the next address of the book's wallet.

    Raises:
        PaymentMethodUnavailable: USDC is not taken.
        PaymentMethodSilent: its chain cannot be read now.
        UnknownPackage: the package is not sold in this way.
        AccountFrozen: by the operator.
    """
    chain = shop.at(Chain, caller.book)
    checkouts.check_sold(chain, wanted.package)
    if not await cursor.fresh(session, chain):
        raise PaymentMethodSilent(UNREAD, hint=LATER)
    row = await checkouts.added(
        session, shop, caller, wanted, provider=PROVIDER, state=CheckoutState.OPEN
    )
    position, address = await next_address(session, chain)
    session.add(
        DepositAddress(
            checkout_id=row.id,
            chain_id=chain.network.chain_id,
            wallet=chain.wallet_name,
            position=position,
            address=address.lower(),
            watched_until=row.expires_at + WATCHED_AFTER,
        )
    )
    return Opened(row, address)


async def next_address(session: Session, chain: Chain) -> tuple[int, str]:
    """Take the next address of the book's wallet, but never one that something else is paid to."""
    while True:
        position: int = (await session.read(NEXT_ADDRESS, [(chain.wallet_name,)]))[0][0]
        address = chain.wallet.address(position)
        if address.lower() != chain.reserved:
            return position, address


async def own(snapshot: Snapshot, shop: Shop, caller: Caller, checkout_id: str) -> Opened:
    """Return the caller's checkout, and where it is paid to.

    Raises:
        NotFound: the account has no such checkout.
        PaymentMethodUnavailable: USDC is not taken.
    """
    shop.at(Chain, caller.book)
    row = await checkouts.own(snapshot, caller, checkout_id=checkout_id, provider=PROVIDER)
    found = await snapshot.get(DepositAddress, row.id)
    if found is None:
        raise NotFound
    return Opened(row, checksummed(found.address))
