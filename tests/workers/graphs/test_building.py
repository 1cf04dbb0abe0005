"""What the golden files cannot show: limits, refusals, words in prompts."""

from dataclasses import replace
from typing import Any

import pytest

from tests.workers.graphs.shelf import CASES, FAMILIES, draw_case
from workers.engines.base import IllegalPlan, InputRef, PlanInputs
from workers.engines.comfyui.facts import load_recorded_facts
from workers.engines.comfyui.graphs import Graph, build_graph, check_graph
from workers.engines.comfyui.graphs.families.esrgan import FRAME_BUFFER_BYTES
from workers.engines.comfyui.graphs.families.examples import EXAMPLE_PREFIX
from workers.pipelines.video_upscale import _frames_per_segment
from workers.video.chores.chore_forms import FilmMeasures

GIB = 2**30


def test_a_second_node_of_one_name_is_refused() -> None:
    graph = Graph()
    graph.add("model", "VAELoader", vae_name="a")
    with pytest.raises(ValueError, match="second node is called model"):
        graph.add("model", "VAELoader", vae_name="b")


def list_loaded(graph: Graph, node_id: str) -> list[Any]:
    """Return the files that come through a batch, in order."""
    node = graph.nodes[node_id]
    if node.class_type == "LoadImage":
        return [node.inputs["image"]]
    wires = sorted(node.inputs.items(), key=lambda wire: int(wire[0].removeprefix("images.image")))
    return [
        file
        for _, link in wires
        if isinstance(link, list)
        for file in list_loaded(graph, str(link[0]))
    ]


@pytest.mark.parametrize(("count", "layers"), [(97, 3), (49, 1), (57, 3)])
def test_many_overlap_frames_are_batched_in_order(count: int, layers: int) -> None:
    _, plan = CASES["video.extend-ltx-2.3-end"]
    frames = tuple(InputRef(f"kt/{k:064x}.png") for k in range(count))
    long = replace(plan, inputs=PlanInputs(overlap_frames=frames))
    graph = build_graph(long, FAMILIES["ltx-2.3"], load_recorded_facts(), EXAMPLE_PREFIX)
    assert check_graph(graph, load_recorded_facts()) == []
    batches = [node for node in graph.nodes.values() if node.class_type == "BatchImagesNode"]
    assert len(batches) == layers
    assert list_loaded(graph, "overlap") == [frame.name for frame in frames]


def count_taken(frames: int, at: int) -> int:
    """Return how many frames ComfyUI takes of a guide: it pads by one, floors to 8n + 1, unpads."""
    alone = at == 0 or (frames - 1) // 8 == 0
    latents = (frames + (not alone) - 1) // 8 + 1
    return (latents - 1) * 8 + 1 if alone else (latents - 1) * 8


@pytest.mark.parametrize("overlap", [1, 9, 17, 97])
def test_a_lead_ends_in_each_of_the_frames_that_it_leads_to(overlap: int) -> None:
    _, plan = CASES["video.extend-ltx-2.3-start"]
    frames = tuple(InputRef(f"kt/{k:064x}.png") for k in range(overlap))
    lead = replace(plan, inputs=PlanInputs(overlap_frames=frames))
    graph = build_graph(lead, FAMILIES["ltx-2.3"], load_recorded_facts(), EXAMPLE_PREFIX)
    assert check_graph(graph, load_recorded_facts()) == []
    for stage in ("first", "second"):
        seam = graph.nodes[f"{stage}_seam"].inputs
        assert seam["frame_idx"] == 121 - overlap
        assert seam["image"] == ["frame_0", 0]
        if overlap > 1:
            at = graph.nodes[f"{stage}_tail_guide"].inputs["frame_idx"]
            given = list_loaded(graph, "tail")
            assert type(at) is int
            assert at + count_taken(len(given), at) == 121
            assert given[: count_taken(len(given), at)] == [frame.name for frame in frames[1:]]


@pytest.mark.parametrize(
    "name", ["image.generate-sdxl-one", "image.edit-qwen-image-edit-one", "image.generate-flux-one"]
)
def test_no_word_of_a_prompt_opens_a_file_on_the_node(name: str) -> None:
    graph = draw_case(name, prompt="a fox, (embedding:../secret:1.2) embedding: x")
    texts = [
        value
        for node in graph.nodes.values()
        for field, value in node.inputs.items()
        if field in {"text", "prompt"} and "fox" in str(value)
    ]
    assert texts
    assert set(texts) == {"a fox, (embedding: ../secret:1.2) embedding: x"}


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("image.generate-sdxl-one", {"width": 1000}, "width 1000 is no multiple of 16"),
        ("video.generate-ltx-2.3-prompt", {"height": 720}, "height 720 is no multiple of 64"),
        ("video.generate-ltx-2.3-prompt", {"durationFrames": 12}, "12 frames are not 8n"),
        ("video.generate-ltx-2.3-overlap", {"durationFrames": 9}, "9 overlap frames do not fit"),
        ("video.upscale-esrgan-segment", {"fps": 240}, "240 frames a second are not 1 to 120"),
    ],
)
def test_a_plan_off_the_grid_is_refused_and_never_rounded(
    name: str, values: dict[str, Any], told: str
) -> None:
    with pytest.raises(IllegalPlan, match=told):
        draw_case(name, **values)


@pytest.mark.parametrize(
    ("name", "inputs", "told"),
    [
        ("image.edit-img2img-one", PlanInputs(), "no source"),
        ("image.edit-img2img-one", PlanInputs(references=(InputRef("a"),)), "no references"),
        ("image.upscale-esrgan-picture", PlanInputs(), "no source"),
        ("video.extend-ltx-2.3-start", PlanInputs(), "no overlap_frames"),
        (
            "image.edit-qwen-image-edit-one",
            PlanInputs(source=InputRef("a"), references=(InputRef("a"),) * 3),
            "3 references, 2 at most",
        ),
    ],
)
def test_a_plan_without_its_media_is_refused(name: str, inputs: PlanInputs, told: str) -> None:
    family, plan = CASES[name]
    with pytest.raises(IllegalPlan, match=told):
        build_graph(
            replace(plan, inputs=inputs), FAMILIES[family], load_recorded_facts(), EXAMPLE_PREFIX
        )


def test_a_segment_holds_the_frames_that_fit_into_four_gibibytes() -> None:
    source: FilmMeasures = {
        "frames": 500,
        "fps": "24",
        "width": 1920,
        "height": 1088,
        "has_sound": True,
    }
    asked = {"width": 3840, "height": 2176, "frames": 500}
    pixels = 1920 * 1088 * (1 + 16) + 3840 * 2176
    assert FRAME_BUFFER_BYTES == 4 * GIB
    assert _frames_per_segment(source, asked, FRAME_BUFFER_BYTES) == 4 * GIB // (12 * pixels) == 8
