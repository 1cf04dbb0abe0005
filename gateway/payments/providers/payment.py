"""What was paid and what went back, whichever provider says so."""

from dataclasses import dataclass

ARRIVED = {"paid", "refunded"}
REFUND_COUNTS = {"pending", "requires_action", "succeeded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A hosted checkout as its provider has it now; amounts in micro-USD of its currency.

    `returned_microusd` is what went back of it, where the provider tells that with the checkout:
    Coinbase. Stripe has lists of its own for it.
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
    provider: str = "stripe"
    returned_microusd: int = 0

    @property
    def has_arrived(self) -> bool:
        """Return True if the money came, wherever it went since."""
        return self.payment_status in ARRIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """A refund as Stripe has it now."""

    id: str
    intent_id: str | None
    amount_microusd: int
    status: str
    reversal_id: str | None
    reason: str | None

    @property
    def counts(self) -> bool:
        """Say whether the money is gone, or on its way."""
        return self.status in REFUND_COUNTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """A dispute as Stripe has it now."""

    id: str
    intent_id: str | None
    amount_microusd: int
    status: str
    withdrawn: bool
    reinstated: bool
    reason: str | None

    @property
    def counts(self) -> bool:
        """Say whether the money is gone."""
        return self.withdrawn and not self.reinstated
