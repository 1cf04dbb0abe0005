"""The content of an invoice or credit note, frozen when it is issued and kept as JSON."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self

from gateway.kit.clock import SECOND
from gateway.payments.billing.billing_details import Buyer
from gateway.payments.invoices.tables import Invoice

MOST_CHARACTERS = 120
# What a provider wrote down is not checked as our own form is: neither line breaks nor marks that
# turn the direction of the text may get onto a document.
UNPRINTABLE = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)
KIND_LETTERS = {"invoice": "INV", "credit_note": "CN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The seller as an invoice names them."""

    name: str
    address: tuple[str, ...] = ()
    tax_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a document; amounts are millionths of its currency."""

    description: str
    amount_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The content of a document beside its number and its sums.

    With `tax_included` the lines contain the tax. `invoice_number` is the invoice that a correction
    belongs to, `reason` what it is for. `reference` is the provider's name of the payment, `note`
    what the seller had to say, such as why no tax is charged.
    """

    seller: Seller
    buyer: Buyer
    lines: tuple[Line, ...]
    tax_included: bool
    tax_name: str | None
    tax_percent: str | None
    reverse_charge: bool
    provider: str
    reference: str
    paid_at: int
    invoice_number: str | None = None
    reason: str | None = None
    note: str | None = None

    def to_json(self) -> str:
        """Write the document as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a document from JSON."""
        fields: dict[str, Any] = json.loads(text)
        seller = fields["seller"] | {"address": tuple(fields["seller"]["address"])}
        return cls(
            **fields
            | {
                "seller": Seller(**seller),
                "buyer": Buyer(**fields["buyer"]),
                "lines": tuple(Line(**each) for each in fields["lines"]),
            }
        )


def clean_line(text: str | None) -> str | None:
    """Return a text as one printable line of at most 120 characters; None if nothing is left."""
    line = " ".join(UNPRINTABLE.sub(" ", text or "").split())
    return line[:MOST_CHARACTERS].rstrip() or None


def render_invoice_number(invoice: Invoice) -> str:
    """Render a number such as KT-INV-2026-000123 or KT-CN-2026-000001; play money says TEST."""
    year = datetime.fromtimestamp(invoice.issued_at // SECOND, UTC).year
    test = "" if invoice.book == "live" else "TEST-"
    return f"{test}{invoice.prefix}-{KIND_LETTERS[invoice.kind]}-{year}-{invoice.number:06d}"
