"""A workflow counts as silent only where it is certain that no sound gets into its film."""

import json
from typing import Any

import pytest

from tests.workers.graphs.shelf import draw_case
from workers.engines.comfyui.facts import load_recorded_facts, read_object_info
from workers.engines.comfyui.facts.object_info import RECORDED_FILE
from workers.engines.comfyui.graphs.graph import Graph
from workers.engines.comfyui.graphs.templates.soundtrack import makes_sound

DECODER = {"input": {"required": {}}, "output": ["IMAGE"], "output_node": False}


def build_film_graph(**inputs: Any) -> Graph:  # noqa: ANN401 - links and values
    """Return a graph that saves a film which CreateVideo makes of these inputs."""
    graph = Graph()
    graph.add("given", "LoadVideo", file="kt/a.mp4")
    graph.add("parts", "GetVideoComponents", video=["given", 0])
    graph.add("decoder", "DecoderOfAnExtension")
    graph.add("film", "CreateVideo", fps=24.0, **inputs)
    graph.add("save", "SaveVideo", video=["film", 0], filename_prefix="kt/a", format="mp4")
    return graph


def add_save(graph: Graph, node_id: str, class_type: str, **inputs: Any) -> Graph:  # noqa: ANN401
    """Return the graph with another node before its save node."""
    graph.add(node_id, class_type, **inputs)
    graph.nodes["save"].inputs["video"] = [node_id, 0]
    return graph


def cut_sound(graph: Graph) -> Graph:
    return add_save(graph, "cut", "Video Slice", video=["film", 0], start_time=0.0, duration=0.0)


PICTURES, SOUND = ["parts", 0], ["parts", 1]


@pytest.mark.parametrize(
    ("graph", "sound"),
    [
        (build_film_graph(images=PICTURES), False),
        (build_film_graph(images=PICTURES, audio=SOUND), True),
        (cut_sound(build_film_graph(images=PICTURES)), False),
        (cut_sound(build_film_graph(images=PICTURES, audio=SOUND)), True),
        (add_save(build_film_graph(images=PICTURES), "other", "LoadVideo", file="kt/b.mp4"), True),
        (
            add_save(
                build_film_graph(images=PICTURES), "other", "FilmOfAnExtension", images=PICTURES
            ),
            True,
        ),
        (build_film_graph(images=["decoder", 0]), True),
        (draw_case("video.generate-ltx-2.3-prompt"), True),
        (draw_case("video.generate-ltx-2.3-silent"), False),
    ],
    ids=[
        *("pictures", "pictures and sound", "cut", "cut, with sound", "given", "of an extension"),
        *("decoded by an extension", "ltx", "ltx, silent"),
    ],
)
def test_a_sound_is_learned_from_the_links(graph: Graph, sound: bool) -> None:  # noqa: FBT001
    assert makes_sound(graph, load_recorded_facts()) is sound


def test_a_node_that_knows_the_class_of_an_extension_settles_it() -> None:
    classes = json.loads(RECORDED_FILE.read_text())["nodes"] | {"DecoderOfAnExtension": DECODER}
    assert not makes_sound(build_film_graph(images=["decoder", 0]), read_object_info(classes))
