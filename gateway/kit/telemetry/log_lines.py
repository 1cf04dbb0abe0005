"""Log lines of one turn of the event loop, written by one call of the system.

The problem: each request ends with a log line, and a write of its own for each costs as much as
building it. The way: lines wait until the next turn of the loop, so all requests that end in one
turn share a write. A signal is handled in a later turn, and the process writes what waits when it
exits. So lines are lost only with a process that is killed or a stdout that fails: those of a turn.

Other threads log too, and flush before their own lines. A lock keeps the order; only its holder
takes lines, and a deque loses none that are added meanwhile.
"""

import asyncio
import sys
import threading
from collections import deque


class LogLines:
    """The lines of this process that wait to be written."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._writing = threading.RLock()  # a signal may come, and log, within a write
        self._flushing_loop: asyncio.AbstractEventLoop | None = None

    def add(self, line: str) -> None:
        """Add a line, with its line end; it is written at once where no event loop runs."""
        self._waiting.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._flushing_loop is not loop:
            self._flushing_loop = loop
            loop.call_soon(self._end_turn)

    def flush(self) -> None:
        """Write the lines that wait."""
        with self._writing:
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if lines:
                sys.stdout.write("".join(lines))
                sys.stdout.flush()

    def _end_turn(self) -> None:
        self._flushing_loop = None
        self.flush()
