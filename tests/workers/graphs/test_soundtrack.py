"""A workflow counts as silent only where it is certain that no sound gets into its film."""

import json
from typing import Any

import pytest

from tests.workers.graphs.shelf import drawn
from workers.engines.comfyui.facts import read, recorded
from workers.engines.comfyui.facts.object_info import RECORDED
from workers.engines.comfyui.graphs.graph import Graph
from workers.engines.comfyui.graphs.soundtrack import makes_sound

DECODER = {"input": {"required": {}}, "output": ["IMAGE"], "output_node": False}


def film(**inputs: Any) -> Graph:  # noqa: ANN401 - links and values
    """Return a graph that saves a film which CreateVideo makes of these inputs."""
    graph = Graph()
    graph.add("given", "LoadVideo", file="kt/a.mp4")
    graph.add("parts", "GetVideoComponents", video=["given", 0])
    graph.add("decoder", "DecoderOfAnExtension")
    graph.add("film", "CreateVideo", fps=24.0, **inputs)
    graph.add("save", "SaveVideo", video=["film", 0], filename_prefix="kt/a", format="mp4")
    return graph


def saving(graph: Graph, node_id: str, class_type: str, **inputs: Any) -> Graph:  # noqa: ANN401
    """Return the graph with another node before its save node."""
    graph.add(node_id, class_type, **inputs)
    graph.nodes["save"].inputs["video"] = [node_id, 0]
    return graph


def cut(graph: Graph) -> Graph:
    return saving(graph, "cut", "Video Slice", video=["film", 0], start_time=0.0, duration=0.0)


PICTURES, SOUND = ["parts", 0], ["parts", 1]


@pytest.mark.parametrize(
    ("graph", "sound"),
    [
        (film(images=PICTURES), False),
        (film(images=PICTURES, audio=SOUND), True),
        (cut(film(images=PICTURES)), False),
        (cut(film(images=PICTURES, audio=SOUND)), True),
        (saving(film(images=PICTURES), "other", "LoadVideo", file="kt/b.mp4"), True),
        (saving(film(images=PICTURES), "other", "FilmOfAnExtension", images=PICTURES), True),
        (film(images=["decoder", 0]), True),
        (drawn("video.generate-ltx-2.3-prompt"), True),
        (drawn("video.generate-ltx-2.3-silent"), False),
    ],
    ids=[
        *("pictures", "pictures and sound", "cut", "cut, with sound", "given", "of an extension"),
        *("decoded by an extension", "ltx", "ltx, silent"),
    ],
)
def test_a_sound_is_learned_from_the_links(graph: Graph, sound: bool) -> None:  # noqa: FBT001
    assert makes_sound(graph, recorded()) is sound


def test_a_node_that_knows_the_class_of_an_extension_settles_it() -> None:
    classes = json.loads(RECORDED.read_text())["nodes"] | {"DecoderOfAnExtension": DECODER}
    assert not makes_sound(film(images=["decoder", 0]), read(classes))
