"""The states of x402 payments."""

from gateway.kit.database.states import State


class X402State(State):
    """The state of an x402 payment; a `lost` one was credited, and its block is no more."""

    PENDING = "pending"
    CREDITED = "credited"
    FAILED = "failed"
    LOST = "lost"
    REVERSED = "reversed"
