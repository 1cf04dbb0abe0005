"""The shop: packages, providers, and the parts of the application that payments need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from gateway.identity.keys.secrets import Peppers
from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.wire.misspellings import build_suggestion
from gateway.mail.outbox import Mailer
from gateway.payments.bills import NO_TAX_POLICY, TaxPolicy, TaxTerms
from gateway.payments.errors import PaymentMethodUnavailable, UnknownPackage
from gateway.payments.packages import Package
from gateway.payments.provider import HostedProvider, Provider
from gateway.payments.reconciliation_report import ReconciliationReport
from gateway.payments.tables import Checkout

P = TypeVar("P", bound=Provider)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The packages for sale, the providers that take money, and the database and mail behind them.

    `provider_classes` has the class of every provider, by name: a purchase can be read after its
    provider's keys were removed. `providers` are those that have keys, each for one book.
    """

    database: Database
    ids: Ids
    peppers: Peppers
    mailer: Mailer
    packages: tuple[Package, ...]
    provider_classes: Mapping[str, type[Provider]]
    providers: Sequence[Provider]
    site: str
    seller: str
    paid_expiry_days: int | None
    seller_address: tuple[str, ...] = ()
    seller_tax_id: str = ""
    invoice_note: str = ""
    invoice_prefix: str = "KT"
    tax: TaxPolicy = NO_TAX_POLICY
    takes_promotion_codes: bool = False
    saves_cards: bool = False

    def get_package(self, code: str) -> Package:
        """Return the package with this code.

        Raises:
            UnknownPackage: no package has it; the hint names similar codes.
        """
        for each in self.packages:
            if each.code == code:
                return each
        hint = build_suggestion(code, [each.code for each in self.packages], otherwise="Packages")
        raise UnknownPackage(field="packageCode", hint=hint)

    def list_open_providers(self, kind: type[P]) -> list[P]:
        """List the open providers of a class, one for each book."""
        return [each for each in self.providers if isinstance(each, kind)]

    def get_provider(self, kind: type[P], book: str) -> P:
        """Return the provider of a class in a book.

        Raises:
            PaymentMethodUnavailable: it has no key in this book.
        """
        for each in self.list_open_providers(kind):
            if each.book == book:
                return each
        raise PaymentMethodUnavailable(f"{kind.unavailable_message} in {book} mode.")

    def get_provider_by_name(self, name: str, book: str) -> Provider:
        """Return the provider with this name in a book.

        Raises:
            PaymentMethodUnavailable: it has no key in this book.
        """
        return self.get_provider(self.provider_classes[name], book)

    def get_hosted_provider(self, name: str, book: str) -> HostedProvider:
        """Return the provider with this name in a book, if it has payment pages.

        Raises:
            PaymentMethodUnavailable: it has no key in this book, or no pages.
        """
        provider = self.get_provider_by_name(name, book)
        if not isinstance(provider, HostedProvider):
            raise PaymentMethodUnavailable
        return provider

    def get_tax_terms(self, provider: str) -> TaxTerms:
        """Return the tax terms of new checkouts at a provider."""
        computes = self.provider_classes[provider].computes_tax
        return self.tax.computed if computes else self.tax.other

    def get_credit_expiry(self, now: int) -> int | None:
        """Return the time at which credit bought now expires; None if it never does."""
        return None if self.paid_expiry_days is None else now + self.paid_expiry_days * DAY

    def hash_payer(self, payer: str) -> list[str]:
        """Return the hashes of a card or wallet, one with each pepper.

        A new purchase stores the first. A purchase from before the pepper was rotated has one of
        the others, so a comparison must look for all of them.
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
class CustomerProvider(HostedProvider, Protocol):
    """A hosted provider that keeps customers of its own: their address, tax id and cards."""

    async def ensure_customer(self, shop: Shop, checkout: Checkout) -> str | None:
        """Return the id of the buyer's customer, created if it is missing and needed.

        Raises:
            PaymentProviderError: it was not created.
        """

    async def replace_customer(self, shop: Shop, checkout: Checkout) -> str:
        """Return the id of a customer in place of the checkout's, which the provider has forgotten.

        Raises:
            PaymentProviderError: it was not created.
        """


@runtime_checkable
class WatchedProvider(Provider, Protocol):
    """A provider that sends no events: a sweep reads its payments from a chain."""

    sweep_name: ClassVar[str]
    sweep_seconds: ClassVar[float]

    async def compare(
        self, shop: Shop, report: ReconciliationReport, since: int, *, apply: bool
    ) -> None:
        """Add payments since a time, in microseconds, to a report; `apply` credits missing ones.

        Raises:
            PaymentProviderError: the chain cannot be read.
        """

    @staticmethod
    async def sweep(shop: Shop) -> None:
        """Credit or end the payments that are under way, in every open book."""
