"""The end of a film's graph, whose classes differ between versions of ComfyUI."""

from collections.abc import Mapping

from workers.engines.base import IllegalPlan
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.graph import SAVE_NODE, Graph, Link, Value

_SLOWEST, _FASTEST = 1, 120


def save_film(
    g: Graph, facts: ComfyFacts, prefix: str, *, frames: Link, fps: float, sound: Link | None
) -> Graph:
    """Save frames and sound as H.264 MP4 and return the graph.

    `bit_depth` is never sent: 0.27 has it as a number, later versions as a choice.

    Raises:
        IllegalPlan: ComfyUI writes no film of this rate.
    """
    if not _SLOWEST <= fps <= _FASTEST:
        raise IllegalPlan(f"{fps} frames a second are not {_SLOWEST} to {_FASTEST}")
    wires: dict[str, Link] = {} if sound is None else {"audio": sound}
    film = g.add("clip_out", "CreateVideo", images=frames, fps=float(fps), **wires)
    g.add(SAVE_NODE, "SaveVideo", video=film[0], filename_prefix=prefix, **_container_inputs(facts))
    return g


def _container_inputs(facts: ComfyFacts) -> Mapping[str, Value]:
    codec = "format.codec" if facts.has_branches("SaveVideo", "format") else "codec"
    return {"format": "mp4", codec: "h264"}
