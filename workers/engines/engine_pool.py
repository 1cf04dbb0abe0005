"""The pool of engines of one event loop: one for each node, ComfyUI or a server."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.engines.base import Engine
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.graphs.engines_file import EngineFamilies
from workers.engines.comfyui.recent_facts import RecentFacts
from workers.engines.openai.client import ServerClient
from workers.engines.openai.engine import ServerEngine
from workers.engines.openai.orders import UNKNOWN_ORIGIN, JobOrigin
from workers.engines.openai.upstreams import Upstream, Upstreams


@dataclass(slots=True)
class EnginePool:
    """Engines by node; `engines` are the families of the engines file, `tokens` those of proxies.

    Without families for ComfyUI in that file each node of it does the tasks that it has the files
    for, unless one of the `upstreams` does them.
    """

    engines: EngineFamilies | None
    tokens: Mapping[str, str]
    upstreams: Upstreams = field(default_factory=dict)
    _engines_by_node: dict[tuple[str, str], ComfyEngine] = field(default_factory=dict)
    _clients_by_upstream: dict[str, ServerClient] = field(default_factory=dict)
    _recent_facts: defaultdict[tuple[str, str], RecentFacts] = field(
        default_factory=lambda: defaultdict(RecentFacts)
    )

    @property
    def server_tasks(self) -> frozenset[str]:
        """Return the tasks that the engines file gives to upstreams."""
        return frozenset(task for one in self.upstreams.values() for task in one.families)

    def get_engine(self, node: str, url: str) -> ComfyEngine:
        """Return the shared engine of a node, for heartbeats; it keeps what the node can do."""
        key = (node, url)
        if key not in self._engines_by_node:
            client = ComfyClient(url, self.tokens.get(node, ""))
            self._engines_by_node[key] = ComfyEngine(client, self.engines)
        return self._engines_by_node[key]

    def get_client(self, upstream: Upstream) -> ServerClient:
        """Return the shared client of a server, for heartbeats."""
        if upstream.name not in self._clients_by_upstream:
            self._clients_by_upstream[upstream.name] = ServerClient(upstream)
        return self._clients_by_upstream[upstream.name]

    def make_engine(
        self,
        node: str,
        url: str,
        family: str | None,
        origin: JobOrigin = UNKNOWN_ORIGIN,
    ) -> Engine:
        """Make an engine for one attempt; close it after."""
        if (upstream := self.upstreams.get(node)) is not None:
            return ServerEngine(ServerClient(upstream), upstream, family, origin)
        client = ComfyClient(url, self.tokens.get(node, ""))
        return ComfyEngine(client, self.engines, family, self._recent_facts[node, url])

    async def close(self) -> None:
        """Close every shared engine and client."""
        made, self._engines_by_node = self._engines_by_node, {}
        clients, self._clients_by_upstream = self._clients_by_upstream, {}
        for engine in made.values():
            await engine.close()
        for client in clients.values():
            await client.close()
