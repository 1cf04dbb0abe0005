"""Break a good graph in one way, and the checker names that way."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.workers.graphs.shelf import CASES, draw_case
from workers.engines.comfyui.facts import load_recorded_facts
from workers.engines.comfyui.graphs import Graph, check_graph
from workers.engines.comfyui.graphs.checks import checker, ltx_rules, shape_rules
from workers.engines.comfyui.graphs.findings import join_findings

PICTURES = "image.generate-sdxl-three"
FILM = "video.generate-ltx-2.3-overlap-final-audio"
LEAD = "video.extend-ltx-2.3-start"
PLAIN = "video.generate-ltx-2.3-prompt"
YES = True
Break = Callable[[Graph], Any]


def put(node: str, name: str, value: Any) -> Break:  # noqa: ANN401
    return lambda graph: graph.nodes[node].inputs.__setitem__(name, value)


def drop(node: str, name: str) -> Break:
    return lambda graph: graph.nodes[node].inputs.pop(name)


def turn(node: str, class_type: str) -> Break:
    return lambda graph: setattr(graph.nodes[node], "class_type", class_type)


def more_frames(node: str, count: int) -> Break:
    """Make a batch as long as this."""

    def change(graph: Graph) -> None:
        graph.nodes[node].inputs = {f"images.image{k}": ["frame_1", 0] for k in range(count)}

    return change


def both(*breaks: Break) -> Break:
    return lambda graph: [one(graph) for one in breaks]


BROKEN: list[tuple[str, str, str, Break]] = [
    ("unknown_class", "latent", PICTURES, turn("latent", "EmptyLatentPicture")),
    ("missing_input", "sample_0.steps", PICTURES, drop("sample_0", "steps")),
    ("missing_input", "pictures.images.image0", PICTURES, drop("pictures", "images.image0")),
    ("unknown_input", "sample_0.start_at", PICTURES, put("sample_0", "start_at", 1)),
    ("unknown_input", "pictures.images.image50", PICTURES, put("pictures", "images.image50", 1)),
    ("dangling_link", "image_0.samples", PICTURES, put("image_0", "samples", ["sample_9", 0])),
    ("bad_slot", "image_0.samples", PICTURES, put("image_0", "samples", ["sample_0", 1])),
    ("bad_slot", "image_0.samples", PICTURES, put("image_0", "samples", ["sample_0", -1])),
    ("type_mismatch", "image_0.samples", PICTURES, put("image_0", "samples", ["model", 2])),
    ("wrong_type", "image_0.samples", PICTURES, put("image_0", "samples", "sample_0")),
    ("wrong_type", "image_0.samples", PICTURES, put("image_0", "samples", ["sample_0"])),
    ("wrong_type", "latent.width", PICTURES, put("latent", "width", "1024")),
    ("wrong_type", "latent.width", PICTURES, put("latent", "width", 1024.0)),
    ("wrong_type", "latent.batch_size", PICTURES, put("latent", "batch_size", YES)),
    ("wrong_type", "sample_0.cfg", PICTURES, put("sample_0", "cfg", "7")),
    ("wrong_type", "positive.text", PICTURES, put("positive", "text", 7)),
    ("wrong_type", "model.ckpt_name", PICTURES, put("model", "ckpt_name", "")),
    ("wrong_type", "first_overlap.bypass", FILM, put("first_overlap", "bypass", 0)),
    ("out_of_range", "latent.width", PICTURES, put("latent", "width", 8)),
    ("out_of_range", "sample_0.cfg", PICTURES, put("sample_0", "cfg", 100.5)),
    ("out_of_range", "sample_0.cfg", PICTURES, put("sample_0", "cfg", float("nan"))),
    ("off_step", "latent.width", PICTURES, put("latent", "width", 1020)),
    ("not_a_choice", "sample_0.scheduler", PICTURES, put("sample_0", "scheduler", "fast")),
    ("cycle", "", PICTURES, put("latent", "width", ["pictures", 0])),
    ("no_save", "save", PICTURES, lambda graph: graph.nodes.pop("save")),
    ("no_save", "save", PICTURES, turn("save", "VAEDecode")),
    ("second_output", "image_0", PICTURES, turn("image_0", "PreviewImage")),
    ("leads_nowhere", "image_2", PICTURES, drop("pictures", "images.image2")),
    ("bad_prefix", "save.filename_prefix", PICTURES, put("save", "filename_prefix", "kt/%date%")),
    ("foreign_file", "final.image", FILM, put("final", "image", "kt/other.png")),
    ("foreign_file", "final.image", FILM, put("final", "image", f"kt/{'0' * 64}.png [output]")),
    ("foreign_file", "reference_audio.audio", FILM, put("reference_audio", "audio", 3)),
    ("frames_8n1", "first_latent.length", FILM, put("first_latent", "length", 120)),
    ("final_64", "first_latent.width", FILM, put("first_latent", "width", 656)),
    ("first_pass_32", "first_latent.width", FILM, put("first_latent", "width", 656)),
    ("final_64", "first_latent.height", PLAIN, put("frames", "samples", ["first_split", 0])),
    ("one_length", "audio_latent.frames_number", PLAIN, put("audio_latent", "frames_number", 126)),
    ("one_rate", "cond.frame_rate", PLAIN, put("cond", "frame_rate", 25.0)),
    ("one_rate", "audio_latent.frame_rate", PLAIN, put("audio_latent", "frame_rate", 25)),
    ("one_rate", "clip_out.fps", PLAIN, put("clip_out", "fps", 25.0)),
    ("in_place_batch", "first_overlap.image", FILM, more_frames("overlap", 8)),
    ("batch_too_long", "first_overlap.image", FILM, put("first_latent", "length", 9)),
    ("batch_too_long", "second_overlap.image", FILM, put("first_latent", "length", 9)),
    ("guide_batch", "first_tail_guide.frame_idx", LEAD, put("first_tail_guide", "frame_idx", 112)),
    ("guide_batch", "first_tail_guide.image", LEAD, more_frames("tail", 8)),
    ("batch_too_long", "first_tail_guide.image", LEAD, more_frames("tail", 17)),
    ("batch_too_long", "first_tail_guide.image", LEAD, put("first_tail_guide", "frame_idx", 121)),
    ("batch_too_long", "first_final.image", FILM, put("first_final", "frame_idx", -122)),
    ("guide_on_av", "second_final.latent", FILM, put("second_final", "latent", ["first_pass", 0])),
    ("guide_on_av", "second_final.latent", FILM, put("second_final", "latent", ["first_av", 0])),
    ("guide_not_cropped", "first_final", FILM, put("enlarged", "samples", ["first_split", 0])),
    ("guide_not_cropped", "second_final", FILM, put("frames", "samples", ["second_split", 0])),
    ("guide_conditioning", "first_crop.positive", FILM, put("first_crop", "positive", ["cond", 0])),
    (
        "guide_conditioning",
        "second_guider.negative",
        FILM,
        put("second_guider", "negative", ["first_crop", 1]),
    ),
    (
        "guide_conditioning",
        "first_tail_guide.positive",
        LEAD,
        put("first_tail_guide", "positive", ["cond", 0]),
    ),
]


@pytest.mark.promise("engines: proved-graphs")
@pytest.mark.parametrize(
    ("rule", "place", "case", "breaking"), BROKEN, ids=[f"{one[0]}-{one[1]}" for one in BROKEN]
)
def test_a_graph_broken_in_one_way_is_found(
    rule: str, place: str, case: str, breaking: Break
) -> None:
    graph = draw_case(case)
    breaking(graph)
    found = check_graph(graph, load_recorded_facts())
    assert (rule, place) in {
        (one.rule, place and ".".join(filter(None, (one.node, one.input)))) for one in found
    }, join_findings(found)


def test_each_rule_has_a_graph_that_breaks_it() -> None:
    modules = (checker, shape_rules, ltx_rules)
    text = "".join(inspect.getsource(module) for module in modules)
    rules = set(re.findall(r'(?:Finding\(|yield )"([a-z0-9_]+)"', text))
    assert rules == {rule for rule, *_ in BROKEN}


@pytest.mark.parametrize("name", CASES)
def test_each_input_of_each_graph_matters_to_the_checker(name: str) -> None:
    """Take away any one input: either it is optional, or the checker misses it."""
    whole = draw_case(name)
    for node_id, node in whole.nodes.items():
        wanted = load_recorded_facts().classes[node.class_type].inputs
        for field in node.inputs:
            graph = draw_case(name)
            del graph.nodes[node_id].inputs[field]
            assert bool(check_graph(graph, load_recorded_facts())) or not wanted[field].required, (
                node_id,
                field,
            )
