"""The server's stop: what waits is interrupted, each call is answered, then the streams end.

A client of `/sse` gets its answers on a stream that never ends by itself, so the order matters: a
stream that is ended first takes the answers of all its calls with it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

LAST_SECONDS = 10  # well within what the web server gives to those that it still serves
WRITTEN_SECONDS = 0.2  # an answer passes some buffers between its handler and the socket
STREAM = "subscriptions/listen"


class Stopping:
    """Whether the server stops, which waits this interrupts, and which calls are unanswered."""

    def __init__(self) -> None:
        self.begun = False
        self._waits: set[anyio.CancelScope] = set()
        self._unanswered = 0
        self._answered = asyncio.Event()

    @contextmanager
    def interrupts(self) -> Iterator[None]:
        """Leave the block, wherever it waits, as soon as the server stops."""
        scope = anyio.CancelScope()
        self._waits.add(scope)
        try:
            with scope:
                if self.begun:
                    scope.cancel()
                yield
        finally:
            self._waits.discard(scope)

    async def count(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Count a call as unanswered while it is carried out; a stream is no call."""
        if ctx.request_id is None or ctx.method == STREAM:
            return await call_next(ctx)
        self._unanswered += 1
        try:
            return await call_next(ctx)
        finally:
            self._unanswered -= 1
            if not self._unanswered:
                self._answered.set()

    def begin(self) -> None:
        """Keep nobody waiting any more."""
        self.begun = True
        for scope in self._waits:
            scope.cancel()

    async def wait_until_answered(self) -> None:
        """Return when every call has its answer, or after some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                while self._unanswered:
                    self._answered.clear()
                    await self._answered.wait()
                    await asyncio.sleep(WRITTEN_SECONDS)
