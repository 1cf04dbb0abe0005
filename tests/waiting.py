"""Bounded waits for a condition that another process, thread or task brings about."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 120


def wait_for_condition(condition: Callable[[], object], *, pause_seconds: float = 0.05) -> None:
    """Wait until a condition is true, and look at it again after each pause.

    Raises:
        TimeoutError: It is not true within two minutes.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain")
        time.sleep(pause_seconds)


async def await_condition(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Wait as `wait_for_condition` does, and let the other tasks of this loop run meanwhile.

    Raises:
        TimeoutError: It is not true within two minutes.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain")
        await asyncio.sleep(0.02)
