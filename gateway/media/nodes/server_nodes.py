"""Nodes that are servers of others: what their answers, and their owners, make us do.

A server may want to be left alone for a while (`rest_node`), refuse our key, or have no credit of
ours left (`turn_node_off`). One whose outputs differ from the order twice in a row does not do the
family that it says it does, whatever its list of models holds (`list_failing_families`).
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import Tx, sql
from gateway.media.nodes.node_pool import OPENAI_ENGINE, Node, NodeOffReason
from gateway.media.states import AttemptState
from gateway.media.tables import IS_OPEN_ATTEMPT

INVALID_KIND, INVALID_IN_A_ROW = "output_invalid", 2
INVALID_WITHIN = HOUR
# A door writes the hops of a job into its metadata: a chain of gateways that is a circle ends.
HOPS_FIELD, MOST_HOPS = "killatamata_hops", 99
LEAST_REST, MOST_REST = 1.0, 600.0
REST_NODE = sql(
    """
    UPDATE media_node SET breaker_until = kt_now() + given.rest
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
    rest="int",
)
TURN_NODE_OFF = sql(
    """
    UPDATE media_node SET off_reason = given.reason, trouble = given.trouble
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
    reason="text",
    trouble="text",
)
SELECT_LAST_ENDS = sql(
    f"""
    SELECT media_attempt.family, media_attempt.failure_kind, media_attempt.job_id
    FROM {{rows}} JOIN media_attempt ON media_attempt.node = given.node
      AND media_attempt.finished_at > kt_now() - {INVALID_WITHIN}
    WHERE media_attempt.state IN ('succeeded', 'failed') ORDER BY media_attempt.finished_at
    """,  # noqa: S608 - constant
    node="text",
)
SELECT_LAST_STATES = sql(
    f"""
    SELECT media_attempt.state FROM {{rows}} JOIN media_attempt ON media_attempt.node = given.node
      AND media_attempt.finished_at > kt_now() - {INVALID_WITHIN}
    WHERE media_attempt.state IN ('succeeded', 'failed', 'lost')
    ORDER BY media_attempt.finished_at DESC LIMIT 2
    """,  # noqa: S608 - constant
    node="text",
)
SELECT_LEFT_ON_SERVER = sql(
    f"""
    SELECT media_attempt.id, media_attempt.handle, media_attempt.family, job.task,
           kt_now() - COALESCE(media_attempt.began_at, media_attempt.submitted_at)
    FROM {{rows}} JOIN media_attempt ON media_attempt.node = given.node
    JOIN job ON job.id = media_attempt.job_id
    WHERE media_attempt.{IS_OPEN_ATTEMPT} AND job.finished_at < kt_now() - given.grace
    """,  # noqa: S608 - constant
    node="text",
    grace="int",
)


@dataclass(frozen=True, slots=True)
class LeftAttempt:
    """An attempt whose job has ended, and that still has its slot; it has run for `seconds`."""

    id: UUID
    handle: str | None
    family: str | None
    task: str
    seconds: float


def read_hops(metadata: str | None) -> int:
    """Return how many gateways a job has come through, from its metadata (JSON); 0 if none."""
    values = json.loads(metadata) if metadata else {}
    hops = str(values.get(HOPS_FIELD, "")) if isinstance(values, dict) else ""
    return min(int(hops), MOST_HOPS) if hops.isascii() and hops.isdigit() else 0


def may_use(node: str, engine: str, servers: Collection[str] | None) -> bool:
    """Return True if a worker that knows these servers may use a node; None: it knows all."""
    return servers is None or engine != OPENAI_ENGINE or node in servers


async def enrol_server(session: Session, name: str, url: str, max_inflight: int) -> None:
    """Add the node of a server that the engines file names, or bring it to its settings there.

    A restart gives a node that was off another chance: its key may be another one now.
    """
    node = await session.get(Node, name)
    if node is None:
        session.add(
            Node(
                name=name,
                url=url,
                max_inflight=max_inflight,
                max_pixel_frames=None,
                engine=OPENAI_ENGINE,
            )
        )
        return
    if (node.url, node.engine) != (url, OPENAI_ENGINE):
        node.url, node.engine, node.sentinel_id, node.probe_id = url, OPENAI_ENGINE, None, None
    node.max_inflight, node.off_reason = max_inflight, None


async def rest_node(session: Session, name: str, seconds: float) -> None:
    """Leave a node alone for as long as it asked, 1 second to 10 minutes."""
    rest = round(min(max(seconds, LEAST_REST), MOST_REST) * SECOND)
    await session.change(REST_NODE, [(name, rest)])


async def turn_node_off(session: Session, name: str, reason: NodeOffReason, trouble: str) -> None:
    """Give a node no work until its operator enables it, or the gateway starts again."""
    await session.change(TURN_NODE_OFF, [(name, reason, trouble)])


async def list_failing_families(tx: Tx, node: str) -> set[str]:
    """Return the families whose last outputs on a node, two in a row, were not as ordered.

    A job that is made again counts once: it may be the only one of its kind.
    """
    jobs_in_a_row: dict[str, set[str]] = {}
    for family, kind, job_id in await tx.read(SELECT_LAST_ENDS, [(node,)]):
        jobs = jobs_in_a_row.setdefault(family or "", set())
        if kind == INVALID_KIND:
            jobs.add(job_id)
        else:
            jobs.clear()
    return {family for family, jobs in jobs_in_a_row.items() if len(jobs) >= INVALID_IN_A_ROW}


async def has_lost_twice(tx: Tx, node: str) -> bool:
    """Return True if the last two attempts that ended on a node are lost."""
    states = [row[0] for row in await tx.read(SELECT_LAST_STATES, [(node,)])]
    return states == [AttemptState.LOST] * 2


async def list_left_attempts(tx: Tx, node: str, grace: int) -> Sequence[LeftAttempt]:
    """Return the attempts open on a node `grace` microseconds after their job ended."""
    rows = await tx.read(SELECT_LEFT_ON_SERVER, [(node, grace)])
    return [
        LeftAttempt(UUID(id_), handle, family, task, (waited or 0) / SECOND)
        for id_, handle, family, task, waited in rows
    ]
