"""The findings of comparing the books with a provider."""

from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from gateway.kit.money import usd


class DifferenceDetails(TypedDict, total=False):
    """The fields of a difference that not every one has."""

    checkoutId: str | None
    outcome: str | None
    currency: str
    transaction: str


class Difference(DifferenceDetails, TypedDict):
    """A difference as a report prints it: so much is at the provider, and so much in the books."""

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
class Report:
    """What the books and a provider say of the last 35 days; each difference is one line."""

    provider: str
    book: str
    provider_microusd: int = 0
    books_microusd: int = 0
    differences: list[Difference] = field(default_factory=list)

    def count(self, *, provider_microusd: int = 0, books_microusd: int = 0) -> None:
        """Add to both sums."""
        self.provider_microusd += provider_microusd
        self.books_microusd += books_microusd

    def shown(self) -> ReportFields:
        """Return the report as JSON."""
        return {
            "provider": self.provider,
            "book": self.book,
            "providerUsd": usd(self.provider_microusd),
            "booksUsd": usd(self.books_microusd),
            "differences": self.differences,
        }


def line(
    what: str, name: str, there: int, booked: int, **more: Unpack[DifferenceDetails]
) -> Difference:
    """Return a difference as a line of a report: so much is there, and so much in the books."""
    return {
        "what": what,
        "id": name,
        "providerUsd": usd(there),
        "booksUsd": usd(booked),
        **more,
    }
