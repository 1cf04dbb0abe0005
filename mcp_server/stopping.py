"""The shutdown of the server: waits are interrupted, each call is answered, then streams end.

A client of `/sse` gets its answers on a stream that never ends by itself, so the order matters: a
stream that is ended too early takes the answers of all its calls with it. A tool that waits may
wait for most of a minute, longer than a web server gives its requests to finish, so its wait is cut
short and it answers with the state so far.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

LAST_SECONDS = 10  # well within the time that the web server gives its requests to finish
WRITTEN_SECONDS = 0.2  # an answer passes buffers and tasks between its handler and the socket
STREAM = "subscriptions/listen"


class Stopping:
    """The state of a shutdown: the waits that it interrupts, and the calls without an answer."""

    def __init__(self) -> None:
        self.begun = False
        self._waits: set[anyio.CancelScope] = set()
        self._unanswered = 0
        self._answered = asyncio.Event()

    @contextmanager
    def interrupts(self) -> Iterator[None]:
        """Leave the block, wherever it waits, as soon as the server stops; nothing is raised."""
        scope = anyio.CancelScope()
        self._waits.add(scope)
        try:
            with scope:
                if self.begun:  # a wait that begins after `begin` was called
                    scope.cancel()
                yield
        finally:
            self._waits.discard(scope)

    async def count(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Count a call as unanswered while it is carried out.

        Notifications get no answer, and a stream's answer comes only when the stream ends: to wait
        for one of them would stop nothing.
        """
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
        """Interrupt all waits, those of now and those to come."""
        self.begun = True
        for scope in self._waits:
            scope.cancel()

    async def wait_until_answered(self) -> None:
        """Wait until every call has its answer, at most `LAST_SECONDS`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                while self._unanswered:
                    # Cleared before the wait, as it may be set since the last round of calls.
                    self._answered.clear()
                    await self._answered.wait()
                    # The last handler has returned, but its answer is not on the socket yet;
                    # and a new call may come meanwhile, so the count is read again.
                    await asyncio.sleep(WRITTEN_SECONDS)
