"""The report of a reconciliation: both sums, and one line a difference."""

from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from gateway.kit.money import render_usd
from gateway.payments.currencies import DOLLARS, render_amount


class DifferenceDetails(TypedDict, total=False):
    """The optional fields of a difference.

    One in another currency than dollars has its amounts in `provider` and `books`.
    """

    checkoutId: str | None
    outcome: str | None
    currency: str
    provider: str
    books: str
    transaction: str


class Difference(DifferenceDetails, TypedDict):
    """A difference as a report prints it, with the amounts at the provider and in the books."""

    what: str
    id: str
    providerUsd: str
    booksUsd: str


class CurrencySums(TypedDict):
    """The two sums of a report in a currency other than dollars."""

    currency: str
    provider: str
    books: str


class ReportFields(TypedDict):
    """A report as it is printed."""

    provider: str
    book: str
    providerUsd: str
    booksUsd: str
    otherCurrencies: list[CurrencySums]
    differences: list[Difference]


@dataclass(slots=True)
class ReconciliationReport:
    """The sums of the books and of a provider over the last 35 days, and their differences.

    `other_sums` has the sums in currencies other than dollars: at the provider, and in the books.
    """

    provider: str
    book: str
    provider_microusd: int = 0
    books_microusd: int = 0
    other_sums: dict[str, tuple[int, int]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def add_amounts(self, *, provider_microusd: int = 0, books_microusd: int = 0) -> None:
        """Add amounts to the two sums."""
        self.provider_microusd += provider_microusd
        self.books_microusd += books_microusd

    def add_charge(self, currency: str, *, provider_micros: int = 0, books_micros: int = 0) -> None:
        """Add amounts in a currency to its two sums."""
        if currency == DOLLARS:
            self.add_amounts(provider_microusd=provider_micros, books_microusd=books_micros)
            return
        provider, books = self.other_sums.get(currency, (0, 0))
        self.other_sums[currency] = provider + provider_micros, books + books_micros

    def render(self) -> ReportFields:
        """Render the report as the JSON that operators see."""
        return {
            "provider": self.provider,
            "book": self.book,
            "providerUsd": render_usd(self.provider_microusd),
            "booksUsd": render_usd(self.books_microusd),
            "otherCurrencies": [
                {
                    "currency": currency,
                    "provider": render_amount(provider, currency),
                    "books": render_amount(books, currency),
                }
                for currency, (provider, books) in sorted(self.other_sums.items())
            ],
            "differences": self.differences,
        }


def build_charge_difference(
    what: str,
    object_id: str,
    charged_in: str,
    amounts: tuple[int, int],
    **details: Unpack[DifferenceDetails],
) -> Difference:
    """Build the line of a difference in a currency; amounts at the provider and in the books."""
    provider, books = amounts
    details["currency"] = charged_in
    if charged_in == DOLLARS:
        return build_difference(what, object_id, provider, books, **details)
    details["provider"] = render_amount(provider, charged_in)
    details["books"] = render_amount(books, charged_in)
    return build_difference(what, object_id, 0, 0, **details)


def build_difference(
    what: str,
    object_id: str,
    provider_microusd: int,
    books_microusd: int,
    **details: Unpack[DifferenceDetails],
) -> Difference:
    """Build the line of a difference; amounts in micro-USD, at the provider and in the books."""
    return {
        "what": what,
        "id": object_id,
        "providerUsd": render_usd(provider_microusd),
        "booksUsd": render_usd(books_microusd),
        **details,
    }
