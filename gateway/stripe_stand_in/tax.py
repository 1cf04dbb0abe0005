"""Tax as Stripe Tax computes it, by one plain rate for each country.

The seller sits outside of the European Union and is registered in every country of the table. A
buyer in the Union with a VAT number accounts for the tax themselves (reverse charge). Everywhere
else nothing is collected.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from gateway.stripe_stand_in.store import Object, StripeRefusal

EU_PERCENTS = {
    "AT": "20", "BE": "21", "BG": "20", "CY": "19", "CZ": "21", "DE": "19", "DK": "25", "EE": "24",
    "ES": "21", "FI": "25.5", "FR": "20", "GR": "24", "HR": "25", "HU": "27", "IE": "23",
    "IT": "22", "LT": "21", "LU": "17", "LV": "21", "MT": "18", "NL": "21", "PL": "23", "PT": "23",
    "RO": "21", "SE": "25", "SI": "22", "SK": "23",
}  # fmt: skip
OTHER_PERCENTS = {"GB": "20", "CH": "8.1", "NO": "25", "AU": "10", "NZ": "15", "JP": "10"}
PERCENTS = EU_PERCENTS | OTHER_PERCENTS
TAX_WORDS = {"AU": ("gst", "GST"), "NZ": ("gst", "GST"), "JP": ("jct", "JCT")}
TAX_ID_TYPES = dict.fromkeys(EU_PERCENTS, "eu_vat") | {
    "GB": "gb_vat", "CH": "ch_vat", "NO": "no_vat", "AU": "au_abn", "NZ": "nz_gst", "JP": "jp_cn",
    "US": "us_ein",
}  # fmt: skip
TaxBehavior = Literal["exclusive", "inclusive"]


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer for the tax: their country, tax numbers and exemption."""

    country: str | None
    tax_ids: tuple[tuple[str, str], ...] = ()
    tax_exempt: str = "none"

    @property
    def is_reverse_charged(self) -> bool:
        """Return True if the buyer accounts for the tax."""
        has_number = any(kind == "eu_vat" for kind, _ in self.tax_ids)
        return self.tax_exempt == "reverse" or (self.country in EU_PERCENTS and has_number)


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax of an amount in minor units; `amount` is in it, or comes on top of it."""

    amount: int
    taxable_amount: int
    behavior: TaxBehavior
    percent: Decimal
    country: str
    reason: str

    @property
    def on_top(self) -> int:
        """Return what the tax adds to the amount."""
        return self.amount if self.behavior == "exclusive" else 0


def compute_tax(amount: int, behavior: TaxBehavior, buyer: Buyer) -> Tax:
    """Compute the tax of an amount, rounded half up to the minor unit.

    Raises:
        StripeRefusal: the buyer's country is unknown.
    """
    if buyer.country is None:
        raise StripeRefusal(
            "The customer's location isn't recognized. Set a valid customer address in order to"
            " automatically calculate tax.",
            code="customer_tax_location_invalid",
        )
    reason = decide_reason(buyer)
    percent = Decimal(PERCENTS[buyer.country]) if reason == "standard_rated" else Decimal(0)
    divisor = 100 + percent if behavior == "inclusive" else Decimal(100)
    taxed = int((amount * percent / divisor).to_integral_value(ROUND_HALF_UP))
    taxable = amount - taxed if behavior == "inclusive" else amount
    return Tax(taxed, taxable, behavior, percent, buyer.country, reason)


def decide_reason(buyer: Buyer) -> str:
    """Decide why a buyer is taxed or not, in Stripe's word."""
    if buyer.tax_exempt == "exempt":
        return "customer_exempt"
    if buyer.country not in PERCENTS:
        return "not_collecting"
    return "reverse_charge" if buyer.is_reverse_charged else "standard_rated"


def render_tax_rate(tax: Tax) -> Object:
    """Render the tax rate of a tax, as Stripe Tax makes them."""
    kind, name = TAX_WORDS.get(tax.country, ("vat", "VAT"))
    return {
        "id": f"txr_{tax.country.lower()}_{tax.behavior}_{tax.percent}".replace(".", "_"),
        "object": "tax_rate",
        "active": False,
        "country": tax.country,
        "display_name": name,
        "effective_percentage": float(tax.percent),
        "inclusive": tax.behavior == "inclusive",
        "jurisdiction": tax.country,
        "livemode": False,
        "metadata": {},
        "percentage": float(PERCENTS.get(tax.country, 0)),
        "rate_type": "percentage",
        "tax_type": kind,
    }


def render_total_tax(tax: Tax) -> Object:
    """Render a tax as invoices, their lines and credit notes have it."""
    return {
        "amount": tax.amount,
        "tax_behavior": tax.behavior,
        "tax_rate_details": {"tax_rate": render_tax_rate(tax)["id"]},
        "taxability_reason": tax.reason,
        "taxable_amount": tax.taxable_amount,
        "type": "tax_rate_details",
    }
