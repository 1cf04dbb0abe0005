"""Buying credit on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.kit.wire.field_types import (
    Count,
    CreatedAt,
    Dollars,
    Instant,
    Many,
    Microusd,
    NextCursor,
    Seconds,
    Text,
    Url,
)
from gateway.kit.wire.id_types import CheckoutId, Id, PurchaseId
from gateway.kit.wire.models import Cursor, OneOf, RequestModel, Since, WireModel
from gateway.payments.states import CheckoutState, RefundState

PackageCode = Annotated[str, Field(min_length=3, max_length=40, examples=["builder_600"])]
HostedState = Literal[
    CheckoutState.CREATING,
    CheckoutState.OPEN,
    CheckoutState.PROCESSING,
    CheckoutState.CREDITED,
    CheckoutState.EXPIRED,
    CheckoutState.FAILED,
    CheckoutState.REVIEW,
]
Micros = Annotated[
    int,
    Field(
        description="The same amount in millionths of the currency's unit.",
        json_schema_extra={"minimum": 0, "maximum": 2**53 - 1},
    ),
]
CurrencyCode = Annotated[
    str,
    Field(
        description="The currency, as ISO 4217 names it, in lower case.",
        examples=["eur"],
        json_schema_extra={"maxLength": 3},
    ),
]
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


class PackagesQuery(RequestModel):
    """The mode to show."""

    mode: Literal["live", "test"] | None = Field(
        None, description="Real or play money; default: live if it is enabled, else test."
    )


class PriceShown(WireModel):
    """A price in a currency; the credit that it buys is in dollars."""

    currency: CurrencyCode
    price: Text = Field(description="The price in units of the currency.")
    price_micros: Micros


class TaxShown(WireModel):
    """The tax on packages that are paid by card."""

    name: Text = Field(description="Its name.")
    included: bool = Field(description="Whether prices contain it; else it is added to them.")
    percent: Text | None = Field(description="Its rate; null: it depends on the buyer's country.")


class PackageShown(WireModel):
    """A package; money as dollars and as integer micro-USD."""

    code: Text = Field(description="The package; send it as `packageCode`.")
    name: Text = Field(description="Its name for people.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    credit_usd: Dollars = Field(description="The credit it gives, in dollars.")
    credit_microusd: Microusd
    bonus_usd: Dollars = Field(description="The bonus credit on top, in dollars.")
    bonus_microusd: Microusd
    methods: Many[Text] = Field(description="How it can be paid.")
    prices: Annotated[Many[PriceShown], Since("0.7", "Field(default_factory=list)")] = Field(
        description="Its price in each currency that a card can pay in, dollars first."
    )


class Method(WireModel):
    """A payment method's availability."""

    enabled: bool = Field(description="Whether one can pay this way now.")


class StartCheckout(RequestModel):
    """The package to buy."""

    package_code: PackageCode = Field(description="The package.")
    return_path: ReturnPath = "/credits/return"
    email: Email | None = Field(
        None, description="Where receipts go; default: the account's address."
    )


class Claim(OneOf):
    """The checkout to settle."""

    forms = ({"sessionId": {"type": "string"}}, {"checkoutId": {"type": "string"}})

    session_id: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        None, description="The checkout at the payment provider."
    )
    checkout_id: CheckoutId | None = None
    key_label: Annotated[str, Field(min_length=1, max_length=80)] | None = Field(
        None,
        description="Creates the account's first API key, if it never had one, once the credit has"
        " arrived; browser sessions only.",
    )


class Claimed(WireModel):
    """The state of a checkout."""

    checkout_id: CheckoutId
    state: HostedState = Field(description="Its state.")
    purchase_id: PurchaseId | None
    credited_usd: Dollars = Field(description="The credit that arrived, in dollars.")
    credited_microusd: Microusd
    bonus_usd: Dollars = Field(description="The bonus credit on top, in dollars.")
    bonus_microusd: Microusd
    balance_usd: Dollars = Field(description="The available balance, in dollars.")
    balance_microusd: Microusd
    receipt_number: Text | None = Field(description="The number of the receipt.")
    retry_after_seconds: Seconds | None = Field(
        description="Wait this many seconds, then ask again; null: it is settled."
    )
    api_key: Text | None = Field(
        None, description="Shown only this once, if `keyLabel` created it."
    )


class Received(WireModel):
    """The event was processed; do not send it again."""

    received: Literal[True] = Field(default=True, description="True: do not send it again.")
    outcome: Text = Field(description="The outcome of the event.")


class PurchasePage(RequestModel):
    """The page of purchases to list."""

    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        20, description="Maximum number of purchases in a page."
    )


