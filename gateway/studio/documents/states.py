"""The states of the takes of a storyboard."""

from gateway.kit.states import State


class TakeState(State):
    """The end of a take: that of the plan step which made it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
