"""The check of a node, `admin node check`: its answers now, beside its last heartbeat."""

import time
from pathlib import Path
from uuid import uuid4

from gateway.media.nodes.node_pool import OPENAI_ENGINE
from gateway.operator import nodes
from gateway.operator.gateway_location import load_settings
from workers.engines.base import BadAnswer, OutcomeUnknown, Unreachable
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.heartbeats import describe_wait, list_abilities, wait_for_probe
from workers.host import load_engines, load_upstreams, parse_node_tokens
from workers.node_answers import NodeCheck
from workers.server_check import check_server

PROOF_SECONDS = 10.0


async def check_node(
    data_dir: Path | None, name: str, *, render: bool = False
) -> dict[str, object]:
    """Return a node as operators see it, and under `now` its answers at this moment.

    With `render` a server does its smallest job, which may cost money. A ComfyUI always makes
    its probe, which needs no model.

    Raises:
        LookupError: no node has this name.
    """
    known = await nodes.get_node_details(data_dir, name)
    settings = load_settings(data_dir)
    upstreams = load_upstreams(settings)
    if name in upstreams:
        return {**known, "now": await check_server(upstreams[name], render=render)}
    if known["engine"] == OPENAI_ENGINE:
        gone: NodeCheck = {"answers": False, "trouble": "no upstream of this name is configured"}
        return {**known, "now": gone}
    engines = load_engines(settings)
    client = ComfyClient(known["url"], parse_node_tokens(settings).get(name, ""))
    engine, started_at = ComfyEngine(client, engines), time.monotonic()
    try:
        stats, depth = await engine.fetch_stats(), await engine.fetch_depth()
        elsewhere = {task for one in upstreams.values() for task in one.families}
        able = list_abilities(engines, await engine.fetch_facts(), elsewhere)
        trouble = await _try_probe(engine, depth)
    except (Unreachable, OutcomeUnknown) as error:
        silent: NodeCheck = {"answers": isinstance(error, BadAnswer), "trouble": str(error)}
        return {**known, "now": silent}
    finally:
        await engine.close()
    now: NodeCheck = {
        "answers": True,
        "trouble": trouble,
        "seconds": round(time.monotonic() - started_at, 2),
        "version": stats.version,
        "queueDepth": depth,
        "can": {task: one.family for task, one in sorted(able.items()) if not one.lacks},
        "lacks": {task: list(one.lacks) for task, one in sorted(able.items()) if one.lacks},
    }
    return {**known, "now": now}


async def _try_probe(engine: ComfyEngine, depth: int) -> str | None:
    """Send a probe, and take it back if it waits; return what it waits behind, None if nothing.

    Raises:
        Unreachable, OutcomeUnknown: it did not come through.
    """
    await engine.send_probe(probe := uuid4())
    if await wait_for_probe(engine, probe, PROOF_SECONDS):
        await engine.forget(probe)
        return None
    await engine.cancel(probe)
    return describe_wait(depth)
