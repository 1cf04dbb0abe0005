"""Invoices and credit notes on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.kit.wire.field_types import SAFE_INTEGER, Count, Instant, Many, NextCursor, Text
from gateway.kit.wire.id_types import Id, PurchaseId
from gateway.kit.wire.models import Cursor, RequestModel, WireModel

InvoiceId = Annotated[
    str,
    Field(
        pattern=r"^inv_[0-9A-Z]{26}$",
        description="The invoice or credit note.",
        examples=["inv_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
Amount = Annotated[
    str,
    Field(
        description="In the document's currency: a decimal string, never rounded.",
        examples=["25.00"],
        json_schema_extra={"pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$", "maxLength": 24},
    ),
]
Micros = Annotated[
    int,
    Field(
        description="The same amount in millionths of the currency.",
        json_schema_extra={"minimum": -SAFE_INTEGER, "maximum": SAFE_INTEGER},
    ),
]


class InvoicePage(RequestModel):
    """The page of invoices to list."""

    purchase_id: PurchaseId | None = Field(None, description="Only those of this purchase.")
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        20, description="Maximum number of documents in a page."
    )


class InvoiceQuery(RequestModel):
    """The document to read."""

    invoice_id: InvoiceId


class InvoiceShown(WireModel):
    """An invoice or a credit note; a credit note's amounts are those that it returns."""

    id: Id = Field(description="The document.")
    kind: Literal["invoice", "credit_note"] = Field(
        description="A credit note returns a part of an invoice."
    )
    number: Text = Field(description="Its number; each kind counts without gaps.")
    invoice_number: Text | None = Field(
        description="The invoice it belongs to, if it is a credit note or charges one again."
    )
    purchase_id: Id = Field(description="The purchase.")
    currency: Text = Field(description="The currency, as in ISO 4217.")
    net: Amount = Field(description="The amount without tax.")
    net_micros: Micros
    tax: Amount = Field(description="The tax.")
    tax_micros: Micros
    total: Amount = Field(description="The amount with tax.")
    total_micros: Micros
    tax_name: Text | None = Field(description="The name of the tax; null: there is none.")
    tax_percent: Text | None = Field(description="Its rate; null: none, or no single one.")
    issued_at: Instant = Field(description="When it was issued, in UTC.")
    livemode: bool = Field(description="True for real money, false for play money.")


class Invoices(WireModel):
    """A page of invoices and credit notes."""

    data: Many[InvoiceShown] = Field(description="The documents.")
    next_cursor: NextCursor | None


class InvoiceSeller(WireModel):
    """The seller, as the document names them."""

    name: Text = Field(description="The name.")
    address: Many[Text] = Field(description="The lines of the address.")
    tax_id: Text | None = Field(description="The tax id.")


class InvoiceBuyer(WireModel):
    """The buyer, as the document names them."""

    name: Text | None = Field(description="The company or the person.")
    line1: Text | None = Field(description="Street and number.")
    line2: Text | None = Field(description="A second line of the address.")
    postal_code: Text | None = Field(description="The postal code.")
    city: Text | None = Field(description="The city.")
    region: Text | None = Field(description="The state or province.")
    country: Text | None = Field(description="The country, as in ISO 3166.")
    tax_id: Text | None = Field(description="The tax id, as given.")
    email: Text | None = Field(description="Where it was sent.")


class InvoiceLine(WireModel):
    """A line of a document; a discount is negative."""

    description: Text = Field(description="What was bought or returned.")
    quantity: Count = Field(description="How many.")
    amount: Amount = Field(description="The amount; with tax if `taxIncluded`.")
    amount_micros: Micros


class InvoiceDocument(InvoiceShown):
    """An invoice or a credit note with all that it says, as it was when it was issued."""

    seller: InvoiceSeller
    buyer: InvoiceBuyer
    lines: Many[InvoiceLine] = Field(description="Its lines.")
    tax_included: bool = Field(description="Whether the lines contain the tax.")
    reverse_charge: bool = Field(description="Whether the buyer owes the tax.")
    reason: Text | None = Field(description="What it corrects the invoice for.")
    note: Text | None = Field(None, description="A note of the seller, such as why no tax is due.")
    provider: Text = Field(description="Who took the payment.")
    reference: Text = Field(description="The provider's reference for the payment.")
    paid_at: Instant = Field(description="When the payment was credited, in UTC.")


class InvoicePdf(WireModel):
    """The document as a PDF file of one or more A4 pages, the same bytes each time."""
