"""The body of a request that may open a session, looked at before the SDK reads it."""

from typing import Any

from pydantic_core import from_json
from starlette.types import Message, Receive

MOST_BYTES = 65_536  # more than any client says about itself when it opens a session


class OpeningBody:
    """What an application receives; it gives again what was read to look at it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ahead: list[Message] = []

    async def __call__(self) -> Message:
        """Return the next message of the request."""
        return self._ahead.pop(0) if self._ahead else await self._receive()

    async def is_initialize(self) -> bool:
        """Return True if the body asks for a session; without one none begins."""
        text, more = b"", True
        while more and len(text) <= MOST_BYTES:
            message = await self._receive()
            self._ahead.append(message)
            text += message.get("body", b"")
            more = message.get("more_body", False)
        return not more and _method_of(text) == "initialize"


def _method_of(text: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        body = from_json(text)
    except ValueError:
        return None
    return body.get("method") if isinstance(body, dict) else None
