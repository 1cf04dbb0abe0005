"""The fleet: the abilities of all nodes together, as they were seen last."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.kit.clock import MINUTE
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx, sql
from gateway.kit.queue import Sweep
from gateway.media.nodes.node_pool import NodeAbility, parse_abilities
from gateway.media.states import JobState
from gateway.media.tables import Job
from gateway.media.tasks.base import Family

SEEN_WITHIN = 10 * MINUTE
SELECT_ENABLED_NODES = sql("SELECT name FROM media_node WHERE enabled = 1")
SELECT_FLEET = sql(
    f"""
    SELECT able_json, max_pixel_frames, last_seen_at > kt_now() - {SEEN_WITHIN},
           draining = 0 AND silent_since IS NULL AND breaker_until <= kt_now()
               AND sentinel_id IS NOT NULL AND off_reason IS NULL FROM media_node
    WHERE enabled = 1 AND last_seen_at IS NOT NULL
    """  # noqa: S608 - constant
)


@dataclass(frozen=True, slots=True)
class TaskOffer:
    """The model family that does a task here, how its jobs are planned, and how large one may be.

    `max_pixel_frames` is in pixels times frames, None for no limit; a job may take `patience` times
    the usual time.
    """

    family: str
    planning: Family
    max_pixel_frames: int | None
    patience: int = 1


@dataclass(frozen=True, slots=True)
class FleetMember:
    """A node with its abilities; `is_recent`: seen in 10 minutes, `takes_work`: it gets work."""

    abilities: Mapping[str, NodeAbility]
    is_recent: bool
    takes_work: bool

    def can_do(self, task: str, family: str | None = None) -> bool:
        """Return True if the node can do a task, by this family where one is required."""
        able = self.abilities.get(task)
        return able is not None and not able.lacks and family in {None, able.family}


async def list_members(tx: Tx) -> list[FleetMember]:
    """Return every enabled node that has ever been seen."""
    rows = await tx.read(SELECT_FLEET)
    return [
        FleetMember(parse_abilities(row[0], row[1]), bool(row[2]), bool(row[3])) for row in rows
    ]


async def find_jobs_without_node(tx: Tx, jobs: Sequence[Job]) -> set[str]:
    """Return the ids of the jobs that wait because no node takes such work now.

    Test jobs run on the sandbox and CPU jobs on a worker, so neither waits for a node.
    """
    waiting = [job for job in jobs if (job.state, job.book) == (JobState.QUEUED, "live")]
    waiting = [job for job in waiting if job.queue != "cpu"]
    if not waiting:
        return set()
    working = [one for one in await list_members(tx) if one.takes_work]
    return {
        job.id for job in waiting if not any(one.can_do(job.task, job.family) for one in working)
    }


@dataclass(slots=True)
class Fleet:
    """The nodes as the sweeper last saw them; planning a request reads no row."""

    database: Database
    _members: list[FleetMember] = field(default_factory=list)

    def build_sweep(self) -> Sweep:
        """Return the sweep that reads the nodes each second."""
        return Sweep("fleet", 1, self.refresh, SELECT_ENABLED_NODES)

    async def refresh(self) -> None:
        """Read the nodes again."""
        async with self.database.read() as snapshot:
            self._members = await list_members(snapshot)

    def can_run(self, task: str) -> bool:
        """Return True if a node that can do a task was seen in the last 10 minutes."""
        return any(one.is_recent and one.can_do(task) for one in self._members)

    def takes_work(self, task: str, family: str | None) -> bool:
        """Return True if a node does this task now, or would if it had a free slot."""
        return any(one.takes_work and one.can_do(task, family) for one in self._members)

    def takes_any_work(self) -> bool:
        """Return True if a node does any task now, or would if it had a free slot."""
        return any(
            one.takes_work and any(one.can_do(task) for task in one.abilities)
            for one in self._members
        )

    def is_empty(self) -> bool:
        """Return True if no enabled node has ever been seen."""
        return not self._members

    def find_offer(self, task: str) -> TaskOffer | None:
        """Return the family and limits by which a task is done, None if no node can do it.

        The family is the one that most nodes have, of those seen in the last 10 minutes if any.
        """
        able_nodes = [
            (one.abilities[task], one.is_recent) for one in self._members if one.can_do(task)
        ]
        recent_ones = [able for able, is_recent in able_nodes if is_recent]
        abilities = recent_ones or [able for able, _ in able_nodes]
        if not abilities:
            return None
        count = Counter(able.family for able in abilities)
        # The name breaks a tie, so that all gateways plan for the same family.
        family = min(count, key=lambda name: (-count[name], name))
        chosen = [able for able in abilities if able.family == family]
        limits = [able.most for able in chosen if able.most is not None]
        most = max(limits) if len(limits) == len(chosen) else None  # one without a limit: none
        return TaskOffer(family, chosen[0].planning, most, max(able.patience for able in chosen))
