"""The states of the takes of a storyboard."""

from gateway.kit.database.states import State


class TakeState(State):
    """The outcome of a take, as of the step that made it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
