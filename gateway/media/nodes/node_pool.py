"""The nodes of the pool: what operators set, and what heartbeats and workers learned of each.

Only workers talk to nodes; they hand in here what they saw. A node gets work while it is enabled,
not draining, not silent (`silent_since`), not resting (`breaker_until`) and has a sentinel.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypedDict
from urllib.parse import urlsplit

from pydantic import TypeAdapter
from sqlalchemy import delete, select

from gateway.kit.clock import DAY, MINUTE, SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import Tx, sql
from gateway.media.nodes.upstream import is_alias
from gateway.media.tables import Node as Node
from gateway.media.tasks.base import SANDBOX_FAMILY, Family

SANDBOX_ENGINE, WORKER_ENGINE, COMFYUI_ENGINE = "sandbox", "worker", "comfyui"
OPENAI_ENGINE = "openai"
NodeOffReason: TypeAlias = Literal["unauthorized", "unpaid"]
LOCAL_NODES = f"('{SANDBOX_ENGINE}', '{WORKER_ENGINE}')"
HEARTBEAT_PERIOD = 5 * SECOND
FACTS_LIFETIME = 5 * MINUTE
MOST_FAILURES, MOST_PATIENCE = 3, 10
OVERTIME_KIND = "run_timeout"
FIRST_BREAK, LONGEST_BREAK = 30 * SECOND, 10 * MINUTE

HEARTBEAT_IS_DUE = (
    f"enabled = 1 AND beat_at <= kt_now() - {HEARTBEAT_PERIOD - SECOND} "
    "AND breaker_until <= kt_now()"
)
SELECT_DUE_NODES = sql(f"SELECT name FROM media_node WHERE {HEARTBEAT_IS_DUE}")  # noqa: S608 - constant
BEGIN_HEARTBEATS = sql(
    f"UPDATE media_node SET beat_at = kt_now() WHERE {HEARTBEAT_IS_DUE} RETURNING name"  # noqa: S608 - constant
)
RECORD_HEARTBEAT = sql(
    """
    UPDATE media_node SET last_seen_at = kt_now(), failures = 0, silent_since = NULL,
        breaker_until = 0, depth = given.depth, version = given.version,
        vram_bytes = given.vram, sentinel_id = given.sentinel, epoch = given.epoch,
        probe_id = given.probe, trouble = given.trouble
    FROM {rows} WHERE media_node.name = given.name AND media_node.url = given.url
    """,
    name="text",
    url="text",
    depth="int",
    version="text",
    vram="int",
    sentinel="text",
    epoch="int",
    probe="text",
    trouble="text",
)
RECORD_ABILITIES = sql(
    """
    UPDATE media_node SET able_json = given.able, facts_hash = given.hash,
        degraded = given.degraded, facts_at = kt_now()
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
    able="text",
    hash="text",
    degraded="int",
)
RECORD_FAILURE = sql(
    """
    UPDATE media_node SET failures = failures + 1, trouble = given.trouble,
        silent_since = COALESCE(silent_since, kt_now())
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
    trouble="text",
)
OPEN_BREAKER = sql(
    f"""
    UPDATE media_node SET failures = failures + 1,
        breaker_until = CASE WHEN silent_since IS NOT NULL THEN breaker_until
            WHEN failures + 1 <= {MOST_FAILURES} THEN kt_now() + {FIRST_BREAK}
            WHEN failures + 1 - {MOST_FAILURES} >= 5 THEN kt_now() + {LONGEST_BREAK}
            ELSE kt_now()
                + {FIRST_BREAK} * (1 << CAST(failures + 1 - {MOST_FAILURES} AS integer)) END
    FROM {{rows}} WHERE media_node.name = given.name
    """,  # noqa: S608 - constant
    name="text",
)
RECORD_JOB_DONE = sql(
    """
    UPDATE media_node SET idle_since = kt_now(), last_family = COALESCE(given.family, last_family)
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
    family="text",
)
RESET_SENTINEL = sql(
    """
    UPDATE media_node SET sentinel_id = NULL, probe_id = NULL
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
)
COUNT_OVERTIME = sql(
    f"""
    SELECT media_attempt.node, media_attempt.family, count(*) FROM {{rows}} JOIN media_attempt
      ON media_attempt.node = given.node AND media_attempt.finished_at > kt_now() - {DAY}
    WHERE media_attempt.failure_kind = '{OVERTIME_KIND}'
    GROUP BY media_attempt.node, media_attempt.family ORDER BY media_attempt.family
    """,  # noqa: S608 - constants
    node="text",
)
EXPIRE_FACTS = sql("UPDATE media_node SET facts_at = 0")
LOSE_ATTEMPTS_ON_NODE = sql(
    """
    UPDATE media_attempt SET state = 'lost', finished_at = kt_now()
    FROM {rows} WHERE media_attempt.node = given.node AND media_attempt.finished_at IS NULL
    """,
    node="text",
)


@dataclass(frozen=True, slots=True)
class NodeAbility:
    """A node's ability to do a task: by which family, up to how many pixels times frames.

    `lacks` lists what is missing for it; None for `most` is no limit. A job of that family is
    planned by `planning`, and may take `patience` times the usual time. Rows store this as JSON by
    its field names.
    """

    family: str
    most: int | None = None
    lacks: tuple[str, ...] = ()
    planning: Family = SANDBOX_FAMILY
    patience: int = 1


@dataclass(frozen=True, slots=True)
class NodeHeartbeat:
    """A node as a heartbeat found it; `trouble` is the fault of a probe that does not come back."""

    depth: int
    version: str
    vram_bytes: int | None
    sentinel_id: str | None
    epoch: int
    probe_id: str | None = None
    trouble: str | None = None


_ABILITIES_ADAPTER = TypeAdapter(dict[str, NodeAbility])


def parse_abilities(text: str, most: int | None = None) -> dict[str, NodeAbility]:
    """Return the abilities in a node's row, by task, each bounded by the node's own limit."""
    abilities = _ABILITIES_ADAPTER.validate_json(text)
    return {
        task: replace(one, most=_find_lesser_limit(one.most, most))
        for task, one in abilities.items()
    }


def _find_lesser_limit(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


def write_abilities(able: Mapping[str, NodeAbility]) -> str:
    """Return abilities by task as JSON for a node's row."""
    return _ABILITIES_ADAPTER.dump_json(dict(able)).decode()


def advise_patience(family: str | None, patience: int) -> str:
    """Return advice for the operator on giving the jobs of a slow node more time."""
    named = f"[families.{json.dumps(family)}]" if family else "its family"
    return (
        f"if the node is only slow, raise `patience` of {named} in the engines file "
        f"(KT_ENGINES_FILE): it is {patience}, at most {MOST_PATIENCE}"
    )


async def claim_due_nodes(session: Session) -> list[Node]:
    """Claim the nodes whose heartbeat is due, and return them; no other worker beats them now."""
    # `BEGIN_HEARTBEATS` moves `beat_at` itself, so a second worker finds none of them due.
    names = [row[0] for row in await session.read(BEGIN_HEARTBEATS)]
    return list(await session.scalars(select(Node).where(Node.name.in_(names))))


async def record_heartbeat(session: Session, name: str, url: str, heartbeat: NodeHeartbeat) -> None:
    """Record what a heartbeat found at an address, if the node still has that address."""
    values = (
        heartbeat.depth,
        heartbeat.version,
        heartbeat.vram_bytes,
        heartbeat.sentinel_id,
        heartbeat.epoch,
    )
    await session.change(
        RECORD_HEARTBEAT, [(name, url, *values, heartbeat.probe_id, heartbeat.trouble)]
    )


async def record_abilities(
    session: Session, name: str, able: Mapping[str, NodeAbility], *, degraded: bool = False
) -> None:
    """Record a node's abilities; `degraded` means that its version is older than required."""
    text = write_abilities(able)
    facts_hash = hashlib.sha256(text.encode()).hexdigest()[:16]
    await session.change(RECORD_ABILITIES, [(name, text, facts_hash, int(degraded))])


async def record_node_failure(session: Session, name: str, trouble: str | None = None) -> None:
    """Give a node no work until a heartbeat finds it well again.

    It does not answer, or `trouble` is the fault of its answer. It is probed at every beat, so it
    works again seconds after it is back. Not for a job that merely fails: that says more about the
    job than about the node.
    """
    await session.change(RECORD_FAILURE, [(name, trouble)])


async def open_breaker(session: Session, name: str) -> None:
    """Open the breaker of a node that does not let go of a job.

    It rests longer each time. A silent node does not rest: heartbeats keep looking for it.
    """
    await session.change(OPEN_BREAKER, [(name,)])


async def reset_sentinel(session: Session, name: str) -> None:
    """Give a node no work until a new probe has passed every route of it."""
    await session.change(RESET_SENTINEL, [(name,)])


async def count_overtime(tx: Tx, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return, by node and family, how many attempts of the last day exceeded their time."""
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    for node, family, count in await tx.read(COUNT_OVERTIME, [(name,) for name in names]):
        counts[node][family or ""] = count
    return counts


async def expire_node_facts(session: Session) -> None:
    """Let the next heartbeat of each node read its abilities again.

    A release or an engines file that has changed may judge the same node differently.
    """
    await session.change(EXPIRE_FACTS)


async def record_job_done(session: Session, name: str, family: str | None) -> None:
    """Record that a node has finished a job; `family` is the model it has loaded now."""
    await session.change(RECORD_JOB_DONE, [(name, family)])


async def withdraw_task(session: Session, name: str, task: str, reason: str) -> None:
    """Take a task from a node until its abilities are read again; `reason` is what is missing."""
    # Locked, because abilities are read and written back as a whole: two workers that each take a
    # task away would otherwise undo one another.
    node = await session.get(Node, name, with_for_update=True)
    if node is not None and (able := parse_abilities(node.able_json)).get(task) is not None:
        node.able_json = write_abilities(able | {task: replace(able[task], lacks=(reason,))})


def check_node_name(name: str) -> str:
    """Return the name of a node if users may see it.

    Raises:
        ValueError: it has other characters, looks like a secret, or is one of our own places.
    """
    if not is_alias(name) or name in {SANDBOX_ENGINE, WORKER_ENGINE}:
        raise ValueError(f"{name!r} is no valid node name: at most 60 letters, digits, - and _")
    return name


def get_engine(node: str) -> str:
    """Return the engine of a node of which nothing was reported: it is its own, or ComfyUI."""
    return node if node in {SANDBOX_ENGINE, WORKER_ENGINE} else COMFYUI_ENGINE


def parse_node_url(url: str) -> str:
    """Return the address of a node, without spaces and a slash at its end.

    Raises:
        ValueError: it is no http(s) address, or holds a user name or a key, which is not repeated.
    """
    address = urlsplit(url.strip())
    if "@" in address.netloc:
        raise ValueError("an address is http://host:port, without a user name or a key")
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise ValueError(f"{url!r} is not an address: http://host:port")
    return url.strip().rstrip("/")


async def enrol_node(session: Session, name: str, url: str) -> None:
    """Add a node that the settings name, or move it to its new address."""
    node = await session.get(Node, name)
    if node is None:
        session.add(Node(name=name, url=url, max_inflight=1, max_pixel_frames=None))
    elif node.url != url:
        node.url, node.sentinel_id, node.probe_id = url, None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """An operator's settings of a node; None for `max_pixel_frames` is no limit."""

    max_inflight: int = 1
    max_pixel_frames: int | None = None
    labels: str | None = None
    cleanup_dir: str | None = None


class NodeValues(TypedDict):
    """The columns of a node that its operator sets."""

    url: str
    max_inflight: int
    max_pixel_frames: int | None
    labels: str | None
    cleanup_dir: str | None


async def save_node(session: Session, name: str, url: str, node_settings: NodeSettings) -> bool:
    """Add a node, or change it; False if it has these settings already."""
    node = await session.get(Node, name)
    values: NodeValues = {
        "url": url,
        "max_inflight": node_settings.max_inflight,
        "max_pixel_frames": node_settings.max_pixel_frames,
        "labels": node_settings.labels,
        "cleanup_dir": node_settings.cleanup_dir,
    }
    if node is None:
        session.add(Node(name=name, **values))
        return True
    if all(getattr(node, key) == value for key, value in values.items()):
        return False
    if node.url != url:  # another machine does not know the sentinel of this one
        node.sentinel_id = node.probe_id = None
    for key, value in values.items():
        setattr(node, key, value)
    return True


async def get_node(session: Session, name: str) -> Node:
    """Return the node of this name.

    Raises:
        LookupError: there is none.
    """
    node = await session.get(Node, name)
    if node is None:
        raise LookupError(f"there is no node {name}")
    return node


async def list_nodes(session: Session) -> list[Node]:
    """Return all nodes in the order of their names."""
    return list(await session.scalars(select(Node).order_by(Node.name)))


async def remove_node(session: Session, name: str) -> None:
    """Take a node out of the pool, and mark the attempts that run on it as lost."""
    await session.change(LOSE_ATTEMPTS_ON_NODE, [(name,)])
    await session.execute(delete(Node).where(Node.name == name))
