"""Paying by x402 on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.models import Request, Wire
from gateway.payments.schemas import Code


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