class BillShown(WireModel):
    """The amounts of a charge in its currency, and the buyer of its tax.

    `net` and `tax` add up to `total`. If `taxIncluded`, that is `list` less `discount`; else `net`
    is.
    """

    currency: CurrencyCode
    list: Text = Field(description="The price before discount.")
    discount: Text = Field(description="What a promotion code took off.")
    net: Text = Field(description="The price without tax.")
    tax: Text = Field(description="The tax.")
    total: Text = Field(description="What was charged.")
    total_micros: Micros
    tax_included: bool = Field(description="Whether the price contained the tax.")
    tax_name: Text | None = Field(description="The name of the tax.")
    tax_percent: Text | None = Field(description="Its rate; null: none, or several.")
    reverse_charge: bool = Field(description="Whether the buyer accounts for the tax.")
    country: Text | None = Field(description="The buyer's country, as ISO 3166 names it.")
    tax_id: Text | None = Field(description="The buyer's tax id.")
    buyer_name: Text | None = Field(description="The buyer's name for the invoice.")
    promotion_code: Text | None = Field(description="The promotion code.")
    invoice_url: Url | None = Field(description="The invoice of the payment provider.")


class PurchaseShown(WireModel):
    """A purchase, and how much of it was refunded."""

    id: Id = Field(description="The purchase.")
    provider: Text = Field(description="Who took the payment.")
    package_code: Text = Field(description="The package.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    credit_usd: Dollars = Field(description="The credit it gives, in dollars.")
    credit_microusd: Microusd
    bonus_usd: Dollars = Field(description="The bonus credit on top, in dollars.")
    bonus_microusd: Microusd
    refunded_usd: Dollars = Field(description="How much was refunded, in dollars.")
    refunded_microusd: Microusd
    receipt_number: Text = Field(description="The number of the receipt.")
    created_at: CreatedAt
    livemode: bool = Field(description="True for real money, false for play money.")
    refunded: Text = Field("", description="How much was refunded, in the bill's currency.")
    tax_usd: Dollars = Field("0.00", description="The tax, in dollars at the package's own rate.")
    tax_microusd: Microusd = 0
    bill: BillShown | None = Field(
        None, description="What was charged; null: the price in dollars, without tax."
    )


class Purchases(WireModel):
    """A page of purchases."""

    data: Many[PurchaseShown] = Field(description="The purchases.")
    next_cursor: NextCursor | None


class ReceiptQuery(RequestModel):
    """The receipt to read."""

    purchase_id: PurchaseId


class ReceiptLine(WireModel):
    """A receipt line."""

    description: Text = Field(description="The package bought.")
    quantity: Count = Field(description="How many.")
    amount_usd: Dollars = Field(description="The cost of the line, in dollars.")
    amount_microusd: Microusd


class PaidBy(WireModel):
    """The provider of a payment, and its reference for it."""

    provider: Text = Field(description="Who took the payment.")
    reference: Text = Field(description="The provider's reference for the payment.")


class ReceiptRefund(WireModel):
    """Money that was returned, or is being returned."""

    kind: Literal["refund", "dispute", "deposit_reversed"] = Field(
        description="Whether it was refunded, disputed, or its deposit was undone."
    )
    state: RefundState = Field(description="Its state.")
    amount_usd: Dollars = Field(description="The amount returned with its tax, in dollars.")
    amount_microusd: Microusd
    amount: Text = Field("", description="The amount returned, in the currency of the bill.")
    created_at: CreatedAt


class Receipt(WireModel):
    """A receipt. `note` is set if it is for play money."""

    number: Text = Field(description="The number of the receipt.")
    purchase_id: PurchaseId
    issued_at: Instant = Field(description="When it was issued, in UTC.")
    seller: Text = Field(description="Who sold it.")
    buyer_email: Text | None = Field(description="Who bought it.")
    lines: Many[ReceiptLine] = Field(description="The lines of the receipt.")
    tax_usd: Dollars = Field("0.00", description="The tax, in dollars.")
    tax_microusd: Microusd = 0
    total_usd: Dollars = Field(description="The total, in dollars.")
    total_microusd: Microusd
    method: PaidBy
    credit_usd: Dollars = Field(description="The credit it gives, in dollars.")
    credit_microusd: Microusd
    bonus_usd: Dollars = Field(description="The bonus credit on top, in dollars.")
    bonus_microusd: Microusd
    code: Annotated[Text | None, Since("0.7")] = Field(
        description="The credit code that waited for this first purchase."
    )
    code_credit_usd: Annotated[Dollars, Since("0.7", '"0.00"')] = Field(
        description="The credit of that code, in dollars."
    )
    code_credit_microusd: Annotated[Microusd, Since("0.7", "0")]
    refunds: Many[ReceiptRefund] = Field(
        description="Money that was returned, or is being returned."
    )
    livemode: bool = Field(description="True for real money, false for play money.")
    note: Text = Field(description="A note, such as that it is for play money.")
    bill: BillShown | None = Field(
        None, description="What was charged; null: the total in dollars, without tax."
    )
