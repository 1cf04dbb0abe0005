"""The placement of a job: which node of the pool it runs on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import Row, Statement, Tx, sql
from gateway.media.nodes.node_pool import (
    COMFYUI_ENGINE,
    OPENAI_ENGINE,
    NodeAbility,
    parse_abilities,
)
from gateway.media.tables import IS_OPEN_ATTEMPT

TOO_LARGE = "input_too_large"
PLACES_SQL = f"""
    SELECT locked.name, locked.url, locked.epoch, locked.able_json,
           locked.max_pixel_frames, locked.max_inflight,
           (SELECT count(*) FROM media_attempt WHERE node = locked.name AND {IS_OPEN_ATTEMPT}),
           locked.depth, locked.last_family, locked.idle_since, COALESCE(locked.vram_bytes, 0),
           COALESCE(locked.engine, '{COMFYUI_ENGINE}')
    FROM media_node AS locked
    WHERE enabled = 1 AND draining = 0 AND silent_since IS NULL AND breaker_until <= kt_now()
      AND sentinel_id IS NOT NULL AND off_reason IS NULL
"""  # noqa: S608 - constant
LOCK_PLACES, READ_PLACES = sql(f"{PLACES_SQL} {{for_update}}"), sql(PLACES_SQL)
SELECT_TRIED_NODES = sql(
    """
    SELECT media_attempt.node, media_attempt.failure_kind
    FROM {rows} JOIN media_attempt ON media_attempt.job_id = given.job_id
    WHERE media_attempt.finished_at IS NOT NULL ORDER BY media_attempt.finished_at
    """,
    job_id="text",
)
SELECT_RUNNING_ATTEMPT = sql(
    f"""
    SELECT media_attempt.id, media_attempt.node, media_node.url, media_attempt.node_epoch,
           media_attempt.family, COALESCE(media_node.engine, '{COMFYUI_ENGINE}')
    FROM {{rows}} JOIN media_attempt ON media_attempt.job_id = given.job_id
    JOIN media_node ON media_node.name = media_attempt.node
    WHERE media_attempt.{IS_OPEN_ATTEMPT} AND media_attempt.state <> 'canceling'
    """,  # noqa: S608 - constant
    job_id="text",
)


@dataclass(frozen=True, slots=True)
class PlacedWork:
    """A job to be placed; with None for `family`, any family that does the task will do."""

    job_id: str
    task: str
    pixel_frames: int
    family: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A node that may take work, with the values by which one is chosen."""

    name: str
    url: str
    epoch: int
    abilities: Mapping[str, NodeAbility]
    max_inflight: int
    inflight: int
    depth: int
    last_family: str | None
    idle_since: int
    vram_bytes: int
    engine: str = COMFYUI_ENGINE

    @property
    def load(self) -> Fraction:
        """Return how much work it has, ours or, as far as it tells, that of others.

        A server works on several jobs at once, so what counts there is the share of its slots.
        """
        at_once = self.max_inflight if self.engine == OPENAI_ENGINE else 1
        return Fraction(max(self.inflight, self.depth), at_once)

    @property
    def is_idle(self) -> bool:
        """Return True if a job that is sent to this node now begins at once."""
        return not (self.inflight or self.depth)

    def can_take(self, work: PlacedWork) -> bool:
        """Return True if the node can do this job, by the family that it was planned for."""
        able = self.abilities.get(work.task)
        if able is None or able.lacks or work.family not in {None, able.family}:
            return False
        return able.most is None or work.pixel_frames <= able.most


@dataclass(frozen=True, slots=True)
class RunningAttempt:
    """An attempt that runs on a node, sent by any worker."""

    attempt_id: str
    node: str
    url: str
    epoch: int
    family: str | None
    engine: str


async def lock_free_places(tx: Tx) -> list[Place]:
    """Return the nodes with a free slot, their rows locked until the transaction ends.

    Without the lock two workers would both count the last slot as free, and a node would get more
    than its `max_inflight`.
    """
    return _list_with_slot(await _load_places(tx, LOCK_PLACES))


async def list_free_places(tx: Tx) -> list[Place]:
    """Return the nodes with a free slot as they are now; another worker may take it first."""
    return _list_with_slot(await _load_places(tx, READ_PLACES))


async def has_untried_place(session: Session, work: PlacedWork) -> bool:
    """Return True if a node, now or when it has a slot, may accept the input files of a job."""
    tried = await session.read(SELECT_TRIED_NODES, [(work.job_id,)])
    return bool(_list_willing(await _load_places(session, READ_PLACES), work, tried))


async def _load_places(tx: Tx, statement: Statement) -> list[Place]:
    rows = await tx.read(statement)
    return [
        Place(name, url, epoch, parse_abilities(able, most), *rest)
        for name, url, epoch, able, most, *rest in rows
    ]


def _list_with_slot(places: Sequence[Place]) -> list[Place]:
    return [place for place in places if place.inflight < place.max_inflight]


def _list_willing(places: Sequence[Place], work: PlacedWork, tried: Sequence[Row]) -> list[Place]:
    """Return the nodes that can do this job and have not refused a file of it as too large."""
    refused = {node for node, kind in tried if kind == TOO_LARGE}
    return [place for place in places if place.can_take(work) and place.name not in refused]


def list_offered_tasks(places: Sequence[Place]) -> set[tuple[str, str]]:
    """Return the tasks that these nodes can do, each with its family."""
    return {
        (task, able.family)
        for place in places
        for task, able in place.abilities.items()
        if not able.lacks
    }


async def choose_place(tx: Tx, places: Sequence[Place], work: PlacedWork) -> Place | None:
    """Return the best of these nodes for a job, None if none can do it.

    After a lack of memory the one with the most comes first. Then one that has not failed this job
    yet, the least load, the same model as before (loading one costs minutes), the longest idle.
    """
    tried = await tx.read(SELECT_TRIED_NODES, [(work.job_id,)])
    willing = _list_willing(places, work, tried)
    if len(willing) < 2:  # noqa: PLR2004 - nothing to choose
        return willing[0] if willing else None
    failed = {row[0] for row in tried}
    needs_memory = bool(tried) and tried[-1][1] == "out_of_memory"

    def order(place: Place) -> tuple[Any, ...]:
        return (
            -place.vram_bytes if needs_memory else 0,
            place.name in failed,
            place.load,
            place.last_family != place.abilities[work.task].family,
            place.idle_since,
        )

    return min(willing, key=order)


async def find_running_attempt(tx: Tx, job_id: str) -> RunningAttempt | None:
    """Return the attempt of a job that runs on a node of the pool, None if there is none."""
    rows = await tx.read(SELECT_RUNNING_ATTEMPT, [(job_id,)])
    return RunningAttempt(*rows[0]) if rows else None
