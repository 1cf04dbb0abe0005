"""Named crash points, which do nothing unless a test arms one.

`KT_CRASH_AT=point:n` kills the process at the n-th reach of a point, as a power cut would. The
production profile refuses to start with it.
"""

import os

SETTING = "KT_CRASH_AT"
POINT, _, COUNT = os.environ.get(SETTING, "").partition(":")
_reached = 0


async def reach(point: str) -> None:
    """Kill the process if this point is armed and was reached often enough."""
    global _reached  # noqa: PLW0603 - one process, one count
    if point != POINT:
        return
    _reached += 1
    if _reached >= int(COUNT or 1):
        os._exit(137)  # as after SIGKILL: no handler, no `finally`, no flush
