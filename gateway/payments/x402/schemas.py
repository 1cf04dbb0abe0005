"""Paying by x402 on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.models import Request, Wire
from gateway.payments.schemas import Code, Method


class X402Method(Method):
    """Whether x402 is accepted, and how to pay; null if it is not."""

    networks: list[str] = Field(default_factory=list)
    asset: Literal["USDC"] | None = None
    pay_to: str | None = None


class PurchaseByX402(Request):
    """What to buy; the payment itself is in a header."""

    package_code: Code


class X402Purchase(Wire):
    """A payment by x402. While `pending` it may still go through: ask again, do not pay again."""

    purchase_id: str
    state: Literal["credited", "pending"]
    credited_usd: str
    credited_microusd: int
    bonus_usd: str
    bonus_microusd: int
    balance_usd: str
    balance_microusd: int
    transaction: str | None = Field(description="The hash of the transaction; null while pending.")
    network: str
    payer: str
    receipt_number: str | None
    replayed: bool = Field(description="Whether this payment had been received before.")
