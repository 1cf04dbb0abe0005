"""Errors of the agent, and the failures that a request to it can end with."""

from gateway.kit.errors import Conflict, Unavailable

NOTHING_CHARGED = "Nothing was charged."


class AgentUnavailable(Unavailable):
    """The agent is not available; plans, documents and tools work without it."""

    code = "agent_unavailable"
    hint = "Prepare plans yourself: POST /api/v1/studio/agent/approval-plans/prepare."
    retryable = False


class RequestFinished(Conflict):
    """The request has already ended."""

    code = "request_finished"
    hint = "There is nothing to do; read the request to see how it ended."


# Code of a failed request: message, hint, and whether sending it again can help.
FAILURES: dict[str, tuple[str, str, bool]] = {
    "agent_failed": ("The model failed to answer.", "Send the message again.", True),
    "agent_unavailable": (
        "The agent cannot reach its model.",
        "Prepare plans yourself, or tell the operator.",
        False,
    ),
    "agent_interrupted": (
        "The worker running it was lost; it is not retried automatically.",
        "Send the message again.",
        True,
    ),
    "context_exceeded": (
        "The conversation is too long for the model.",
        "Start a new thread.",
        False,
    ),
}


def render_failure(code: str | None) -> dict[str, str | bool] | None:
    """Render the `error` of a request from its code; None without one."""
    if code is None:
        return None
    message, hint, retryable = FAILURES[code]
    return {
        "code": code, "message": f"{message} {NOTHING_CHARGED}",
        "hint": hint, "retryable": retryable,
    }  # fmt: skip
