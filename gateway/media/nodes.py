"""The nodes of the pool: what is known of each. Whoever talks to a node hands in what it saw."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict
from urllib.parse import urlsplit

from pydantic import TypeAdapter
from sqlalchemy import delete, select

from gateway.kit.clock import DAY, MINUTE, SECOND
from gateway.kit.database import Session
from gateway.kit.sql import Tx, sql
from gateway.media.tables import Node as Node
from gateway.media.tasks.base import SANDBOX as PLAIN
from gateway.media.tasks.base import Family
from gateway.media.upstream import is_alias

SANDBOX, WORKER, COMFYUI = "sandbox", "worker", "comfyui"
LOCAL = f"('{SANDBOX}', '{WORKER}')"
BEAT = 5 * SECOND
FACTS_LIFE = 5 * MINUTE
MOST_FAILURES, MOST_PATIENCE = 3, 10
OVERTIME_KIND = "run_timeout"
BREAK, LONGEST_BREAK = 30 * SECOND, 10 * MINUTE

QUIET = f"enabled = 1 AND beat_at <= kt_now() - {BEAT - SECOND} AND breaker_until <= kt_now()"
DUE = sql(f"SELECT name FROM media_node WHERE {QUIET}")  # noqa: S608 - constant
BEGIN = sql(f"UPDATE media_node SET beat_at = kt_now() WHERE {QUIET} RETURNING name")  # noqa: S608 - constant
SEEN = sql(
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
ABLE = sql(
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
FAILED = sql(
    """
    UPDATE media_node SET failures = failures + 1, trouble = given.trouble,
        silent_since = COALESCE(silent_since, kt_now())
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
    trouble="text",
)
STUCK = sql(
    f"""
    UPDATE media_node SET failures = failures + 1,
        breaker_until = CASE WHEN silent_since IS NOT NULL THEN breaker_until
            WHEN failures + 1 <= {MOST_FAILURES} THEN kt_now() + {BREAK}
            WHEN failures + 1 - {MOST_FAILURES} >= 5 THEN kt_now() + {LONGEST_BREAK}
            ELSE kt_now() + {BREAK} * (1 << CAST(failures + 1 - {MOST_FAILURES} AS integer)) END
    FROM {{rows}} WHERE media_node.name = given.name
    """,  # noqa: S608 - constant
    name="text",
)
DONE = sql(
    """
    UPDATE media_node SET idle_since = kt_now(), last_family = COALESCE(given.family, last_family)
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
    family="text",
)
DISTRUST = sql(
    """
    UPDATE media_node SET sentinel_id = NULL, probe_id = NULL
    FROM {rows} WHERE media_node.name = given.name
    """,
    name="text",
)
OVERTIME = sql(
    f"""
    SELECT media_attempt.node, media_attempt.family, count(*) FROM {{rows}} JOIN media_attempt
      ON media_attempt.node = given.node AND media_attempt.finished_at > kt_now() - {DAY}
    WHERE media_attempt.failure_kind = '{OVERTIME_KIND}'
    GROUP BY media_attempt.node, media_attempt.family ORDER BY media_attempt.family
    """,  # noqa: S608 - constants
    node="text",
)
DOUBT = sql("UPDATE media_node SET facts_at = 0")
LOSE_ON = sql(
    """
    UPDATE media_attempt SET state = 'lost', finished_at = kt_now()
    FROM {rows} WHERE media_attempt.node = given.node AND media_attempt.finished_at IS NULL
    """,
    node="text",
)


@dataclass(frozen=True, slots=True)
class Able:
    """What a node can do of a task: by which family, up to how many pixels times frames.

    `lacks` says what stands in the way; None for `most` is no limit. `planning` is what a job of
    that family has to be planned by, `patience` how many times the usual time it may take.
    """

    family: str
    most: int | None = None
    lacks: tuple[str, ...] = ()
    planning: Family = PLAIN
    patience: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What a heartbeat saw of a node; a probe that waits there is the `trouble` that it has."""

    depth: int
    version: str
    vram_bytes: int | None
    sentinel_id: str | None
    epoch: int
    probe_id: str | None = None
    trouble: str | None = None


_ABLE = TypeAdapter(dict[str, Able])


def read_able(text: str, most: int | None = None) -> dict[str, Able]:
    """Return what a node can do, from its row, up to its own limit."""
    said = _ABLE.validate_json(text)
    return {task: replace(one, most=_lesser(one.most, most)) for task, one in said.items()}


def _lesser(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


def write_able(able: Mapping[str, Able]) -> str:
    """Return what a node can do as JSON, as its row stores it."""
    return _ABLE.dump_json(dict(able)).decode()


def advise_patience(family: str | None, patience: int) -> str:
    """Return advice for the operator: what gives the jobs of a slow node more time."""
    named = f"[families.{json.dumps(family)}]" if family else "its family"
    return (
        f"if the node is only slow, raise `patience` of {named} in the engines file "
        f"(KT_ENGINES_FILE): it is {patience}, at most {MOST_PATIENCE}"
    )


async def due(session: Session) -> list[Node]:
    """Return the nodes whose heartbeat is due; the caller alone has to look at them now."""
    names = [row[0] for row in await session.read(BEGIN)]
    return list(await session.scalars(select(Node).where(Node.name.in_(names))))


async def seen(session: Session, name: str, url: str, what: Seen) -> None:
    """Write down what a heartbeat saw at an address, if that is still the node's."""
    known = (what.depth, what.version, what.vram_bytes, what.sentinel_id, what.epoch)
    await session.change(SEEN, [(name, url, *known, what.probe_id, what.trouble)])


async def proved(
    session: Session, name: str, able: Mapping[str, Able], *, degraded: bool = False
) -> None:
    """Write down what a node can do, and whether it is older than what we ask for."""
    text = write_able(able)
    facts_hash = hashlib.sha256(text.encode()).hexdigest()[:16]
    await session.change(ABLE, [(name, text, facts_hash, int(degraded))])


async def failed(session: Session, name: str, trouble: str | None = None) -> None:
    """Give a node no work until the next heartbeat that finds it well.

    It does not answer, or `trouble` says what is wrong with its answer. It is looked for at every
    beat, so that it works again seconds after it is back. A job that only fails says more of the
    job than of the node.
    """
    await session.change(FAILED, [(name, trouble)])


async def stuck(session: Session, name: str) -> None:
    """Open the breaker of a node that does not let go of a job.

    It rests longer each time. A silent one does not: it is looked for all the while.
    """
    await session.change(STUCK, [(name,)])


async def distrust(session: Session, name: str) -> None:
    """Give a node no work until a new probe has come through every route."""
    await session.change(DISTRUST, [(name,)])


async def list_overtime(tx: Tx, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return by node and family how many attempts of the last day ran over their time."""
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for node, family, count in await tx.read(OVERTIME, [(name,) for name in names]):
        found[node][family or ""] = count
    return found


async def doubt(session: Session) -> None:
    """Let the next heartbeat of each node ask anew what it can do: we may see it differently."""
    await session.change(DOUBT)


async def done(session: Session, name: str, family: str | None) -> None:
    """Write down that a node has finished a job well."""
    await session.change(DONE, [(name, family)])


async def lacks(session: Session, name: str, task: str, what: str) -> None:
    """Take a task from a node until its next preflight."""
    node = await session.get(Node, name, with_for_update=True)
    if node is not None and (able := read_able(node.able_json)).get(task) is not None:
        node.able_json = write_able(able | {task: replace(able[task], lacks=(what,))})


def check_name(name: str) -> str:
    """Return a name that may be shown outside.

    Raises:
        ValueError: it is not one.
    """
    if not is_alias(name) or name in {SANDBOX, WORKER}:
        raise ValueError(f"{name!r} is no valid node name: at most 60 letters, digits, - and _")
    return name


def engine_of(node: str) -> str:
    """Return the engine that a node runs: what is no place of our own is a ComfyUI."""
    return node if node in {SANDBOX, WORKER} else COMFYUI


def check_url(url: str) -> str:
    """Return the address of a node.

    Raises:
        ValueError: it is no plain http(s) address.
    """
    address = urlsplit(url.strip())
    if address.scheme not in {"http", "https"} or not address.hostname or address.username:
        raise ValueError(f"{url!r} is not an address: http://host:port")
    return url.strip().rstrip("/")


async def enrol(session: Session, name: str, url: str) -> None:
    """Add a node that the settings name, or move it to another address."""
    node = await session.get(Node, name)
    if node is None:
        session.add(Node(name=name, url=url, max_inflight=1, max_pixel_frames=None))
    elif node.url != url:
        node.url, node.sentinel_id, node.probe_id = url, None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an operator says of a node; `most` is in pixels times frames, None for no limit."""

    max_inflight: int = 1
    most: int | None = None
    labels: str | None = None
    cleanup_dir: str | None = None


class NodeValues(TypedDict):
    """The columns of a node that its operator sets."""

    url: str
    max_inflight: int
    max_pixel_frames: int | None
    labels: str | None
    cleanup_dir: str | None


async def add(session: Session, name: str, url: str, given: Given) -> bool:
    """Add a node, or change it; False if it is there just so."""
    node = await session.get(Node, name)
    wanted: NodeValues = {
        "url": url,
        "max_inflight": given.max_inflight,
        "max_pixel_frames": given.most,
        "labels": given.labels,
        "cleanup_dir": given.cleanup_dir,
    }
    if node is None:
        session.add(Node(name=name, **wanted))
        return True
    if all(getattr(node, key) == value for key, value in wanted.items()):
        return False
    if node.url != url:
        node.sentinel_id = node.probe_id = None
    for key, value in wanted.items():
        setattr(node, key, value)
    return True


async def find(session: Session, name: str) -> Node:
    """Return a node.

    Raises:
        LookupError: there is none of this name.
    """
    node = await session.get(Node, name)
    if node is None:
        raise LookupError(f"there is no node {name}")
    return node


async def everyone(session: Session) -> list[Node]:
    """Return all nodes by name."""
    return list(await session.scalars(select(Node).order_by(Node.name)))


async def remove(session: Session, name: str) -> None:
    """Take a node out of the pool; what still runs on it is lost."""
    await session.change(LOSE_ON, [(name,)])
    await session.execute(delete(Node).where(Node.name == name))
