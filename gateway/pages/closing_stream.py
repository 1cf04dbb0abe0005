"""A streamed answer that closes its source."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class ClosingStream(StreamingResponse):
    """A streamed answer whose source is closed however the answer ends.

    Starlette drops the iterator of a browser that has left; the operation would hold its place in
    the stream limits until garbage collection.
    """

    def __init__(
        self, first: bytes, rest: AsyncGenerator[bytes, None], headers: Mapping[str, str]
    ) -> None:
        super().__init__(self._parts(first, rest), headers=headers)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts as they come."""
        async with aclosing(self._rest):
            await super().__call__(scope, receive, send)

    @staticmethod
    async def _parts(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        yield first
        async for part in rest:
            yield part
