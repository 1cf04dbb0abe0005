"""Paying in USDC on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.kit.wire.field_types import (
    Count,
    Dollars,
    ExpiresAt,
    Many,
    Microusd,
    Seconds,
    Text,
    Url,
)
from gateway.kit.wire.id_types import CheckoutId
from gateway.kit.wire.models import OneOf, RequestModel, WireModel
from gateway.payments.schemas import Method, PackageCode, ReturnPath
from gateway.payments.states import CheckoutState
from gateway.payments.usdc.states import DepositState

CryptoState = Literal[
    CheckoutState.OPEN,
    CheckoutState.SEEN,
    CheckoutState.PROCESSING,
    CheckoutState.CREDITED,
    CheckoutState.UNDERPAID,
    CheckoutState.EXPIRED,
    CheckoutState.FAILED,
    CheckoutState.REVIEW,
]
ShownDepositState = Literal[
    DepositState.SEEN, DepositState.CREDITED, DepositState.ORPHANED, DepositState.REVERSED
]
Transaction = Annotated[
    str,
    Field(pattern="^0x[0-9a-fA-F]{64}$", min_length=66, max_length=66, examples=["0x" + "5c" * 32]),
]


class CryptoMethod(Method):
    """Payment in USDC; the fields are null if not accepted."""

    provider: Literal["onchain", "coinbase"] | None = Field(
        None, description="Who took the payment."
    )
    network: Text | None = Field(None, description="The blockchain network, such as base-sepolia.")
    asset: Literal["USDC"] | None = Field(None, description="The token that is accepted.")
    confirmations_required: Count | None = Field(
        None, description="Blocks needed before credit arrives."
    )


class StartCryptoCheckout(RequestModel):
    """The package to buy."""

    package_code: PackageCode = Field(description="The package.")
    return_path: ReturnPath = "/credits/return"


class CryptoCheckoutQuery(RequestModel):
    """The checkout to read."""

    checkout_id: CheckoutId


class CryptoCheckout(WireModel):
    """An open checkout: send `amount` of the asset to `address` before `expiresAt`.

    If `checkoutUrl` is set, the person pays on that page instead, and `address` is null.
    """

    checkout_id: CheckoutId
    provider: Literal["onchain", "coinbase"] = Field(description="Who took the payment.")
    network: Text = Field(description="The blockchain network, such as base-sepolia.")
    chain_id: Count = Field(description="The id of the chain (EIP-155).")
    asset: Literal["USDC"] = Field(description="The token that is accepted.")
    asset_address: Text = Field(description="The contract of the token.")
    address: Text | None = Field(description="The address to pay to.")
    amount: Text = Field(description="In atomic units of the asset: 1,000,000 is one USDC.")
    package_code: Text = Field(description="The package.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    credit_usd: Dollars = Field(description="The credit it gives, in dollars.")
    credit_microusd: Microusd
    bonus_usd: Dollars = Field(description="The bonus credit on top, in dollars.")
    bonus_microusd: Microusd
    uri: Text | None = Field(description="A payment link that wallets can open (EIP-681).")
    qr_svg: Text | None = Field(description="The same link as a QR code: an SVG element.")
    checkout_url: Url | None = Field(
        None, description="The provider's payment page, if it has one."
    )
    confirmations_required: Count = Field(description="Blocks needed before credit arrives.")
    expires_at: ExpiresAt
    livemode: bool = Field(description="True for real money, false for play money.")


class ClaimCrypto(OneOf):
    """The checkout to settle, or the transaction that paid it."""

    forms = ({"checkoutId": {"type": "string"}}, {"transaction": {"type": "string"}})

    checkout_id: CheckoutId | None = None
    transaction: Transaction | None = Field(
        None, description="Its hash; looked up at once, even long after the checkout expired."
    )


class DepositShown(WireModel):
    """A transfer that arrived at the address of a checkout."""

    transaction: Text = Field(description="The hash of the transaction.")
    amount_usd: Dollars = Field(description="The amount of the transfer, in dollars.")
    amount_microusd: Microusd
    confirmations: Count = Field(description="Blocks on top of it, its own included.")
    state: ShownDepositState = Field(
        description="`orphaned`: its block was replaced before it was credited. `reversed`: after."
    )


class CryptoClaimed(WireModel):
    """The state of a checkout."""

    checkout_id: CheckoutId
    state: CryptoState = Field(description="Its state.")
    confirmations: Count = Field(description="Of the newest deposit that is in a block.")
    confirmations_required: Count = Field(description="Blocks needed before credit arrives.")
    received_usd: Dollars = Field(description="The amount that arrived on the chain, in dollars.")
    received_microusd: Microusd
    credited_usd: Dollars = Field(description="The credit that arrived, in dollars.")
    credited_microusd: Microusd
    bonus_usd: Dollars = Field(description="The bonus credit on top, in dollars.")
    bonus_microusd: Microusd
    balance_usd: Dollars = Field(description="The available balance, in dollars.")
    balance_microusd: Microusd
    deposits: Many[DepositShown] = Field(description="The transfers that arrived.")
    retry_after_seconds: Seconds | None = Field(
        description="Wait this many seconds, then ask again; null: it is settled."
    )
