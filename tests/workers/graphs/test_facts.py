"""Facts are read from the recorded answer and from live ones, old and new in shape."""

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.workers.graphs.shelf import FAMILIES, drawn
from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import FactsUnreadable, read, recorded
from workers.engines.comfyui.facts.object_info import RECORDED
from workers.engines.comfyui.graphs import build, check
from workers.engines.comfyui.graphs.examples import PREFIX, examples
from workers.engines.comfyui.graphs.graph import Value
from workers.engines.comfyui.graphs.names import FOLDERS
from workers.engines.comfyui.graphs.preflight import preflight

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
def answer() -> dict[str, Any]:
    """The recorded answer as a node gives it that has the files of every family."""
    nodes: dict[str, Any] = deepcopy(json.loads(RECORDED.read_text())["nodes"])
    for family in FAMILIES.values():
        for task in family.tasks:
            for plan in family.examples(task).values():
                for node in build(plan, family, recorded(), PREFIX).nodes.values():
                    for name, value in node.inputs.items():
                        if (node.class_type, name) in FOLDERS:
                            inputs = nodes[node.class_type]["input"]["required"]
                            inputs[name][1]["options"].append(value)
    return nodes


def test_the_recorded_facts_hold_every_class() -> None:
    assert len(recorded().classes) == 84
    save = recorded().classes["SaveVideo"]
    assert (save.is_output, save.outputs) == (True, ("VIDEO",))
    length = recorded().classes["EmptyLTXVLatentVideo"].inputs["length"]
    assert (length.type, length.least, length.most, length.step) == ("INT", 1, 16384, 8)


def test_a_node_with_the_files_of_a_family_has_no_finding(answer: dict[str, Any]) -> None:
    facts = read(answer)
    for family in FAMILIES.values():
        for task in family.tasks:
            assert preflight(family, task, facts) == []


def test_a_missing_model_file_is_named_once(answer: dict[str, Any]) -> None:
    answer["LatentUpscaleModelLoader"]["input"]["required"]["model_name"][1]["options"] = []
    [finding] = preflight(FAMILIES["ltx-2.3"], "video.generate", read(answer))
    assert str(finding) == "enlarger.model_name: models/latent_upscale_models/upscaler.safetensors"


def test_a_missing_class_is_named(answer: dict[str, Any]) -> None:
    del answer["LTXVAddGuide"]
    found = preflight(FAMILIES["ltx-2.3"], "video.extend", read(answer))
    assert "the node has no class LTXVAddGuide" in {finding.message for finding in found}


def test_a_plain_list_in_the_types_place_is_a_choice(answer: dict[str, Any]) -> None:
    inputs = answer["KSampler"]["input"]["required"]
    inputs["scheduler"] = [["normal", "karras"], {"default": "normal"}]
    facts = read(answer)
    assert preflight(FAMILIES["sdxl"], "image.generate", facts) == []
    found = preflight(FAMILIES["flux"], "image.generate", facts)
    assert {finding.message for finding in found} == {"'simple' is not offered"}


def test_a_later_node_gets_its_own_way_to_save(answer: dict[str, Any]) -> None:
    saving = answer["SaveVideo"]["input"]["required"]
    del saving["codec"]
    saving["format"] = DYNAMIC_FORMAT
    answer["CreateVideo"]["input"]["optional"]["bit_depth"] = ["COMBO", {"options": ["8", "10"]}]
    facts, family = read(answer), FAMILIES["ltx-2.3"]
    plan = examples("video.generate", family.planning)["prompt"]
    graph = build(plan, family, facts, PREFIX)
    assert check(graph, facts) == []
    assert graph.nodes["save"].inputs["format"] == "mp4"
    assert graph.nodes["save"].inputs["format.codec"] == "h264"
    assert "codec" not in graph.nodes["save"].inputs
    assert "bit_depth" not in graph.nodes["clip_out"].inputs
    old = check(graph, recorded())
    assert {finding.rule for finding in old} == {"missing_input", "unknown_input"}


def test_a_matched_output_has_the_type_that_comes_in() -> None:
    graph = drawn("image.upscale-esrgan-picture")
    how: dict[str, Value] = {
        "input": ["source", 1],
        "resize_type": "scale width",
        "resize_type.width": 64,
        "scale_method": "area",
    }
    small = graph.add("small", "ResizeImageMaskNode", **how)
    graph.nodes["larger"].inputs["image"] = small[0]
    [finding] = check(graph, recorded())
    assert (finding.rule, finding.node) == ("type_mismatch", "larger")
    graph.nodes["small"].inputs["input"] = ["source", 0]
    assert check(graph, recorded()) == []
    graph.nodes["small"].inputs["resize_type"] = "scale height"
    assert {one.rule for one in check(graph, recorded())} == {"missing_input", "unknown_input"}


@pytest.mark.parametrize(
    "broken", [{"A": {}}, {"A": []}, {"A": {"input": {"required": {"x": []}}, "output": []}}, []]
)
def test_an_answer_of_another_shape_is_unreadable(broken: Any) -> None:  # noqa: ANN401
    with pytest.raises(FactsUnreadable):
        read(broken)


def test_an_odd_class_of_an_extension_hides_no_other(answer: dict[str, Any]) -> None:
    answer["Odd"] = {"input": {"required": {"x": ["INT", "no options"]}}, "output": []}
    facts = read(answer)
    assert "Odd" not in facts.classes
    assert preflight(FAMILIES["sdxl"], "image.generate", facts) == []


def test_choices_that_a_node_does_not_tell_are_any_name(answer: dict[str, Any]) -> None:
    answer["KSampler"]["input"]["required"]["scheduler"] = ["COMBO", {"remote": {"route": "/x"}}]
    assert preflight(FAMILIES["sdxl"], "image.generate", read(answer)) == []


def test_a_plan_of_another_task_is_illegal() -> None:
    plan = RenderPlan(task="video.combine", effective_input={"width": 64, "height": 64})
    with pytest.raises(ValueError, match=r"does no video\.combine"):
        build(plan, FAMILIES["ltx-2.3"], recorded(), PREFIX)
