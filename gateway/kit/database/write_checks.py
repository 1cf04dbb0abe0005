"""A check that begins every write transaction of a call, however deep the call opens it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WriteCheck = Callable[..., Awaitable[None]]
# The check of a call, and the task that carries it out: a task that it starts, such as one that
# sends a mail, acts for nobody and may outlive it.
CURRENT_CHECK: ContextVar[tuple[asyncio.Task[object] | None, WriteCheck] | None] = ContextVar(
    "write_check", default=None
)


@contextmanager
def check_writes(check: WriteCheck) -> Iterator[None]:
    """Let each write transaction that this task opens in the block begin with a check.

    The check gets the session, and may lock rows until the commit; what it raises rolls back.
    """
    token = CURRENT_CHECK.set((asyncio.current_task(), check))
    try:
        yield
    finally:
        CURRENT_CHECK.reset(token)


async def run_write_check(session: object) -> None:
    """Run the check of the call that this task carries out, if it has one."""
    task, check = CURRENT_CHECK.get() or (None, None)
    if check is not None and task is asyncio.current_task():
        await check(session)
