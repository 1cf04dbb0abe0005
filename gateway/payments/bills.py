"""Bills: what a buyer was charged, in the currency of the charge, and its tax. Pure.

Tax is never credit. A bill adds up in one of two ways. With an exclusive tax the list price less
the discount is the net amount, and the tax comes on top. With an inclusive one it is the total,
and the tax is a part of it. Amounts are millionths of the currency.
"""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from gateway.kit.wire.json_text import JsonObject
from gateway.payments.currencies import get_minor_unit_micros
from gateway.payments.states import TaxSource


class UnbalancedBillError(ValueError):
    """The amounts of a bill do not add up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTerms:
    """The tax of a checkout, as the operator set it when the checkout was opened.

    `fixed` is a rate in `percent`, always included in the price. `provider` leaves the rate to the
    provider, which asks for the buyer's country; `included` says if the price contains it.
    """

    source: TaxSource = TaxSource.NONE
    included: bool = False
    name: str | None = None
    percent: str | None = None


NO_TAX = TaxTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPolicy:
    """The tax terms of new checkouts: at providers that can compute a tax, and at all others."""

    computed: TaxTerms = NO_TAX
    other: TaxTerms = NO_TAX


NO_TAX_POLICY = TaxPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The amounts that a buyer was charged, and the data that the provider took down for the tax.

    Raises:
        UnbalancedBillError: an amount is negative, or the amounts do not add up.
    """

    currency: str
    list_micros: int
    discount_micros: int = 0
    net_micros: int
    tax_micros: int = 0
    total_micros: int
    tax_included: bool = False
    tax_source: TaxSource = TaxSource.NONE
    tax_name: str | None = None
    tax_percent: str | None = None
    reverse_charge: bool = False
    country: str | None = None
    tax_id: str | None = None
    buyer_name: str | None = None
    buyer_address: JsonObject | None = None
    promotion_code: str | None = None
    provider_invoice_id: str | None = None
    provider_invoice_url: str | None = None

    def __post_init__(self) -> None:
        """Check that the amounts add up."""
        amounts = (
            self.list_micros, self.discount_micros, self.net_micros, self.tax_micros,
            self.total_micros,
        )  # fmt: skip
        priced = self.total_micros if self.tax_included else self.net_micros
        if (
            min(amounts) < 0
            or self.net_micros + self.tax_micros != self.total_micros
            or self.list_micros - self.discount_micros != priced
        ):
            raise UnbalancedBillError(f"{amounts} does not add up")

    @property
    def price_micros(self) -> int:
        """The price less the discount: what the package cost, with an included tax."""
        return self.list_micros - self.discount_micros


def build_plain_bill(currency: str, price_micros: int) -> Bill:
    """Build the bill of a price without discount and tax."""
    return Bill(
        currency=currency,
        list_micros=price_micros,
        net_micros=price_micros,
        total_micros=price_micros,
    )


def build_charged_bill(
    currency: str, *, list_micros: int, discount_micros: int, tax_micros: int, total_micros: int
) -> Bill:
    """Build a bill from the amounts that a provider reports; the total tells if tax is included.

    Raises:
        UnbalancedBillError: the amounts add up in neither way.
    """
    return Bill(
        currency=currency,
        list_micros=list_micros,
        discount_micros=discount_micros,
        net_micros=total_micros - tax_micros,
        tax_micros=tax_micros,
        total_micros=total_micros,
        tax_included=tax_micros > 0 and list_micros - discount_micros == total_micros,
    )


def apply_tax_terms(charged: Bill, terms: TaxTerms) -> Bill:
    """Complete a charged bill by the terms of its checkout; a fixed rate splits off its tax.

    A tax that the provider reports is the provider's, whatever the terms are.
    """
    if charged.tax_micros or terms.source == TaxSource.PROVIDER:
        return replace(
            charged,
            tax_source=TaxSource.PROVIDER,
            tax_included=charged.tax_included if charged.tax_micros else terms.included,
            tax_name=charged.tax_name or terms.name,
        )
    if terms.source == TaxSource.NONE:
        return charged
    tax_micros = calculate_included_tax(
        charged.total_micros, terms.percent or "0", get_minor_unit_micros(charged.currency)
    )
    return replace(
        charged,
        net_micros=charged.total_micros - tax_micros,
        tax_micros=tax_micros,
        tax_included=True,
        tax_source=TaxSource.FIXED,
        tax_name=terms.name,
        tax_percent=terms.percent,
    )


def calculate_included_tax(total_micros: int, percent: str, minor_unit_micros: int) -> int:
    """Return the tax that a total contains, in whole minor units: the nearest, half goes up."""
    rate = Fraction(percent)
    minor_units = Fraction(total_micros, minor_unit_micros) * rate / (100 + rate)
    return min(total_micros, int(minor_units + Fraction(1, 2)) * minor_unit_micros)


def convert_to_dollars(amount_micros: int, *, price_microusd: int, price_micros: int) -> int:
    """Convert an amount at a package's own rate, rounded down to micro-USD.

    The rate is the package's price in dollars by its price in the currency of the amount.
    """
    return amount_micros * price_microusd // price_micros if price_micros else 0


def calculate_share(whole: int, *, total: int, before: int, part: int, shared: int) -> int:
    """Return the share of a whole that a part of a total has, after the parts before it.

    `shared` is what the parts before it share. Shares of parts that make up the total make up the
    whole, however it was divided and whichever parts were undone in between. Refunds and disputes
    may overlap, so parts may be more than the total, and shares more than the whole.
    """
    if not total or not part:
        return 0
    return max(0, whole * (before + part) // total - shared)


def parse_tax_percent(text: str) -> str:
    """Return a tax rate such as `20` or `8.875` as it is written on bills.

    Raises:
        ValueError: it is no number above 0 and below 100 with at most 4 decimals.
    """
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no percentage") from None
    if not rate.is_finite() or not 0 < rate < 100 or rate != round(rate, 4):  # noqa: PLR2004 - per cent
        raise ValueError(f"{text!r} is not between 0 and 100, with at most 4 decimals")
    return f"{rate.normalize():f}"
