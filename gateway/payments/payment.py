"""Payments and their returns, whichever provider reports them."""

from dataclasses import dataclass

ARRIVED = {"paid", "refunded"}
ON_ITS_WAY = {"pending", "succeeded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A hosted checkout as its provider has it now; amounts in micro-USD of its currency.

    `status` is `open`, `complete` or `expired`, and `payment_status` `unpaid`, `paid` or
    `refunded`; any other word of it waits for a person. An `intent_status` of `canceled` says that
    a complete checkout will not be paid any more. `returned_microusd` is what went back of it,
    where the provider has no lists of its own for that.
    """

    session_id: str
    status: str
    payment_status: str
    amount_microusd: int
    currency: str
    account_id: str
    checkout_id: str
    package_code: str
    livemode: bool
    url: str | None
    email: str | None
    intent_id: str | None
    intent_status: str | None
    intent_checkout_id: str | None
    fingerprint: str | None
    provider: str
    returned_microusd: int = 0

    @property
    def has_arrived(self) -> bool:
        """Return True if the money came, wherever it went since."""
        return self.payment_status in ARRIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """A refund as its provider has it now: `pending`, `succeeded` or `failed`."""

    id: str
    intent_id: str | None
    amount_microusd: int
    status: str
    reversal_id: str | None
    reason: str | None

    @property
    def counts(self) -> bool:
        """Return True if the money is gone, or on its way."""
        return self.status in ON_ITS_WAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """A dispute as its provider has it now: `won`, `lost`, or in any other word open."""

    id: str
    intent_id: str | None
    amount_microusd: int
    status: str
    withdrawn: bool
    reinstated: bool
    reason: str | None

    @property
    def counts(self) -> bool:
        """Return True if the money is gone."""
        return self.withdrawn and not self.reinstated
