"""The registry of payment providers: the only module that names them all."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.kit.wire.field_types import Many
from gateway.kit.wire.models import WireModel
from gateway.payments.coinbase.client import CoinbaseClient
from gateway.payments.coinbase.wiring import open_coinbase
from gateway.payments.crypto import operations as crypto
from gateway.payments.onchain.provider import Onchain, open_onchain
from gateway.payments.provider import Provider
from gateway.payments.schemas import Method, PackageShown, TaxShown
from gateway.payments.stripe import operations as stripe
from gateway.payments.stripe.client import StripeClient
from gateway.payments.stripe.wiring import open_stripe
from gateway.payments.usdc.schemas import CryptoMethod
from gateway.payments.x402 import operations as x402
from gateway.payments.x402.provider import X402Provider, open_x402
from gateway.payments.x402.schemas import X402Method

Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class BrowserCheckout:
    """The way a person in a browser pays on a page of the provider.

    `words` are those of the button, and `note` is shown before it. `start` is the operation that
    opens a checkout, and `claim` the one that settles it.
    """

    words: str
    note: str
    start: Handler
    claim: Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """A provider: its class, the function that opens it, its operations and its page."""

    provider_class: type[Provider]
    open_providers: Callable[[Settings, Ids], Sequence[Provider]]
    operations: Sequence[Handler] = ()
    webhooks: Sequence[Handler] = ()
    browser_checkout: BrowserCheckout | None = None


# If two providers serve the same method in a book, the list of methods shows the first one.
PROVIDER_ENTRIES: list[ProviderEntry] = [
    ProviderEntry(
        provider_class=StripeClient,
        open_providers=open_stripe,
        operations=(stripe.start_stripe_checkout, stripe.claim_stripe),
        webhooks=(stripe.take_stripe_event,),
        browser_checkout=BrowserCheckout(
            words="by card",
            note="Card payments are made on a Stripe page; card numbers never reach this gateway.",
            start=stripe.start_stripe_checkout,
            claim=stripe.claim_stripe,
        ),
    ),
    ProviderEntry(
        provider_class=Onchain,
        open_providers=open_onchain,
        operations=(
            crypto.start_crypto_checkout,
            crypto.get_crypto_checkout,
            crypto.claim_crypto,
        ),
    ),
    ProviderEntry(
        provider_class=CoinbaseClient,
        open_providers=open_coinbase,
        webhooks=(crypto.take_crypto_event,),
    ),
    ProviderEntry(
        provider_class=X402Provider,
        open_providers=open_x402,
        operations=(x402.purchase_x402, x402.deposit_x402),
    ),
]


def get_browser_checkouts() -> dict[str, BrowserCheckout]:
    """Return the page door of each method that is paid on a page of its provider."""
    return {
        each.provider_class.method: each.browser_checkout
        for each in PROVIDER_ENTRIES
        if each.browser_checkout is not None
    }


class Methods(WireModel):
    """The payment methods."""

    stripe: Method
    crypto: CryptoMethod
    x402: X402Method


class PackageList(WireModel):
    """The packages for sale, and how to pay for them."""

    livemode: bool = Field(description="True for real money, false for play money.")
    currency: Literal["USD"] = Field(description="Always USD.")
    packages: Many[PackageShown] = Field(description="The packages for sale.")
    methods: Methods
    tax: TaxShown | None = Field(None, description="The tax on packages; null: there is none.")
