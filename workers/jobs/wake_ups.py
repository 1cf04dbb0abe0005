"""Wake-ups for jobs that this worker leaves to others: sent on, but never many."""

import asyncio

from gateway.kit.queue import WakeUps

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 1.0


class WakeUpRelay:
    """The relay of wake-ups of one worker, on one event loop.

    A message may come back to its sender, since the broker chooses who takes it. So at most one of
    each queue is on its way, and one that keeps coming back goes slower. Without that every
    finished job of a busy fleet would add a message that circles for ever, and each time round
    costs a claim that finds nothing.
    """

    def __init__(self, wakes: WakeUps) -> None:
        self._wakes = wakes
        self._waiting: set[str] = set()
        self._sent: dict[str, tuple[float, float]] = {}  # by queue: the pause, and when it began

    def send_on(self, queue: str) -> None:
        """Send a wake-up for this queue after a pause, unless one waits already."""
        if queue in self._waiting:
            return
        loop = asyncio.get_running_loop()
        pause, began = self._sent.get(queue, (0.0, 0.0))
        came_back = began + 2 * LONGEST_PAUSE_SECONDS > loop.time()
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS) if came_back else FIRST_PAUSE_SECONDS
        self._sent[queue] = max(pause, FIRST_PAUSE_SECONDS), loop.time()
        self._waiting.add(queue)
        loop.call_later(self._sent[queue][0], self._send, queue)

    def _send(self, queue: str) -> None:
        self._waiting.discard(queue)
        self._wakes.send_soon(queue, "")
