"""Named crash points, which do nothing unless a test arms one.

`KT_CRASH_AT=point:n` kills the process at the n-th reach of a point, as a power cut would. The
production profile refuses to start with it.
"""

import os

SETTING = "KT_CRASH_AT"
_armed_point = ""
_reaches_left = 0


def arm_from_environment() -> None:
    """Arm the point that the environment names, or none; a forked process calls it again."""
    global _armed_point, _reaches_left  # noqa: PLW0603 - one process, one point
    _armed_point, _, count = os.environ.get(SETTING, "").partition(":")
    _reaches_left = int(count or 1)


async def reach(point: str) -> None:
    """Kill the process if this point is armed and was reached often enough."""
    global _reaches_left  # noqa: PLW0603 - one process, one count
    if point != _armed_point:
        return
    _reaches_left -= 1
    if _reaches_left <= 0:
        os._exit(137)  # as after SIGKILL: no handler, no `finally`, no flush


arm_from_environment()
