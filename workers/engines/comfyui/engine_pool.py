"""The pool of engines of one event loop: one for each ComfyUI node."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.graphs.engines_file import EngineFamilies


@dataclass(slots=True)
class EnginePool:
    """Engines by node; `engines` are the families of the engines file, `tokens` those of proxies.

    Without an engines file each node does the tasks that it has the files for.
    """

    engines: EngineFamilies | None
    tokens: Mapping[str, str]
    _engines_by_node: dict[tuple[str, str], ComfyEngine] = field(default_factory=dict)

    def get_engine(self, node: str, url: str) -> ComfyEngine:
        """Return the shared engine of a node, for heartbeats; it keeps what the node can do."""
        key = (node, url)
        if key not in self._engines_by_node:
            client = ComfyClient(url, self.tokens.get(node, ""))
            self._engines_by_node[key] = ComfyEngine(client, self.engines)
        return self._engines_by_node[key]

    def make_engine(self, node: str, url: str, family: str | None) -> ComfyEngine:
        """Make an engine for one attempt, which fetches the node's facts again; close it after."""
        return ComfyEngine(ComfyClient(url, self.tokens.get(node, "")), self.engines, family)

    async def close(self) -> None:
        """Close every shared engine."""
        made, self._engines_by_node = self._engines_by_node, {}
        for engine in made.values():
            await engine.close()
