"""What the nodes can do in all."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.kit.clock import MINUTE
from gateway.kit.database import Database
from gateway.kit.sql import sql
from gateway.media.nodes import Able, read_able
from gateway.media.tasks.base import Family

SEEN_WITHIN = 10 * MINUTE
FLEET = sql(
    f"""
    SELECT able_json, max_pixel_frames, last_seen_at > kt_now() - {SEEN_WITHIN} FROM media_node
    WHERE enabled = 1 AND last_seen_at IS NOT NULL
    """  # noqa: S608 - constant
)


@dataclass(frozen=True, slots=True)
class Offer:
    """The family that does a task here, how its jobs are planned, and how large one may be.

    `most` is in pixels times frames, None for no limit.
    """

    family: str
    planning: Family
    most: int | None


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

    def offer(self, task: str) -> Offer | None:
        """Return by which family a task is done, None if no node can do it.

        It is the one that most nodes have, of those seen in the last 10 minutes if there are any.
        """
        does = [(able[task], recent) for able, recent in self._nodes if _does(able, task)]
        found = [able for able, recent in does if recent] or [able for able, _ in does]
        if not found:
            return None
        count = Counter(able.family for able in found)
        family = min(count, key=lambda name: (-count[name], name))
        alike = [able for able in found if able.family == family]
        limits = [able.most for able in alike if able.most is not None]
        most = max(limits) if len(limits) == len(alike) else None
        return Offer(family, alike[0].planning, most)


def _does(able: Mapping[str, Able], task: str) -> bool:
    return task in able and not able[task].lacks
