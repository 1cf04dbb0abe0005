"""Billing details on the wire."""

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.kit.wire.field_types import Text
from gateway.kit.wire.models import RequestModel, WireModel
from gateway.payments.billing.countries import load_countries
from gateway.payments.schemas import Email

# One printed line: neither control characters nor line breaks, and no marks that turn the direction
# of the text around them. With those a name could rewrite the line that it stands in.
LINE_PATTERN = (
    r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*"
    r"[^\s\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
    r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*$"
)
Line = Annotated[str, Field(min_length=1, max_length=120, pattern=LINE_PATTERN)]
ShortLine = Annotated[str, Field(min_length=1, max_length=60, pattern=LINE_PATTERN)]


def _check_country(code: str) -> str:
    if code not in load_countries():
        raise ValueError("must be a country of ISO 3166, such as DE")
    return code


Country = Annotated[
    str, Field(pattern=r"^[A-Z]{2}$", examples=["DE"]), AfterValidator(_check_country)
]
TaxId = Annotated[
    str,
    Field(
        min_length=4,
        max_length=40,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]*[A-Za-z0-9]$",
        examples=["DE123456789"],
    ),
]


class ChangeBillingDetails(RequestModel):
    """The buyer that the next invoices name; what is left out or null is removed."""

    name: Line | None = Field(None, description="The company or the person.")
    line1: Line | None = Field(None, description="Street and number.")
    line2: Line | None = Field(None, description="A second line of the address.")
    postal_code: ShortLine | None = Field(None, description="The postal code.")
    city: Line | None = Field(None, description="The city.")
    region: Line | None = Field(None, description="The state or province.")
    country: Country | None = Field(None, description="The country, as in ISO 3166.")
    tax_id: TaxId | None = Field(
        None,
        description="Printed on invoices as given: its form is checked, no register is asked.",
    )
    email: Email | None = Field(
        None, description="Where receipts and invoices go; null: the address of the purchase."
    )


class BillingDetailsShown(WireModel):
    """The buyer that the next invoices name; those issued before keep what they say."""

    name: Text | None = Field(description="The company or the person.")
    line1: Text | None = Field(description="Street and number.")
    line2: Text | None = Field(description="A second line of the address.")
    postal_code: Text | None = Field(description="The postal code.")
    city: Text | None = Field(description="The city.")
    region: Text | None = Field(description="The state or province.")
    country: Text | None = Field(description="The country, as in ISO 3166.")
    tax_id: Text | None = Field(description="The tax id, as given.")
    email: Text | None = Field(description="Where receipts and invoices go.")
