"""The end of a film's graph, whose classes differ between versions of ComfyUI."""

from collections.abc import Mapping

from workers.engines.base import IllegalPlan
from workers.engines.comfyui.facts import Facts
from workers.engines.comfyui.graphs.graph import SAVE, Graph, Link, Value

_SLOWEST, _FASTEST = 1, 120


def save_film(
    g: Graph, facts: Facts, prefix: str, *, frames: Link, fps: float, sound: Link | None
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
    g.add(SAVE, "SaveVideo", video=film[0], filename_prefix=prefix, **_container(facts))
    return g


def _container(facts: Facts) -> Mapping[str, Value]:
    codec = "format.codec" if facts.has_branches("SaveVideo", "format") else "codec"
    return {"format": "mp4", codec: "h264"}
