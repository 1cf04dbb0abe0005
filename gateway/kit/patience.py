"""Keeping a caller waiting, for as long as it may still ask."""

import time
from collections.abc import Awaitable, Callable

from gateway.kit.operation import Call

RECHECK_SECONDS = 3.0  # so that whoever waits with a revoked key is let go within five


async def waited(call: Call, seconds: float, wait: Callable[[float], Awaitable[bool]]) -> None:
    """Wait for at most this long; `wait` is given the seconds of its turn, and says if it is over.

    Between the turns the caller is looked up again.
    """
    deadline = time.monotonic() + seconds
    while not await wait(min(RECHECK_SECONDS, left := deadline - time.monotonic())):
        if left <= RECHECK_SECONDS or not await call.still_allowed():
            return
