"""The states of a device link."""

from gateway.kit.database.states import State


class LinkState(State):
    """Progress of a device link; one that nobody decided in time is shown as `expired`."""

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
