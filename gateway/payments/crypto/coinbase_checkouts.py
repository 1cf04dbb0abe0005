"""Checkouts in USDC that are paid on the page of a provider: Coinbase."""

from gateway.kit.database import Snapshot
from gateway.kit.operation import Caller
from gateway.payments import checkouts
from gateway.payments.checkouts import Wanted
from gateway.payments.crypto.schemas import CryptoCheckout
from gateway.payments.errors import PaymentProviderError, UnknownPackage
from gateway.payments.packages import buyable
from gateway.payments.providers.chains import NETWORKS
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout

PROVIDER = "coinbase"


async def start(shop: Shop, caller: Caller, wanted: Wanted) -> tuple[Checkout, bool]:
    """Open a checkout at the provider, or return the one that this request opened before.

    Raises:
        UnknownPackage: the package is not sold in this way.
        AccountFrozen, IdempotencyConflict, PaymentProviderError: see `checkouts.start`.
    """
    if not buyable(wanted.package, "crypto"):
        raise UnknownPackage("This package cannot be paid in USDC.", field="packageCode")
    return await checkouts.start(shop, caller, wanted, PROVIDER)


async def own(snapshot: Snapshot, caller: Caller, checkout_id: str) -> Checkout | None:
    """Return the caller's checkout, if it is one on the page of a provider."""
    found = await snapshot.get(Checkout, checkout_id)
    if found is None or found.provider != PROVIDER:
        return None
    ours = (found.account_id, found.book) == (caller.account_id, caller.book)
    return found if ours else None


def shown(row: Checkout) -> CryptoCheckout:
    """Return an open checkout on the wire.

    Raises:
        PaymentProviderError: the provider refused it; it never opened.
    """
    if row.provider_reference is None or row.url is None:
        raise PaymentProviderError("The payment provider rejected this checkout; start a new one.")
    network = NETWORKS[row.book]
    return CryptoCheckout(
        provider="coinbase",
        network=network.name,
        chain_id=network.chain_id,
        asset="USDC",
        asset_address=network.usdc,
        address=None,
        amount=str(row.price_microusd),
        **checkouts.terms(row),
        uri=None,
        qr_svg=None,
        checkout_url=row.url,
        confirmations_required=0,
    )
