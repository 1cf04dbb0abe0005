"""Long waits of a caller, for as long as it is still allowed."""

import time
from collections.abc import Awaitable, Callable

from gateway.kit.operation import Call

RECHECK_SECONDS = 3.0  # so that a wait with a revoked key ends within five seconds


async def wait_while_allowed(
    call: Call, seconds: float, wait_turn: Callable[[float], Awaitable[bool]]
) -> None:
    """Wait for at most `seconds`, in turns; between them the caller is looked up again.

    `wait_turn` is called with the seconds of its turn, and returns True if the wait is over.
    """
    deadline = time.monotonic() + seconds
    while not await wait_turn(min(RECHECK_SECONDS, left := deadline - time.monotonic())):
        if left <= RECHECK_SECONDS or not await call.is_still_allowed():
            return
