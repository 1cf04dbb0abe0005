"""Buying credit on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.kit.id_types import CheckoutId, PurchaseId
from gateway.kit.models import Cursor, OneOf, Request, Wire

Code = Annotated[str, Field(min_length=3, max_length=40, examples=["builder_600"])]
State = Literal["creating", "open", "processing", "credited", "expired", "failed", "review"]
Email = Annotated[
    str,
    Field(
        min_length=3,
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$",
    ),
]
ReturnPath = Annotated[
    str,
    Field(
        max_length=500,
        pattern=r"^/([A-Za-z0-9._~!$&'()*+,;=:@%?-][A-Za-z0-9._~!$&'()*+,;=:@%?/-]*)?$",
        description="Where the payment page returns to: a path on this site, one leading slash.",
    ),
]


class PackagesQuery(Request):
    """The mode to show."""

    mode: Literal["live", "test"] | None = Field(
        None, description="Real or play money; default: live if it is enabled, else test."
    )


class PackageShown(Wire):
    """A package; money as dollars and as integer micro-USD."""

    code: str
    name: str
    price_usd: str
    price_microusd: int
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    methods: list[str]


class Method(Wire):
    """Whether a payment method is available."""

    enabled: bool


class StartCheckout(Request):
    """What to buy."""

    package_code: Code
    return_path: ReturnPath = "/credits/return"
    email: Email | None = Field(
        None, description="Where receipts go; default: the account's address."
    )


class Claim(OneOf):
    """The checkout to settle."""

    forms = ({"sessionId": {"type": "string"}}, {"checkoutId": {"type": "string"}})

    session_id: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    checkout_id: CheckoutId | None = None
    key_label: Annotated[str, Field(min_length=1, max_length=80)] | None = Field(
        None,
        description="Creates the account's first API key, if it never had one, once the credit has"
        " arrived; browser sessions only.",
    )


class Claimed(Wire):
    """The state of a checkout."""

    checkout_id: str
    state: State
    purchase_id: str | None
    credited_usd: str
    credited_microusd: int
    bonus_usd: str
    bonus_microusd: int
    balance_usd: str
    balance_microusd: int
    receipt_number: str | None
    retry_after_seconds: int | None
    api_key: str | None = Field(None, description="Shown only this once, if `keyLabel` created it.")


class Received(Wire):
    """The event was processed; do not send it again."""

    received: Literal[True] = True
    outcome: str


class PurchasePage(Request):
    """Which page of purchases to list."""

    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class PurchaseShown(Wire):
    """A purchase, and how much of it was refunded."""

    id: str
    provider: str
    package_code: str
    price_usd: str
    price_microusd: int
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    refunded_usd: str
    refunded_microusd: int
    receipt_number: str
    created_at: str
    livemode: bool


class Purchases(Wire):
    """A page of purchases."""

    data: list[PurchaseShown]
    next_cursor: str | None


class ReceiptQuery(Request):
    """Which receipt to read."""

    purchase_id: PurchaseId


class ReceiptLine(Wire):
    """What was bought."""

    description: str
    quantity: int
    amount_usd: str
    amount_microusd: int


class PaidBy(Wire):
    """How it was paid, and the provider's reference for the payment."""

    provider: str
    reference: str


class ReceiptRefund(Wire):
    """Money that was returned, or is being returned."""

    kind: Literal["refund", "dispute", "deposit_reversed"]
    state: str
    amount_usd: str
    amount_microusd: int
    created_at: str


class Receipt(Wire):
    """A receipt. `note` is set if it is for play money."""

    number: str
    purchase_id: str
    issued_at: str
    seller: str
    buyer_email: str | None
    lines: list[ReceiptLine]
    tax_usd: str = "0.00"
    tax_microusd: int = 0
    total_usd: str
    total_microusd: int
    method: PaidBy
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    refunds: list[ReceiptRefund]
    livemode: bool
    note: str
