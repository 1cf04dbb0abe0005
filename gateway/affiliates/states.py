"""The states of affiliates, their commissions and payouts."""

from gateway.kit.database.states import State


class AffiliateState(State):
    """The state of an affiliate: only an approved one earns."""

    APPLIED = "applied"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    BANNED = "banned"


class CommissionState(State):
    """The state of a commission; one on `hold` waits for a person."""

    PENDING = "pending"
    HOLD = "hold"
    APPROVED = "approved"
    IN_PAYOUT = "in_payout"
    PAID = "paid"
    REVERSED = "reversed"


class PayoutState(State):
    """The state of a payout; the last three are final."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"
    FAILED = "failed"


OPEN_PAYOUT_STATES = (PayoutState.REQUESTED, PayoutState.APPROVED)
