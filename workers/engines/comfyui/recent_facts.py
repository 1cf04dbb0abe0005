"""The facts of one node as they were last fetched, for all attempts on it within a minute.

They are an answer of megabytes, for which the node looks through its folders, and a job would wait
for it. An attempt that cannot be drawn by these facts is drawn again by new ones, and a prompt that
names a file which is gone is refused by the node itself: so facts that are a little old cost
nothing.
"""

from time import monotonic

from workers.engines.comfyui.facts import ComfyFacts

FRESH_SECONDS = 60.0


class RecentFacts:
    """The last facts of a node, and when they were fetched."""

    def __init__(self) -> None:
        self._facts: ComfyFacts | None = None
        self._fetched_at = 0.0

    def find(self) -> ComfyFacts | None:
        """Return the facts, None if they are over a minute old."""
        is_fresh = monotonic() - self._fetched_at < FRESH_SECONDS
        return self._facts if is_fresh else None

    def keep(self, facts: ComfyFacts) -> None:
        """Keep facts that were fetched just now."""
        self._facts, self._fetched_at = facts, monotonic()
