"""Moved time stays with the test that moved it."""

import threading
import time

from tests.faults.loop import open_simulated_loop


def test_a_moved_clock_is_not_seen_by_other_threads() -> None:
    begun = time.monotonic()
    there: list[float] = []
    with open_simulated_loop(lambda: 0.0):
        here = time.monotonic()
        other = threading.Thread(target=lambda: there.append(time.monotonic()))
        other.start()
        other.join()
    assert here == 10_000.0
    assert begun <= there[0] < begun + 60
