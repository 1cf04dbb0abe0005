"""States of checkouts and of reversals, and the words of a bill."""

from gateway.kit.database.states import State


class CheckoutState(State):
    """The state of a checkout; only deposits are `seen` or `underpaid`, a person ends `review`."""

    CREATING = "creating"
    OPEN = "open"
    PROCESSING = "processing"
    SEEN = "seen"
    CREDITED = "credited"
    UNDERPAID = "underpaid"
    EXPIRED = "expired"
    FAILED = "failed"
    REVIEW = "review"


class ReversalState(State):
    """The state of a reversal; the credit of an `undone` one was given back to the account."""

    WANTED = "wanted"
    TAKEN = "taken"
    UNDONE = "undone"


class RefundState(State):
    """The state of a refund, as a receipt shows it."""

    REFUNDED = "refunded"
    FAILED = "failed"


class DisputeOutcome(State):
    """The outcome of a dispute."""

    WON = "won"
    LOST = "lost"


class TaxSource(State):
    """The source of the tax on a bill: none, a fixed rate of the operator, or the provider."""

    NONE = "none"
    FIXED = "fixed"
    PROVIDER = "provider"


UNSETTLED_CHECKOUTS = (CheckoutState.CREATING, CheckoutState.OPEN, CheckoutState.PROCESSING)
