"""The report of a reconciliation: both sums, and one line a difference."""

from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from gateway.kit.money import render_usd


class DifferenceDetails(TypedDict, total=False):
    """The optional fields of a difference."""

    checkoutId: str | None
    outcome: str | None
    currency: str
    transaction: str


class Difference(DifferenceDetails, TypedDict):
    """A difference as a report prints it, with the amounts at the provider and in the books."""

    what: str
    id: str
    providerUsd: str
    booksUsd: str


class ReportFields(TypedDict):
    """A report as it is printed."""

    provider: str
    book: str
    providerUsd: str
    booksUsd: str
    differences: list[Difference]


@dataclass(slots=True)
class ReconciliationReport:
    """The sums of the books and of a provider over the last 35 days, and their differences."""

    provider: str
    book: str
    provider_microusd: int = 0
    books_microusd: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add_amounts(self, *, provider_microusd: int = 0, books_microusd: int = 0) -> None:
        """Add amounts to the two sums."""
        self.provider_microusd += provider_microusd
        self.books_microusd += books_microusd

    def render(self) -> ReportFields:
        """Render the report as the JSON that operators see."""
        return {
            "provider": self.provider,
            "book": self.book,
            "providerUsd": render_usd(self.provider_microusd),
            "booksUsd": render_usd(self.books_microusd),
            "differences": self.differences,
        }


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
