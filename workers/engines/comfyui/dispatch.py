"""The engines of one event loop: the sandbox, and one for each node that gets work."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine
from workers.engines.comfyui.graphs.families import Engines


@dataclass(slots=True)
class Pool:
    """Engines by node; `engines` says who draws what, `tokens` what a proxy wants to hear.

    Without `engines` each node does what it has the files for.
    """

    engines: Engines | None
    tokens: Mapping[str, str]
    _made: dict[tuple[str, str], ComfyEngine] = field(default_factory=dict)

    def of(self, node: str, url: str) -> ComfyEngine:
        """Return the engine that speaks to a node."""
        key = (node, url)
        if key not in self._made:
            client = ComfyClient(url, self.tokens.get(node, ""))
            self._made[key] = ComfyEngine(client, self.engines)
        return self._made[key]

    def fresh(self, node: str, url: str, family: str | None) -> ComfyEngine:
        """Return an engine of its own for one attempt: it asks the node anew what it can do."""
        return ComfyEngine(ComfyClient(url, self.tokens.get(node, "")), self.engines, family)

    async def close(self) -> None:
        """Let go of every connection."""
        made, self._made = self._made, {}
        for engine in made.values():
            await engine.close()
