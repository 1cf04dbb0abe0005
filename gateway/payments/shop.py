"""The shop: what every part of the payments slice stands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from gateway.identity.secrets import Peppers
from gateway.kit.clock import DAY
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.kit.names import did_you_mean
from gateway.mail.outbox import Mailer
from gateway.payments.comparing import Report
from gateway.payments.errors import PaymentMethodUnavailable, UnknownPackage
from gateway.payments.packages import Package
from gateway.payments.provider import HostedProvider, Provider

P = TypeVar("P", bound=Provider)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What is for sale, the ways to pay that are open, and where it is all written down.

    `kinds` are all providers that there are, by name: what was paid through one is known even
    where it has no keys any more. `providers` are those open, each in its book.
    """

    database: Database
    ids: Ids
    peppers: Peppers
    mailer: Mailer
    packages: tuple[Package, ...]
    kinds: Mapping[str, type[Provider]]
    providers: Sequence[Provider]
    site: str
    seller: str
    paid_expiry_days: int | None

    def package(self, code: str) -> Package:
        """Return the package with this code.

        Raises:
            UnknownPackage: there is none.
        """
        for each in self.packages:
            if each.code == code:
                return each
        hint = did_you_mean(code, [each.code for each in self.packages], otherwise="Packages")
        raise UnknownPackage(field="packageCode", hint=hint)

    def opened(self, kind: type[P]) -> list[P]:
        """Return the providers of a kind that are open, one for each book."""
        return [each for each in self.providers if isinstance(each, kind)]

    def at(self, kind: type[P], book: str) -> P:
        """Return the provider of a kind in a book.

        Raises:
            PaymentMethodUnavailable: it is not open there.
        """
        for each in self.opened(kind):
            if each.book == book:
                return each
        raise PaymentMethodUnavailable(f"{kind.refusal} in {book} mode.")

    def provider(self, name: str, book: str) -> Provider:
        """Return the provider of this name in a book.

        Raises:
            PaymentMethodUnavailable: it is not open there.
        """
        return self.at(self.kinds[name], book)

    def hosted(self, name: str, book: str) -> HostedProvider:
        """Return a provider with pages of its own for a book.

        Raises:
            PaymentMethodUnavailable: it is not open there, or has none.
        """
        found = self.provider(name, book)
        if not isinstance(found, HostedProvider):
            raise PaymentMethodUnavailable
        return found

    def expiry(self, now: int) -> int | None:
        """Return until when credit bought now can be spent, None for ever."""
        return None if self.paid_expiry_days is None else now + self.paid_expiry_days * DAY

    def hash_payer(self, payer: str) -> list[str]:
        """Return what tells two cards, or two wallets, apart and names neither.

        The first is what a new purchase keeps; one from before the pepper was changed has one of
        the others.
        """
        return [
            f"{pepper}:{self.peppers.hash(f'card:{payer}', pepper).hex()}"
            for pepper in self.peppers.by_id
        ]

    async def close(self) -> None:
        """Close every connection to a provider."""
        for each in self.providers:
            await each.close()


@runtime_checkable
class WatchedProvider(Provider, Protocol):
    """A provider that tells nobody: its payments are read off a chain, and credited from there."""

    sweep_name: ClassVar[str]
    sweep_seconds: ClassVar[float]

    async def compare(self, shop: Shop, report: Report, since: int, *, apply: bool) -> None:
        """Put into a report what is there since a time, in microseconds; settle what is missing.

        Raises:
            PaymentProviderError: the chain cannot be read.
        """

    @staticmethod
    async def sweep(shop: Shop) -> None:
        """Look after what is under way, in every book that is open."""
