"""The close of a connection whose client may still be sending.

The kernel answers bytes that nobody reads with a reset, and a reset takes away an answer that the
client has not read yet: a proxy that sends a body which was refused would say 502 and not 413.
"""

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.kit.http.protocol import DeadlineProtocol

LINGER_SECONDS = 2.0


class LingeringTransport:
    """The transport of a connection, closed only some time after the answer if more may come."""

    def __init__(self, transport: asyncio.Transport, protocol: "DeadlineProtocol") -> None:
        self._transport = transport
        self._protocol = protocol
        self._is_lingering = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        """Return what the transport itself has under this name."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send data, unless the answer has ended."""
        if not self._is_lingering:
            self._transport.write(data)

    def is_closing(self) -> bool:
        """Return True if no more is served here."""
        return self._is_lingering or self._transport.is_closing()

    def close(self) -> None:
        """End the answer; ignore what the client sends until it closes too, or its time is up."""
        if self.is_closing() or not self._protocol.expects_more():
            self._transport.close()
            return
        self._is_lingering = True
        self._protocol.flow.resume_reading()
        if self._transport.can_write_eof():  # TLS cannot
            self._transport.write_eof()
        self._protocol.loop.call_later(LINGER_SECONDS, self._transport.close)
