"""The states of a device link."""

from gateway.kit.database.states import State


class LinkState(State):
    """The state of a device link; `expired` if no one decided it in time."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    REDEEMED = "redeemed"
    EXPIRED = "expired"


STORED_LINK_STATES = (
    LinkState.PENDING,
    LinkState.APPROVED,
    LinkState.DENIED,
    LinkState.REDEEMED,
)
