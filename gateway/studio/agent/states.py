"""The states of messages to the agent."""

from gateway.kit.database.states import State


class RequestState(State):
    """Progress of a message to the agent; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class QuoteState(State):
    """Progress of a message that was priced; it can be sent once."""

    OPEN = "open"
    EXPIRED = "expired"
    SENT = "sent"


class ToolState(State):
    """Progress of a tool that the agent calls, as its events report it."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


OPEN_REQUEST_STATES = (RequestState.QUEUED, RequestState.RUNNING)
