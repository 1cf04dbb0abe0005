"""The port of payment providers: what the slice asks of each company or chain that takes money.

Each object is a `Provider` of one book. A skill that only some have is a protocol of its own, and
is asked only of providers that implement it: a new provider writes only what it can do. Providers
answer questions and know nothing of credit. Amounts are micro-USD, times are Unix seconds. A
provider that cannot answer raises `PaymentProviderError`, `final` if a repeat cannot help.
`shop.WatchedProvider` is for payments that are read from a chain.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import ClassVar, Protocol, runtime_checkable

from gateway.ledger.accounts.owners import House
from gateway.payments.inbox import ProviderEvent
from gateway.payments.packages import Package
from gateway.payments.payment import (
    CreditNoteOrder,
    Payment,
    ProviderDispute,
    ProviderRefund,
    RefundOrder,
)
from gateway.payments.schemas import Method
from gateway.payments.tables import Checkout

ProviderReturn = ProviderRefund | ProviderDispute


@runtime_checkable
class Provider(Protocol):
    """A payment provider, opened in one book.

    `name` is its word in rows, metrics and on the wire; `reconciliation_name` is its name in
    reconciliations; `method` is its payment method in the list of packages. `clearing_account` is
    the house account that its money comes from. `unavailable_message` begins the answer of a book
    without this provider. If it `pays_in_parts`, several payments may fill one checkout. If it
    `completes_late`, a checkout that it reported as over may still be paid. One that
    `computes_tax` asks for the buyer's country and charges its tax. One that `takes_currencies`
    sells a package in every currency that it has a price in, the others in dollars only.
    `takes_promotion_codes` if its payment page can.
    """

    name: ClassVar[str]
    reconciliation_name: ClassVar[str]
    method: ClassVar[str]
    clearing_account: ClassVar[House]
    unavailable_message: ClassVar[str]
    pays_in_parts: ClassVar[bool]
    completes_late: ClassVar[bool]
    computes_tax: ClassVar[bool]
    takes_currencies: ClassVar[bool]
    takes_promotion_codes: ClassVar[bool]

    @property
    def book(self) -> str:
        """Return the book that it is open in."""

    def can_sell(self, package: Package) -> bool:
        """Return True if this provider can take the payment of a package."""

    def render_method(self) -> Method:
        """Render this provider for the list of payment methods."""

    async def close(self) -> None:
        """Close every connection."""


@runtime_checkable
class HostedProvider(Provider, Protocol):
    """A provider with payment pages of its own."""

    @property
    def pages_origin(self) -> str:
        """Return the origin of its payment pages."""

    async def create_session(self, checkout: Checkout, *, site: str) -> Payment:
        """Open the payment page of a checkout; an equal call returns the same page."""

    async def find_payment(self, session_id: str) -> Payment | None:
        """Return the payment of a session as it is now; None if the provider does not know it."""

    def list_payments_since(self, seconds: int) -> AsyncIterator[Payment]:
        """Yield the payments of sessions created since a Unix time; unpaid ones may be left out."""


@runtime_checkable
class NotifyingProvider(HostedProvider, Protocol):
    """A hosted provider that sends signed events."""

    event_types: ClassVar[Collection[str]]

    def is_signed(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Return True if a secret of this book signed these bytes just now.

        Raises:
            ValueError, LookupError: the signature is malformed, too old or too new.
        """

    def read_event(self, raw: bytes) -> ProviderEvent:
        """Read a signed event.

        Raises:
            ValueError, LookupError, TypeError: the bytes are no event, or one of the other book.
        """

    async def find_event_subject(self, event: ProviderEvent) -> str | ProviderReturn | None:
        """Return what the event is about: a session id, a refund or dispute, or None."""


@runtime_checkable
class ReplayingProvider(NotifyingProvider, Protocol):
    """A provider that keeps its events, so that a lost one can be fetched."""

    async def fetch_event(self, event_id: str) -> ProviderEvent:
        """Fetch an event that this provider sent."""


@runtime_checkable
class RefundingProvider(HostedProvider, Protocol):
    """A hosted provider that refunds when asked, and lists its refunds and disputes."""

    async def refund_payment(self, order: RefundOrder) -> ProviderRefund:
        """Refund a part of a payment; a repeated call answers the same refund."""

    async def find_session_id(self, intent_id: str) -> str | None:
        """Return the id of the session that a payment was made in, or None."""

    def list_returns(
        self, *, since: int | None = None, intent_id: str | None = None
    ) -> AsyncIterator[ProviderReturn]:
        """Yield refunds and disputes: those since a Unix time, or those of a payment."""

    async def find_return(self, kind: str, reference: str) -> ProviderReturn | None:
        """Return a refund or dispute as it is now, or None if the provider does not know it."""

    def is_return_id(self, reference: str) -> bool:
        """Return True if this may be the provider's id of a refund or dispute.

        References of refunds that an operator recorded by hand are no such ids.
        """


@runtime_checkable
class InvoicingProvider(RefundingProvider, Protocol):
    """A refunding provider that makes invoices, and corrects them when it refunds."""

    async def create_credit_note(self, order: CreditNoteOrder) -> str:
        """Create the credit note of a refund, and return its id; a repeated call is the same."""


def can_refund(kind: type[Provider]) -> bool:
    """Return True if a class of providers refunds when asked; others are refunded by hand."""
    # `issubclass` refuses protocols with data members, so one method stands for the protocol.
    return hasattr(kind, RefundingProvider.refund_payment.__name__)


def can_replay_events(kind: type[Provider]) -> bool:
    """Return True if a class of providers keeps its events."""
    return hasattr(kind, ReplayingProvider.fetch_event.__name__)
