"""The body of a request that may open a session, read ahead of the SDK and then replayed to it."""

from typing import Any

from pydantic_core import from_json
from starlette.types import Message, Receive

MAX_PEEKED_BYTES = 65_536  # an `initialize` of a real client has some hundred bytes


class PeekableBody:
    """A `receive` for an application that replays the messages read ahead of it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._peeked_messages: list[Message] = []

    async def __call__(self) -> Message:
        """Return the next message of the request, first those that were read ahead."""
        return self._peeked_messages.pop(0) if self._peeked_messages else await self._receive()

    async def is_initialize(self) -> bool:
        """Return True if the body is an `initialize` request, which alone begins a session.

        Reads at most a little over `MAX_PEEKED_BYTES`; a longer body is taken for another request.
        """
        text, has_more = b"", True
        while has_more and len(text) <= MAX_PEEKED_BYTES:
            message = await self._receive()
            self._peeked_messages.append(message)
            text += message.get("body", b"")
            has_more = message.get("more_body", False)
        return not has_more and _parse_method(text) == "initialize"


def _parse_method(text: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        body = from_json(text)
    except ValueError:
        return None
    return body.get("method") if isinstance(body, dict) else None
