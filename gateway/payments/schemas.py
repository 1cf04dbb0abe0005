"""Buying credit on the wire."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gateway.kit.models import Request, Wire, either

Code = Annotated[str, Field(min_length=3, max_length=40, examples=["builder_600"])]
State = Literal["creating", "open", "processing", "credited", "expired", "failed", "review"]
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
ReturnPath = Annotated[
    str,
    Field(
        max_length=500,
        pattern=r"^/([A-Za-z0-9._~!$&'()*+,;=:@%?-][A-Za-z0-9._~!$&'()*+,;=:@%?/-]*)?$",
        description="Where on this site the payment page leads back to: a path, one / in front.",
    ),
]


class PackagesQuery(Request):
    """Which mode to show."""

    mode: Literal["live", "test"] | None = Field(
        None, description="Real or play money; default: live where it is open, else test."
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
    """Whether one way to pay is open."""

    enabled: bool


class CryptoMethod(Method):
    """Whether deposits are open, and of what; null where they are not."""

    provider: Literal["onchain", "coinbase"] | None = None
    network: str | None = None
    asset: Literal["USDC"] | None = None
    confirmations_required: int | None = None


class X402Method(Method):
    """Whether x402 is open, and what it is paid with; null where it is not."""

    networks: list[str] = Field(default_factory=list)
    asset: Literal["USDC"] | None = None
    pay_to: str | None = None


class Methods(Wire):
    """The ways to pay."""

    stripe: Method
    crypto: CryptoMethod
    x402: X402Method


class PackageList(Wire):
    """Everything for sale, and how it can be paid."""

    livemode: bool
    currency: Literal["USD"]
    packages: list[PackageShown]
    methods: Methods


class StartCheckout(Request):
    """What to buy."""

    package_code: Code
    return_path: ReturnPath = "/credits/return"
    email: Email | None = Field(
        None, description="Where receipts go; the address of the account, if you give none."
    )


class StripeCheckout(Wire):
    """An open checkout: send the person to `checkoutUrl`."""

    checkout_id: str
    provider: Literal["stripe"]
    session_id: str
    checkout_url: str
    package_code: str
    price_usd: str
    price_microusd: int
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    expires_at: str
    livemode: bool


class Claim(Request):
    """Which checkout to look at."""

    model_config = Request.model_config | either(
        {"sessionId": {"type": "string"}, "checkoutId": {"type": "string"}}
    )

    session_id: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    checkout_id: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    key_label: Annotated[str, Field(min_length=1, max_length=80)] | None = Field(
        None,
        description="Mints the first API key of an account that never had one, once the credit is"
        " there; only for a browser session.",
    )

    @model_validator(mode="after")
    def _one(self) -> "Claim":
        if (self.session_id is None) == (self.checkout_id is None):
            raise ValueError("must have either sessionId or checkoutId")
        return self


class Claimed(Wire):
    """What became of a checkout."""

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
    api_key: str | None = Field(None, description="Shown this one time, if `keyLabel` minted it.")


class Received(Wire):
    """The event is taken; it need not be sent again."""

    received: Literal[True] = True
    outcome: str


class PurchasePage(Request):
    """Which page of purchases."""

    cursor: Annotated[str, Field(max_length=40)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class PurchaseShown(Wire):
    """A purchase, and how much of it went back."""

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
    """Whose receipt."""

    purchase_id: Annotated[str, Field(min_length=1, max_length=40)]


class ReceiptLine(Wire):
    """What was bought."""

    description: str
    quantity: int
    amount_usd: str
    amount_microusd: int


class PaidBy(Wire):
    """How it was paid, and the provider's own name of the payment."""

    provider: str
    reference: str


class ReceiptRefund(Wire):
    """Money that went back, or was to."""

    kind: Literal["refund", "dispute", "deposit_reversed"]
    state: str
    amount_usd: str
    amount_microusd: int
    created_at: str


class Receipt(Wire):
    """A receipt. `note` is not empty where it is for play money."""

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
