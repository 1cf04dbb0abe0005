"""The states of messages to the agent."""

from gateway.kit.database.states import State


class RequestState(State):
    """The state of a message to the agent; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class QuoteState(State):
    """The state of a priced message; it can be sent once."""

    OPEN = "open"
    EXPIRED = "expired"
    SENT = "sent"


class ToolState(State):
    """The state of a tool call of the agent, as its events report it."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


OPEN_REQUEST_STATES = (RequestState.QUEUED, RequestState.RUNNING)
