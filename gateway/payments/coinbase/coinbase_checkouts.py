"""Checkouts in USDC that are paid on the page of Coinbase, as the wire shows them."""

from gateway.kit.database.sessions import Snapshot
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Caller
from gateway.ledger.reports.balances import Balance
from gateway.payments.checkouts import checkout_rows
from gateway.payments.checkouts.claims import ClaimedCheckout
from gateway.payments.states import UNSETTLED_CHECKOUTS, CheckoutState
from gateway.payments.tables import Checkout
from gateway.payments.usdc.networks import NETWORKS
from gateway.payments.usdc.schemas import CryptoCheckout, CryptoClaimed

PROVIDER = "coinbase"
RETRY_SECONDS = 4


async def find_own_checkout(
    snapshot: Snapshot, caller: Caller, checkout_id: str
) -> Checkout | None:
    """Return the caller's checkout if it is paid on the page of Coinbase, else None."""
    checkout = await snapshot.get(Checkout, checkout_id)
    if checkout is None or checkout.provider != PROVIDER:
        return None
    owner = (checkout.account_id, checkout.book) == (caller.account_id, caller.book)
    return checkout if owner else None


def render_checkout(row: Checkout) -> CryptoCheckout:
    """Render an open checkout.

    Raises:
        PaymentProviderError: Coinbase refused it; it never opened.
    """
    _, url = checkout_rows.get_payment_page(row)
    network = NETWORKS[row.book]
    return CryptoCheckout(
        provider="coinbase",
        network=network.name,
        chain_id=network.chain_id,
        asset="USDC",
        asset_address=network.usdc,
        address=None,
        amount=str(row.price_microusd),
        **checkout_rows.render_checkout_terms(row),
        uri=None,
        qr_svg=None,
        checkout_url=url,
        confirmations_required=0,
    )


def render_claim(claim: ClaimedCheckout, balance: Balance) -> CryptoClaimed:
    """Render the state of a checkout; `retry_after_seconds` is set while it is not final."""
    row, purchase = claim.checkout, claim.purchase
    return CryptoClaimed(
        checkout_id=row.id,
        state=CheckoutState.OPEN if row.state is CheckoutState.CREATING else row.state,
        confirmations=0,
        confirmations_required=0,
        **to_amount_fields("received", purchase.paid_microusd if purchase else 0),
        **to_amount_fields("credited", purchase.credit_microusd if purchase else 0),
        **to_amount_fields("bonus", purchase.bonus_microusd if purchase else 0),
        **to_amount_fields("balance", balance.available_microusd + balance.held_microusd),
        deposits=[],
        retry_after_seconds=RETRY_SECONDS if row.state in UNSETTLED_CHECKOUTS else None,
    )
