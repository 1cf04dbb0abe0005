"""The states of accounts, the phases of transfers, and their codes."""

from gateway.kit.database.states import State


class AccountState(State):
    """The state of a ledger account; only an active one spends."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class Phase(State):
    """The phase of a transfer: at once, or pending until it is posted or voided."""

    SINGLE = "single"
    PENDING = "pending"
    POST = "post"
    VOID = "void"


class TransferCode(State):
    """The reason of a transfer: the journal writes no other, and each has a line in statements."""

    HOLD = "hold"
    CONSUME = "consume"
    PURCHASE = "purchase"
    BONUS = "bonus"
    PROMO = "promo"
    CODE_TAKEN_BACK = "code_taken_back"
    CODE_RESTORED = "code_restored"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    DEPOSIT_REVERSED = "deposit_reversed"
    DEPOSIT_RESTORED = "deposit_restored"
    GRANT_EXPIRED = "grant_expired"
    ADJUST = "adjust"
    PAYOUT = "payout"
    COMMISSION = "commission"
    CLAWBACK = "clawback"
    CLAWBACK_UNDONE = "clawback_undone"


SPENDING_CODES = (TransferCode.HOLD, TransferCode.CONSUME)
"""The codes of what an account spends: the price of a job or a message, and direct spending."""
