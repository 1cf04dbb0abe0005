"""Acts on the nodes of the pool: add, read, drain, enable, remove."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

from gateway.kit.clock import to_iso_or_none
from gateway.kit.database.sessions import Session
from gateway.media.nodes import node_pool
from gateway.media.nodes.node_pool import Node, NodeSettings
from gateway.media.states import NodeState
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at

DEGRADED_WARNING = "older than ComfyUI 0.26: it is polled the old way, and stops later when asked"


class NodeDetails(TypedDict):
    """A node as its operator sees it; `can` and `lacks` name tasks."""

    node: str
    engine: str
    url: str
    state: NodeState
    version: str | None
    can: list[str]
    lacks: dict[str, list[str]]
    maxInflight: int
    maxPixelFrames: int | None
    queueDepth: int | None
    restarts: int
    labels: str | None
    cleanupDir: str | None
    warning: str | None
    trouble: str | None
    failures: int
    lastSeenAt: str | None


def render_node(node: Node, overtime: Mapping[str, int] = MappingProxyType({})) -> NodeDetails:
    """Render a node for its operator, who alone sees the address.

    `overtime` counts by family the attempts of the last day that ran over their time there.
    """
    able = node_pool.parse_abilities(node.able_json)
    patience = {one.family: one.patience for one in able.values()}
    warnings = [DEGRADED_WARNING] if node.degraded else []
    warnings += [
        f"{count} of the last day's jobs ran over their time; "
        + node_pool.advise_patience(family, patience.get(family, 1))
        for family, count in overtime.items()
    ]
    return {
        "node": node.name,
        "engine": node.engine or node_pool.COMFYUI_ENGINE,
        "url": node.url,
        "state": to_node_state(node),
        "version": node.version,
        "can": sorted(task for task, one in able.items() if not one.lacks),
        "lacks": {task: list(one.lacks) for task, one in able.items() if one.lacks},
        "maxInflight": node.max_inflight,
        "maxPixelFrames": node.max_pixel_frames,
        "queueDepth": node.depth,
        "restarts": max(0, node.epoch - 1),
        "labels": node.labels,
        "cleanupDir": node.cleanup_dir,
        "warning": "; ".join(warnings) or None,
        "trouble": node.trouble,
        "failures": node.failures,
        "lastSeenAt": to_iso_or_none(node.last_seen_at),
    }


async def list_nodes(where: GatewayLocation) -> list[NodeDetails]:
    """List every node as its operator sees it."""
    async with open_database_at(where) as database, database.read() as snapshot:
        every = await node_pool.list_nodes(snapshot)
        overtime = await node_pool.count_overtime(snapshot, [node.name for node in every])
        return [render_node(node, overtime[node.name]) for node in every]


async def get_node_details(where: GatewayLocation, name: str) -> NodeDetails:
    """Return a node as its operator sees it, above all the files that it lacks.

    Raises:
        LookupError: there is none of this name.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        overtime = await node_pool.count_overtime(snapshot, [name])
        return render_node(await node_pool.get_node(snapshot, name), overtime[name])


async def add(order: OperatorOrder, name: str, url: str, settings: NodeSettings) -> OutcomeFields:
    """Add a node to the pool, or change it; it gets work once its probe has passed.

    Raises:
        ValueError: the name, address or limit is not valid.
    """
    if settings.max_inflight not in {1, 2}:  # ComfyUI works on one prompt at a time
        raise ValueError("--max-inflight must be 1 or 2")
    if settings.cleanup_dir is not None and not Path(settings.cleanup_dir).is_absolute():
        raise ValueError("--cleanup-dir must be an absolute path")
    name, url = node_pool.check_node_name(name), node_pool.parse_node_url(url)

    async def work(session: Session) -> ActOutcome:
        changed = await node_pool.save_node(session, name, url, settings)
        after = {"maxInflight": settings.max_inflight, "maxPixelFrames": settings.max_pixel_frames}
        return ActOutcome(target=name, changed=changed, after=after)

    return await perform_act(order, "node.add", work)


async def drain(order: OperatorOrder, name: str) -> OutcomeFields:
    """Give a node no new work; running attempts finish.

    Raises:
        LookupError: there is none of this name.
    """
    return await _set_fields(order, name, "drain", enabled=1, draining=1)


async def enable(order: OperatorOrder, name: str) -> OutcomeFields:
    """Give a node work again, also one that was off; an open circuit breaker is closed.

    Raises:
        LookupError: there is none of this name.
    """
    return await _set_fields(
        order, name, "enable", enabled=1, draining=0, breaker_until=0, off_reason=None
    )


async def remove(order: OperatorOrder, name: str) -> OutcomeFields:
    """Remove a node from the pool; its running attempts are tried again elsewhere.

    Raises:
        LookupError: there is none of this name.
    """

    async def work(session: Session) -> ActOutcome:
        await node_pool.get_node(session, name)
        await node_pool.remove_node(session, name)
        return ActOutcome(target=name, after={"state": "removed"})

    return await perform_act(order, "node.remove", work)


async def _set_fields(
    order: OperatorOrder, name: str, verb: str, **values: int | None
) -> OutcomeFields:
    async def work(session: Session) -> ActOutcome:
        node = await node_pool.get_node(session, name)
        changed = any(getattr(node, key) != value for key, value in values.items())
        for key, value in values.items():
            setattr(node, key, value)
        return ActOutcome(target=name, changed=changed, after={"state": to_node_state(node)})

    return await perform_act(order, f"node.{verb}", work)


def to_node_state(node: Node) -> NodeState:
    """Return the state of a node.

    A `failing` one answers, but wrongly; on a `busy` one the probe waits for its turn. One that is
    `off` refused our key, an `unpaid` one has no credit of ours left.
    """
    if node.off_reason is not None:
        return NodeState.UNPAID if node.off_reason == "unpaid" else NodeState.OFF
    if node.draining:
        return NodeState.DRAINING
    if node.silent_since is not None and node.trouble is not None:
        return NodeState.FAILING
    if node.last_seen_at is None:
        return NodeState.NEW
    if node.silent_since is not None:
        return NodeState.SILENT
    return NodeState.UP if node.probe_id is None else NodeState.BUSY
