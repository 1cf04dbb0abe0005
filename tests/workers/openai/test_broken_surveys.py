"""A survey that breaks by a fault of ours: the node is silent, and no old facts give it work."""

import pytest

from gateway.kit.database.sessions import Database
from gateway.media.nodes import node_pool, placement, server_nodes
from gateway.media.nodes.node_pool import NodeAbility, NodeHeartbeat
from workers.engines.comfyui.heartbeats import NodeHeartbeats
from workers.engines.engine_pool import EnginePool
from workers.engines.openai import heartbeats
from workers.engines.openai.upstreams import build_unknown_upstream

pytestmark = pytest.mark.anyio
NODE, URL = "omni", "http://127.0.0.1:9/v1"


async def test_a_survey_that_breaks_counts_as_a_failed_beat(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.write() as session:
        await server_nodes.enrol_server(session, NODE, URL, 4)
        await session.flush()
        seen = NodeHeartbeat(0, "sglang", None, "server", 1)
        await node_pool.record_heartbeat(session, NODE, URL, seen)
        await node_pool.record_abilities(session, NODE, {"image.generate": NodeAbility("one")})
    async with database.read() as snapshot:
        assert await placement.list_free_places(snapshot)

    async def break_down(*_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(heartbeats, "survey_server", break_down)
    pool = EnginePool(None, {}, {NODE: build_unknown_upstream(NODE, URL, "")})
    await NodeHeartbeats(database, pool).beat()
    await pool.close()
    async with database.read() as snapshot:
        node = await node_pool.get_node(snapshot, NODE)
        assert node.silent_since is not None
        assert node.trouble == "its survey broke: KeyError"
        assert not await placement.list_free_places(snapshot)
    assert "the survey of node omni broke" in caplog.text
