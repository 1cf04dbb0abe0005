"""Paying by x402 on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.wire.field_types import Dollars, Many, Microusd, Text
from gateway.kit.wire.id_types import PurchaseId
from gateway.kit.wire.models import RequestModel, WireModel
from gateway.payments.schemas import Method, PackageCode
from gateway.payments.x402.states import X402State


class X402Method(Method):
    """Payment by x402; the fields are empty if not accepted."""

    networks: Many[Text] = Field(
        default_factory=list, description="The blockchain networks, such as base-sepolia."
    )
    asset: Literal["USDC"] | None = Field(None, description="The token that is accepted.")
    pay_to: Text | None = Field(None, description="The address that payments go to.")


class PurchaseByX402(RequestModel):
    """The package to buy; the payment is in a header."""

    package_code: PackageCode = Field(description="The package.")


class X402Purchase(WireModel):
    """A payment by x402. While `pending` it may still go through: ask again, do not pay again."""

    purchase_id: PurchaseId
    state: Literal[X402State.CREDITED, X402State.PENDING] = Field(description="Its state.")
    credited_usd: Dollars = Field(description="The credit that arrived, in dollars.")
    credited_microusd: Microusd
    bonus_usd: Dollars = Field(description="The bonus credit on top, in dollars.")
    bonus_microusd: Microusd
    balance_usd: Dollars = Field(description="The available balance, in dollars.")
    balance_microusd: Microusd
    transaction: Text | None = Field(description="The hash of the transaction; null while pending.")
    network: Text = Field(description="The blockchain network, such as base-sepolia.")
    payer: Text = Field(description="The address that paid.")
    receipt_number: Text | None = Field(description="The number of the receipt.")
    replayed: bool = Field(description="Whether this payment had been received before.")
