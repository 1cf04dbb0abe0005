"""Payments, refunds and disputes as a provider reports them, in the words of no provider."""

from dataclasses import dataclass

from gateway.payments.bills import Bill

SETTLED_PAYMENT_STATUSES = {"paid", "free"}
ARRIVED_PAYMENT_STATUSES = {*SETTLED_PAYMENT_STATUSES, "refunded"}
COUNTED_REFUND_STATUSES = {"pending", "succeeded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A hosted checkout as its provider has it now; amounts in millionths of its currency.

    `status` is `open`, `complete` or `expired`. `payment_status` is `unpaid`, `paid`, `refunded`,
    or `free` if a discount left nothing to pay; a checkout with any other word waits for a person.
    With an `intent_status` of
    `canceled` a complete checkout will never be paid. `returned_micros` is the total that was
    refunded, for a provider that does not list its refunds. `bill` is None if the provider knows
    neither discounts nor taxes, or if its amounts do not add up, and it is not `is_balanced`.
    """

    session_id: str
    status: str
    payment_status: str
    amount_micros: int
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
    returned_micros: int = 0
    bill: Bill | None = None
    is_balanced: bool = True

    @property
    def is_settled(self) -> bool:
        """Return True if all of it is paid now, or nothing is to be paid."""
        return self.payment_status in SETTLED_PAYMENT_STATUSES

    @property
    def natural_key(self) -> str:
        """The provider's own name of the payment; a free one has only its session."""
        return self.intent_id or self.session_id

    @property
    def has_arrived(self) -> bool:
        """Return True if the money arrived, even if it was refunded since."""
        return self.payment_status in ARRIVED_PAYMENT_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """A refund that a provider is asked for; the id of its reversal is the idempotency key.

    The amount is in millionths of `currency`, that of the payment.
    """

    intent_id: str
    amount_micros: int
    currency: str
    reversal_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteOrder:
    """A credit note that a provider is asked for, on its own invoice and for its own refund."""

    invoice_id: str
    refund_id: str
    amount_micros: int
    currency: str
    reversal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRefund:
    """A refund as its provider has it now: `pending`, `succeeded` or `failed`.

    The amount is in millionths of the currency of its payment.
    """

    id: str
    intent_id: str | None
    amount_micros: int
    status: str
    reversal_id: str | None
    reason: str | None

    @property
    def is_counted(self) -> bool:
        """Return True if the money left the provider, or is about to."""
        return self.status in COUNTED_REFUND_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDispute:
    """A dispute as its provider has it now: `won`, `lost`; with any other word it is open.

    The amount is in millionths of the currency of its payment.
    """

    id: str
    intent_id: str | None
    amount_micros: int
    status: str
    withdrawn: bool
    reinstated: bool
    reason: str | None

    @property
    def is_counted(self) -> bool:
        """Return True if the disputed money was withdrawn and not returned."""
        return self.withdrawn and not self.reinstated
