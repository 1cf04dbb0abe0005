"""The port of payment providers: what the rest of the slice asks of whoever takes money.

Each is a `Provider` of one book. What only some can do is a protocol of its own: a provider that
does not implement it is never asked for it, so adding one means writing only what it can do.
Providers know what they are asked, not how it becomes credit; amounts are micro-USD, times Unix
seconds. Where one cannot be asked it raises `PaymentProviderError`, `final` if it never will.
`shop.WatchedProvider` is for payments that are read off a chain.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import ClassVar, Protocol, runtime_checkable

from gateway.ledger.accounts import House
from gateway.payments.inbox import Event
from gateway.payments.packages import Package
from gateway.payments.payment import Disputed, Payment, Refunded
from gateway.payments.schemas import Method
from gateway.payments.tables import Checkout

Returned = Refunded | Disputed


@runtime_checkable
class Provider(Protocol):
    """Who takes money, in one book.

    `name` is its word in rows, metrics and on the wire, `compared_as` that of comparisons, and
    `method` the way to pay in the list of packages that it serves. `clearing` is the house account
    that its money comes from. `refusal` says what a book without it does not take. If
    `pays_in_parts`, several payments may fill one checkout; if it `completes_late`, one that was
    called over may still be paid.
    """

    name: ClassVar[str]
    compared_as: ClassVar[str]
    method: ClassVar[str]
    clearing: ClassVar[House]
    refusal: ClassVar[str]
    pays_in_parts: ClassVar[bool]
    completes_late: ClassVar[bool]

    @property
    def book(self) -> str:
        """Return the book that it is open in."""

    def sells(self, package: Package) -> bool:
        """Return True if a package can be paid in this way."""

    def offer(self) -> Method:
        """Return what the list of packages says of it."""

    async def close(self) -> None:
        """Close every connection."""


@runtime_checkable
class HostedProvider(Provider, Protocol):
    """A provider with payment pages of its own."""

    @property
    def pages(self) -> str:
        """Return the origin of its payment pages."""

    async def create_session(self, checkout: Checkout, *, site: str) -> Payment:
        """Open the page of a checkout; repeated, the same one."""

    async def payment(self, session_id: str) -> Payment | None:
        """Return a checkout as it is now, or None where the provider knows none with this id."""

    def sessions_since(self, seconds: int) -> AsyncIterator[Payment]:
        """Yield the checkouts created since a time, at least those whose money came."""


@runtime_checkable
class NotifyingProvider(HostedProvider, Protocol):
    """A hosted provider that sends signed events."""

    event_types: ClassVar[Collection[str]]

    def is_signed(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Return True if a secret of this book signed these bytes just now.

        Raises:
            ValueError, LookupError: the signature is none, or too old or too new.
        """

    def read_event(self, raw: bytes) -> Event:
        """Read a signed event.

        Raises:
            ValueError, LookupError, TypeError: it is none, or not of this book.
        """

    async def subject_of(self, event: Event) -> str | Returned | None:
        """Return what to look at: a session's id, a refund or dispute as it is now, or nothing."""


@runtime_checkable
class ReplayingProvider(NotifyingProvider, Protocol):
    """A provider that keeps its events, so that a lost one can be read again."""

    async def fetch_event(self, event_id: str) -> Event:
        """Return an event that it sent."""


@runtime_checkable
class RefundingProvider(HostedProvider, Protocol):
    """A hosted provider that pays back when asked, and tells of refunds and disputes by lists."""

    async def pay_back(
        self, intent_id: str, amount_microusd: int, reversal_id: str, reason: str
    ) -> Refunded:
        """Refund a part of a payment; `reversal_id` makes it happen once."""

    async def session_of(self, intent_id: str) -> str | None:
        """Return the id of the session that a payment was made in."""

    def returns(
        self, *, since: int | None = None, intent_id: str | None = None
    ) -> AsyncIterator[Returned]:
        """Yield refunds and disputes: those since a time, or those of a payment."""

    async def find_return(self, kind: str, reference: str) -> Returned | None:
        """Return a refund or dispute, or None where the provider knows none of this id."""

    def can_name(self, reference: str) -> bool:
        """Return True if it may be the provider's id of a return, and not one recorded by hand."""


def pays_back(kind: type[Provider]) -> bool:
    """Return True if a kind of provider refunds when asked; others are paid back by hand."""
    return hasattr(kind, RefundingProvider.pay_back.__name__)


def replays(kind: type[Provider]) -> bool:
    """Return True if a kind of provider keeps its events."""
    return hasattr(kind, ReplayingProvider.fetch_event.__name__)
