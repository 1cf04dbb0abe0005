"""Checkouts in USDC that are paid on the page of a provider: Coinbase."""

from gateway.kit.database import Snapshot
from gateway.kit.money import both
from gateway.kit.operation import Caller
from gateway.ledger.balances import Balance
from gateway.payments import checkouts
from gateway.payments.claims import Found
from gateway.payments.states import UNSETTLED_CHECKOUTS, CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.networks import NETWORKS
from gateway.payments.usdc.schemas import CryptoCheckout, CryptoClaimed

PROVIDER = "coinbase"
RETRY_SECONDS = 4


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
    _, url = checkouts.page_of(row)
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
        checkout_url=url,
        confirmations_required=0,
    )


def claimed(found: Found, balance: Balance) -> CryptoClaimed:
    """Return what became of a checkout on the wire; a `retry_after_seconds` means: not final."""
    row, bought = found.checkout, found.purchase
    return CryptoClaimed(
        checkout_id=row.id,
        state=CheckoutState.OPEN if row.state is CheckoutState.CREATING else row.state,
        confirmations=0,
        confirmations_required=0,
        **both("received", bought.paid_microusd if bought else 0),
        **both("credited", bought.credit_microusd if bought else 0),
        **both("bonus", bought.bonus_microusd if bought else 0),
        **both("balance", balance.available_microusd + balance.held_microusd),
        deposits=[],
        retry_after_seconds=RETRY_SECONDS if row.state in UNSETTLED_CHECKOUTS else None,
    )
