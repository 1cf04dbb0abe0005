"""Facts are read from the recorded answer and from live ones, old and new in shape."""

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.workers.graphs.shelf import FAMILIES, draw_case
from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import FactsUnreadable, load_recorded_facts, read_object_info
from workers.engines.comfyui.facts.object_info import RECORDED_FILE
from workers.engines.comfyui.graphs import build_graph, check_graph
from workers.engines.comfyui.graphs.families.examples import EXAMPLE_PREFIX, build_examples
from workers.engines.comfyui.graphs.file_names import MODEL_FOLDERS
from workers.engines.comfyui.graphs.graph import Value
from workers.engines.comfyui.graphs.preflight import run_preflight

DYNAMIC_FORMAT = [
    "COMFY_DYNAMICCOMBO_V3",
    {
        "options": [
            {"key": "auto", "inputs": {"required": {}}},
            {
                "key": "mp4",
                "inputs": {"required": {"codec": ["COMBO", {"options": ["auto", "h264"]}]}},
            },
        ]
    },
]


@pytest.fixture
def load_answer() -> dict[str, Any]:
    """The recorded answer as a node gives it that has the files of every family."""
    nodes: dict[str, Any] = deepcopy(json.loads(RECORDED_FILE.read_text())["nodes"])
    for family in FAMILIES.values():
        for task in family.tasks:
            for plan in family.examples(task).values():
                for node in build_graph(
                    plan, family, load_recorded_facts(), EXAMPLE_PREFIX
                ).nodes.values():
                    for name, value in node.inputs.items():
                        if (node.class_type, name) in MODEL_FOLDERS:
                            inputs = nodes[node.class_type]["input"]["required"]
                            inputs[name][1]["options"].append(value)
    return nodes


def test_the_recorded_facts_hold_every_class() -> None:
    assert len(load_recorded_facts().classes) == 84
    save = load_recorded_facts().classes["SaveVideo"]
    assert (save.is_output, save.outputs) == (True, ("VIDEO",))
    length = load_recorded_facts().classes["EmptyLTXVLatentVideo"].inputs["length"]
    assert (length.type, length.least, length.most, length.step) == ("INT", 1, 16384, 8)


def test_a_node_with_the_files_of_a_family_has_no_finding(load_answer: dict[str, Any]) -> None:
    facts = read_object_info(load_answer)
    for family in FAMILIES.values():
        for task in family.tasks:
            assert run_preflight(family, task, facts) == []


def test_a_missing_model_file_is_named_once(load_answer: dict[str, Any]) -> None:
    load_answer["LatentUpscaleModelLoader"]["input"]["required"]["model_name"][1]["options"] = []
    [finding] = run_preflight(FAMILIES["ltx-2.3"], "video.generate", read_object_info(load_answer))
    assert str(finding) == "enlarger.model_name: models/latent_upscale_models/upscaler.safetensors"


def test_a_missing_class_is_named(load_answer: dict[str, Any]) -> None:
    del load_answer["LTXVAddGuide"]
    found = run_preflight(FAMILIES["ltx-2.3"], "video.extend", read_object_info(load_answer))
    assert "the node has no class LTXVAddGuide" in {finding.message for finding in found}


def test_a_plain_list_in_the_types_place_is_a_choice(load_answer: dict[str, Any]) -> None:
    inputs = load_answer["KSampler"]["input"]["required"]
    inputs["scheduler"] = [["normal", "karras"], {"default": "normal"}]
    facts = read_object_info(load_answer)
    assert run_preflight(FAMILIES["sdxl"], "image.generate", facts) == []
    found = run_preflight(FAMILIES["flux"], "image.generate", facts)
    assert {finding.message for finding in found} == {"'simple' is not offered"}


def test_a_later_node_gets_its_own_way_to_save(load_answer: dict[str, Any]) -> None:
    saving = load_answer["SaveVideo"]["input"]["required"]
    del saving["codec"]
    saving["format"] = DYNAMIC_FORMAT
    load_answer["CreateVideo"]["input"]["optional"]["bit_depth"] = [
        "COMBO",
        {"options": ["8", "10"]},
    ]
    facts, family = read_object_info(load_answer), FAMILIES["ltx-2.3"]
    plan = build_examples("video.generate", family.planning)["prompt"]
    graph = build_graph(plan, family, facts, EXAMPLE_PREFIX)
    assert check_graph(graph, facts) == []
    assert graph.nodes["save"].inputs["format"] == "mp4"
    assert graph.nodes["save"].inputs["format.codec"] == "h264"
    assert "codec" not in graph.nodes["save"].inputs
    assert "bit_depth" not in graph.nodes["clip_out"].inputs
    old = check_graph(graph, load_recorded_facts())
    assert {finding.rule for finding in old} == {"missing_input", "unknown_input"}


def test_a_matched_output_has_the_type_that_comes_in() -> None:
    graph = draw_case("image.upscale-esrgan-picture")
    how: dict[str, Value] = {
        "input": ["source", 1],
        "resize_type": "scale width",
        "resize_type.width": 64,
        "scale_method": "area",
    }
    small = graph.add("small", "ResizeImageMaskNode", **how)
    graph.nodes["larger"].inputs["image"] = small[0]
    [finding] = check_graph(graph, load_recorded_facts())
    assert (finding.rule, finding.node) == ("type_mismatch", "larger")
    graph.nodes["small"].inputs["input"] = ["source", 0]
    assert check_graph(graph, load_recorded_facts()) == []
    graph.nodes["small"].inputs["resize_type"] = "scale height"
    assert {one.rule for one in check_graph(graph, load_recorded_facts())} == {
        "missing_input",
        "unknown_input",
    }


@pytest.mark.parametrize(
    "broken", [{"A": {}}, {"A": []}, {"A": {"input": {"required": {"x": []}}, "output": []}}, []]
)
def test_an_answer_of_another_shape_is_unreadable(broken: Any) -> None:  # noqa: ANN401
    with pytest.raises(FactsUnreadable):
        read_object_info(broken)


def test_an_odd_class_of_an_extension_hides_no_other(load_answer: dict[str, Any]) -> None:
    load_answer["Odd"] = {"input": {"required": {"x": ["INT", "no options"]}}, "output": []}
    facts = read_object_info(load_answer)
    assert "Odd" not in facts.classes
    assert run_preflight(FAMILIES["sdxl"], "image.generate", facts) == []


def test_choices_that_a_node_does_not_tell_are_any_name(load_answer: dict[str, Any]) -> None:
    load_answer["KSampler"]["input"]["required"]["scheduler"] = [
        "COMBO",
        {"remote": {"route": "/x"}},
    ]
    assert run_preflight(FAMILIES["sdxl"], "image.generate", read_object_info(load_answer)) == []


def test_a_plan_of_another_task_is_illegal() -> None:
    plan = RenderPlan(task="video.combine", effective_input={"width": 64, "height": 64})
    with pytest.raises(ValueError, match=r"does no video\.combine"):
        build_graph(plan, FAMILIES["ltx-2.3"], load_recorded_facts(), EXAMPLE_PREFIX)
