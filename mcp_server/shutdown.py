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

MAX_ANSWER_SECONDS = 10  # well within the time that the web server gives its requests to finish
WRITE_SECONDS = 0.2  # an answer passes buffers and tasks between its handler and the socket
STREAM_METHOD = "subscriptions/listen"


class Shutdown:
    """The state of a shutdown: the waits that it interrupts, and the calls without an answer."""

    def __init__(self) -> None:
        self.has_begun = False
        self._waits: set[anyio.CancelScope] = set()
        self._unanswered_calls = 0
        self._all_answered = asyncio.Event()

    @contextmanager
    def interrupt_wait(self) -> Iterator[None]:
        """Leave the block, wherever it waits, as soon as the server stops; nothing is raised."""
        scope = anyio.CancelScope()
        self._waits.add(scope)
        try:
            with scope:
                if self.has_begun:  # a wait that begins after `begin` was called
                    scope.cancel()
                yield
        finally:
            self._waits.discard(scope)

    async def count_call(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Count a call as unanswered while it is carried out.

        Notifications get no answer, and a stream's answer comes only when the stream ends: to wait
        for one of them would stop nothing.
        """
        if ctx.request_id is None or ctx.method == STREAM_METHOD:
            return await call_next(ctx)
        self._unanswered_calls += 1
        try:
            return await call_next(ctx)
        finally:
            self._unanswered_calls -= 1
            if not self._unanswered_calls:
                self._all_answered.set()

    def begin(self) -> None:
        """Interrupt all waits, those of now and those to come."""
        self.has_begun = True
        for scope in self._waits:
            scope.cancel()

    async def wait_until_answered(self) -> None:
        """Wait until every call has its answer, at most `MAX_ANSWER_SECONDS`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_ANSWER_SECONDS):
                while self._unanswered_calls:
                    # Cleared before the wait, as it may be set since the last round of calls.
                    self._all_answered.clear()
                    await self._all_answered.wait()
                    # The last handler has returned, but its answer is not on the socket yet;
                    # and a new call may come meanwhile, so the count is read again.
                    await asyncio.sleep(WRITE_SECONDS)
