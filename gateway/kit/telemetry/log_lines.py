"""Log lines of one turn of the event loop, written by one call of the system.

The problem: each request ends with a log line, and a write of its own for each costs as much as
building it. The way: lines wait until the next turn of the loop, so all requests that end in one
turn share a write. A signal is handled in a later turn, and the process writes what waits when it
exits. So only a process that is killed loses lines: those of the turn in which it dies.

Other threads log too, and flush before their own lines, which keeps the order. A deque loses none
of what one thread adds while another takes.
"""

import asyncio
import sys
from collections import deque


class LogLines:
    """The lines of this process that wait to be written."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
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
        lines = []
        while self._waiting:
            try:
                lines.append(self._waiting.popleft())
            except IndexError:  # another thread took the last one
                break
        if lines:
            sys.stdout.write("".join(lines))
            sys.stdout.flush()

    def _end_turn(self) -> None:
        self._flushing_loop = None
        self.flush()
