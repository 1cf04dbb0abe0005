"""What the nodes can do in all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.kit.clock import MINUTE
from gateway.kit.database import Database
from gateway.kit.sql import sql
from gateway.media.nodes import Able, read_able

SEEN_WITHIN = 10 * MINUTE
FLEET = sql(
    f"""
    SELECT able_json, max_pixel_frames, last_seen_at > kt_now() - {SEEN_WITHIN} FROM media_node
    WHERE enabled = 1 AND last_seen_at IS NOT NULL
    """  # noqa: S608 - constant
)


@dataclass(slots=True)
class Fleet:
    """What the nodes can do in all, as the sweeper last saw it."""

    database: Database
    _nodes: list[tuple[dict[str, Able], bool]] = field(default_factory=list)

    async def refresh(self) -> None:
        """Look again."""
        async with self.database.read() as snapshot:
            rows = await snapshot.read(FLEET)
        self._nodes = [(read_able(row[0], row[1]), bool(row[2])) for row in rows]

    def runs(self, task: str) -> bool:
        """Say whether a node that can do a task was seen in the last 10 minutes."""
        return any(recent and _does(able, task) for able, recent in self._nodes)

    def most(self, task: str) -> int | None:
        """Return the pixels times frames of the largest job of a task, None for no limit."""
        limits = [able[task].most for able, _ in self._nodes if _does(able, task)]
        known = [limit for limit in limits if limit is not None]
        return max(known) if known and len(known) == len(limits) else None


def _does(able: Mapping[str, Able], task: str) -> bool:
    return task in able and not able[task].lacks
