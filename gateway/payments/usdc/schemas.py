"""Paying in USDC on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.kit.id_types import CheckoutId
from gateway.kit.models import OneOf, Request, Wire
from gateway.payments.schemas import Code, Method, ReturnPath

CryptoState = Literal[
    "open", "seen", "processing", "credited", "underpaid", "expired", "failed", "review"
]
Transaction = Annotated[
    str,
    Field(pattern="^0x[0-9a-fA-F]{64}$", min_length=66, max_length=66, examples=["0x" + "5c" * 32]),
]


class CryptoMethod(Method):
    """Whether USDC is accepted, and where; null if it is not."""

    provider: Literal["onchain", "coinbase"] | None = None
    network: str | None = None
    asset: Literal["USDC"] | None = None
    confirmations_required: int | None = None


class StartCryptoCheckout(Request):
    """What to buy."""

    package_code: Code
    return_path: ReturnPath = "/credits/return"


class CryptoCheckoutQuery(Request):
    """Which checkout to read."""

    checkout_id: CheckoutId


class CryptoCheckout(Wire):
    """An open checkout: send `amount` of the asset to `address` before `expiresAt`.

    If `checkoutUrl` is set, the person pays on that page instead, and `address` is null.
    """

    checkout_id: str
    provider: Literal["onchain", "coinbase"]
    network: str
    chain_id: int
    asset: Literal["USDC"]
    asset_address: str
    address: str | None
    amount: str = Field(description="In atomic units of the asset: 1,000,000 is one USDC.")
    package_code: str
    price_usd: str
    price_microusd: int
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    uri: str | None = Field(description="A payment link that wallets can open (EIP-681).")
    qr_svg: str | None = Field(description="The same link as a QR code: an SVG element.")
    checkout_url: str | None = Field(
        None, description="The provider's payment page, if it has one."
    )
    confirmations_required: int
    expires_at: str
    livemode: bool


class ClaimCrypto(OneOf):
    """The checkout to settle, or the transaction that paid it."""

    forms = ({"checkoutId": {"type": "string"}}, {"transaction": {"type": "string"}})

    checkout_id: CheckoutId | None = None
    transaction: Transaction | None = Field(
        None, description="Its hash; looked up at once, even long after the checkout expired."
    )


class DepositShown(Wire):
    """A transfer that arrived at the address of a checkout."""

    transaction: str
    amount_usd: str
    amount_microusd: int
    confirmations: int
    state: Literal["seen", "credited", "orphaned", "reversed"] = Field(
        description="`orphaned`: its block was replaced before it was credited. `reversed`: after."
    )


class CryptoClaimed(Wire):
    """The state of a checkout."""

    checkout_id: str
    state: CryptoState
    confirmations: int = Field(description="Of the newest deposit that is in a block.")
    confirmations_required: int
    received_usd: str
    received_microusd: int
    credited_usd: str
    credited_microusd: int
    bonus_usd: str
    bonus_microusd: int
    balance_usd: str
    balance_microusd: int
    deposits: list[DepositShown]
    retry_after_seconds: int | None
