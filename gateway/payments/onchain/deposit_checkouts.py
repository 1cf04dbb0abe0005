"""Checkouts that are paid in USDC, each to an address of its own."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import sql
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.payments.checkouts import checkout_rows
from gateway.payments.checkouts.checkout_rows import CheckoutRequest
from gateway.payments.errors import PaymentMethodUnreachable
from gateway.payments.onchain import chain_cursor
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.deposits import PROVIDER
from gateway.payments.onchain.tables import DepositAddress
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.networks import to_checksummed_address

WATCH_PERIOD = 90 * DAY
UNREADABLE_MESSAGE = (
    "USDC cannot be accepted at the moment: no new block of its chain was read for five minutes,"
    " so a payment would not be seen. Nothing was paid."
)
RETRY_HINT = "Try again in a minute, or pay in another way."
NEXT_ADDRESS = sql(
    """
    INSERT INTO deposit_wallet (wallet, last) SELECT given.wallet, 0 FROM {rows} WHERE true
    ON CONFLICT (wallet) DO UPDATE SET last = deposit_wallet.last + 1
    RETURNING last
    """,
    wallet="text",
)


@dataclass(frozen=True, slots=True)
class DepositCheckout:
    """A checkout, and the address that it is paid to."""

    checkout: Checkout
    address: str


async def open_deposit_checkout(
    shop: Shop, caller: Caller, requested: CheckoutRequest
) -> tuple[DepositCheckout, bool]:
    """Open a checkout, or return the one that the same request opened before.

    Returns: the checkout, and True if the request was answered before.

    Raises:
        IdempotencyConflict: the key opened a checkout for another request.
        PaymentMethodUnavailable, UnknownPackage, AccountFrozen: see `add_deposit_checkout`.
    """
    try:
        return await _find_or_add_checkout(shop, caller, requested)
    except IntegrityError:  # an equal request committed between our SELECT and our INSERT
        return await _find_or_add_checkout(shop, caller, requested)


async def _find_or_add_checkout(
    shop: Shop, caller: Caller, requested: CheckoutRequest
) -> tuple[DepositCheckout, bool]:
    async with shop.database.write() as session:
        earlier = await checkout_rows.find_checkout_by_key(session, caller, requested, PROVIDER)
        if earlier is None:
            return await add_deposit_checkout(session, shop, caller, requested), False
        deposit_address = await session.get_one(DepositAddress, earlier.id)
        return DepositCheckout(earlier, to_checksummed_address(deposit_address.address)), True


async def add_deposit_checkout(
    session: Session, shop: Shop, caller: Caller, requested: CheckoutRequest
) -> DepositCheckout:
    """Add a checkout with the next address of the book's wallet.

    Raises:
        PaymentMethodUnavailable: the book does not take USDC.
        PaymentMethodUnreachable: the chain was not read lately, so a payment would not be seen.
        UnknownPackage: the package cannot be paid by deposits.
        AccountFrozen: the operator froze the account.
    """
    chain = shop.get_provider(Chain, caller.book)
    checkout_rows.check_package_sold(chain, requested.package)
    if not await chain_cursor.is_freshly_read(session, chain):
        raise PaymentMethodUnreachable(UNREADABLE_MESSAGE, hint=RETRY_HINT)
    checkout = await checkout_rows.add_checkout(
        session, shop, caller, requested, provider=PROVIDER, state=CheckoutState.OPEN
    )
    position, address = await take_next_address(session, chain)
    session.add(
        DepositAddress(
            checkout_id=checkout.id,
            chain_id=chain.network.chain_id,
            wallet=chain.wallet_name,
            position=position,
            address=address.lower(),
            watched_until=checkout.expires_at + WATCH_PERIOD,
        )
    )
    return DepositCheckout(checkout, address)


async def take_next_address(session: Session, chain: Chain) -> tuple[int, str]:
    """Take the next address of the book's wallet, and skip the one that is reserved."""
    while True:
        position: int = (await session.read(NEXT_ADDRESS, [(chain.wallet_name,)]))[0][0]
        address = chain.wallet.derive_address(position)
        if address.lower() != chain.reserved_address:
            return position, address


async def get_own_deposit_checkout(
    snapshot: Snapshot, shop: Shop, caller: Caller, checkout_id: str
) -> DepositCheckout:
    """Return the caller's checkout, and the address that it is paid to.

    Raises:
        NotFound: the account has no such checkout.
        PaymentMethodUnavailable: the book does not take USDC.
    """
    shop.get_provider(Chain, caller.book)
    checkout = await checkout_rows.get_own_checkout(
        snapshot, caller, checkout_id=checkout_id, provider=PROVIDER
    )
    deposit_address = await snapshot.get(DepositAddress, checkout.id)
    if deposit_address is None:
        raise NotFound
    return DepositCheckout(checkout, to_checksummed_address(deposit_address.address))
