"""The states of accounts and the phases of transfers."""

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
