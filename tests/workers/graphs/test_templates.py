"""Workflows that an operator brings: bound, proved, and refused in words that help."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.rules.bindings import list_binding_problems
from tests.workers.graphs.shelf import draw_case
from workers.engines.base import IllegalPlan, InputRef, PlanInputs
from workers.engines.comfyui.facts import load_recorded_facts
from workers.engines.comfyui.graphs import Family, build_graph, check_graph
from workers.engines.comfyui.graphs.engines_file import EnginesFileInvalid, read_engines_file
from workers.engines.comfyui.graphs.families.examples import EXAMPLE_PREFIX
from workers.engines.comfyui.graphs.preflight import run_preflight
from workers.engines.comfyui.graphs.templates.bindings import BINDINGS_BY_TASK

Change = Callable[[dict[str, Any], dict[str, Any]], object]
PICTURE_BIND = {
    "prompt": "positive.text",
    "width": "9.width",
    "height": "9.height",
    "steps": "sample_0.steps",
    "seed": "sample_0.seed",
    "filenamePrefix": "7.filename_prefix",
}
FILM_BIND = {
    "prompt": "positive.text",
    "fps": "clip_out.fps",
    "seed": "first_noise.noise_seed",
    "overlapFrames": "first_overlap.image",
    "filenamePrefix": "save.filename_prefix",
}


def picture_workflow() -> dict[str, Any]:
    """A workflow as ComfyUI exports it: numbers for ids, remarks, a class that we do not know."""
    nodes: dict[str, Any] = {**draw_case("image.generate-sdxl-one").to_json()}
    nodes["7"], nodes["9"] = nodes.pop("save"), nodes.pop("latent")
    nodes["sample_0"]["inputs"]["latent_image"] = ["9", 0]
    nodes["sample_0"]["inputs"]["model"] = ["sharp", 0]
    nodes["sharp"] = {"class_type": "SharperModel", "inputs": {"model": ["model", 0], "by": 3}}
    nodes["7"]["_meta"] = {"title": "Save"}
    nodes["7"]["inputs"]["filename_prefix"] = "ComfyUI"
    return nodes


def film_workflow() -> dict[str, Any]:
    nodes: dict[str, Any] = {**draw_case("video.generate-ltx-2.3-overlap").to_json()}
    for node_id in [name for name in nodes if name.startswith("frame_")] + ["overlap"]:
        del nodes[node_id]
    nodes["example"] = {"class_type": "LoadImage", "inputs": {"image": "example.png"}}
    for stage in ("first", "second"):
        nodes[f"{stage}_overlap"]["inputs"]["image"] = ["example", 0]
    return nodes


def bring_template(
    folder: Path, task: str, workflow: object, bind: dict[str, str], save: str = "7"
) -> Family:
    (folder / "mine.json").write_text(json.dumps(workflow))
    bound = "".join(f'{name} = "{path}"\n' for name, path in bind.items())
    (folder / "engines.toml").write_text(
        f'[templates.mine]\ntask = "{task}"\nworkflow = "mine.json"\nsave = "{save}"\n'
        f"max_pixel_frames = 99\npatience = 3\n[templates.mine.bind]\n{bound}"
        f'[routes]\n"{task}" = "mine"\n'
    )
    engines = read_engines_file(folder / "engines.toml")
    return engines.families[engines.routes[task]]


@pytest.fixture
def painter(tmp_path: Path) -> Family:
    return bring_template(tmp_path, "image.generate", picture_workflow(), PICTURE_BIND)


def test_the_values_of_a_plan_go_where_they_are_bound(painter: Family) -> None:
    [plan] = painter.examples("image.generate").values()
    asked = {**plan.effective_input, "prompt": "embedding:x", "width": 640, "seed": 9, "steps": 38}
    graph = build_graph(
        replace(plan, effective_input=asked), painter, load_recorded_facts(), EXAMPLE_PREFIX
    )
    assert check_graph(graph, load_recorded_facts(), unknown_ok=True) == []
    assert graph.nodes["positive"].inputs["text"] == "embedding: x"
    assert (graph.nodes["9"].inputs["width"], graph.nodes["9"].inputs["height"]) == (640, 768)
    sample = graph.nodes["sample_0"].inputs
    assert (sample["seed"], sample["steps"], sample["cfg"]) == (9, 38, 7.0)
    assert graph.nodes["save"].inputs["filename_prefix"] == EXAMPLE_PREFIX
    assert "_meta" not in graph.to_json()["save"]


def test_planning_takes_its_steps_from_the_workflow(painter: Family) -> None:
    assert painter.planning.steps == 25
    assert not painter.planning.heeds_negative_prompt
    assert (painter.max_pixel_frames, painter.patience) == (99, 3)


def test_two_plans_do_not_meet_in_one_workflow(painter: Family) -> None:
    [plan] = painter.examples("image.generate").values()
    first = build_graph(plan, painter, load_recorded_facts(), EXAMPLE_PREFIX)
    other = {**plan.effective_input, "seed": 99}
    build_graph(
        replace(plan, effective_input=other), painter, load_recorded_facts(), EXAMPLE_PREFIX
    )
    assert first.nodes["sample_0"].inputs["seed"] == plan.effective_input["seed"]


def test_a_class_of_the_operator_is_asked_of_the_node(painter: Family) -> None:
    found = run_preflight(painter, "image.generate", load_recorded_facts())
    assert "the node has no class SharperModel" in {finding.message for finding in found}


def test_overlap_frames_come_as_one_batch(tmp_path: Path) -> None:
    workflow = film_workflow()
    for stage in ("first", "second"):
        workflow[f"{stage}_overlap"]["inputs"]["image"] = ["images", 0]
    workflow["images"] = workflow.pop("example") | {
        "class_type": "LTXVPreprocess",
        "inputs": {"image": ["elsewhere", 0], "img_compression": 0},
    }
    bind = FILM_BIND | {"overlapFrames": "images.image"}
    family = bring_template(tmp_path, "video.generate", workflow, bind, save="save")
    [plan] = family.examples("video.generate").values()
    graph = build_graph(plan, family, load_recorded_facts(), EXAMPLE_PREFIX)
    assert check_graph(graph, load_recorded_facts()) == []
    assert graph.nodes["images"].inputs["image"] == ["overlap", 0]
    assert len(graph.nodes["overlap"].inputs) == 9
    assert type(graph.nodes["clip_out"].inputs["fps"]) is float


def test_a_file_of_the_operators_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnginesFileInvalid, match=r"example\.image: is no file that we brought"):
        bring_template(tmp_path, "video.generate", film_workflow(), FILM_BIND, save="save")


def test_a_bound_input_is_needed_and_an_unbound_one_refused(
    tmp_path: Path, painter: Family
) -> None:
    [plan] = painter.examples("image.generate").values()
    with pytest.raises(IllegalPlan, match="does not take, mask"):
        build_graph(
            replace(plan, inputs=PlanInputs(mask=InputRef("kt/m"))),
            painter,
            load_recorded_facts(),
            EXAMPLE_PREFIX,
        )
    with pytest.raises(IllegalPlan, match="takes no references"):
        several = replace(plan, inputs=PlanInputs(references=(InputRef("kt/r"),)))
        build_graph(several, painter, load_recorded_facts(), EXAMPLE_PREFIX)
    nodes = draw_case("image.edit-img2img-masked").to_json()
    bind = {
        "prompt": "positive.text",
        "seed": "sample_0.seed",
        "source": "source.image",
        "mask": "mask.image",
        "filenamePrefix": "save.filename_prefix",
    }
    family = bring_template(tmp_path, "image.edit", nodes, bind, save="save")
    [plan] = family.examples("image.edit").values()
    with pytest.raises(IllegalPlan, match="lacks mask"):
        build_graph(
            replace(plan, inputs=replace(plan.inputs, mask=None)),
            family,
            load_recorded_facts(),
            EXAMPLE_PREFIX,
        )


def editor_format(nodes: dict[str, Any], bind: dict[str, Any]) -> None:
    nodes.clear()
    nodes |= {"nodes": [], "links": []}


WRONG: list[tuple[str, Change]] = [
    ("is in the editor's format: export as API format", editor_format),
    ("holds no nodes: export as API format", lambda nodes, _: nodes.clear()),
    ("9 is no node with class and inputs", lambda nodes, _: nodes["9"].pop("class_type")),
    ("bind has no seed", lambda _, bind: bind.pop("seed")),
    ("bind has no filenamePrefix", lambda _, bind: bind.pop("filenamePrefix")),
    ("bind.fps: image.generate binds count, filenamePrefix", lambda _, b: b.update(fps="9.width")),
    ("bind.width: the workflow has no 8.width", lambda _, bind: bind.update(width="8.width")),
    ("bind.width: the workflow has no 9.wide", lambda _, bind: bind.update(width="9.wide")),
    ("bind.width: the workflow has no 9", lambda _, bind: bind.update(width="9")),
    ("bind.width: 9.width is linked", lambda nodes, _: nodes["9"]["inputs"].update(width=["7", 0])),
    ("does not lead to the save node 7", lambda _, b: b.update(filenamePrefix="positive.text")),
    ("save: there is no node 7", lambda nodes, _: nodes.pop("7")),
    ("another node than 7 is called save", lambda nodes, _: nodes.update(save=nodes["9"])),
    ("sample_0.cfg: 700 is above 100.0", lambda n, _: n["sample_0"]["inputs"].update(cfg=700)),
    (
        "9: does not lead to save",
        lambda n, _: n["sample_0"]["inputs"].update(latent_image=["x", 0]),
    ),
    ("sharp.model: there is no node x", lambda n, _: n["sharp"]["inputs"].update(model=["x", 0])),
    (
        "positive.text: takes STRING",
        lambda _, bind: bind.update(width="positive.text", prompt="9.width"),
    ),
]


@pytest.mark.parametrize(("told", "change"), WRONG, ids=[told for told, _ in WRONG])
def test_a_wrong_template_is_refused_in_words_that_help(
    tmp_path: Path, told: str, change: Change
) -> None:
    workflow, bind = picture_workflow(), dict(PICTURE_BIND)
    change(workflow, bind)
    with pytest.raises(EnginesFileInvalid, match=re.escape(told)) as refused:
        bring_template(tmp_path, "image.generate", workflow, bind)
    assert str(refused.value).startswith("templates.mine: ")


def test_a_template_of_no_task_or_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnginesFileInvalid, match=r"task is one of image\.generate"):
        bring_template(tmp_path, "video.combine", picture_workflow(), PICTURE_BIND)
    with pytest.raises(EnginesFileInvalid, match="start frame excludes overlap frames"):
        bind = FILM_BIND | {"startFrame": "example.image"}
        bring_template(tmp_path, "video.generate", film_workflow(), bind, save="save")
    (tmp_path / "mine.json").unlink()
    with pytest.raises(EnginesFileInvalid, match="No such file"):
        read_engines_file(tmp_path / "engines.toml")


def test_a_template_may_not_take_the_name_of_a_family(tmp_path: Path) -> None:
    (tmp_path / "engines.toml").write_text(
        '[templates.sdxl]\ntask = "image.edit"\nworkflow = "x"\nsave = "1"\nbind = {}'
    )
    with pytest.raises(EnginesFileInvalid, match="a family has this name already"):
        read_engines_file(tmp_path / "engines.toml")


@pytest.mark.promise("engines: unbound-refused")
@pytest.mark.parametrize(
    ("task", "bound", "asked", "refused"),
    [
        ("image.generate", "prompt", {"prompt": "a"}, []),
        ("image.generate", "prompt", {"prompt": "a", "count": 1, "outputFormat": "webp"}, []),
        ("image.generate", "prompt", {"prompt": "a", "count": 2}, ["count"]),
        ("image.generate", "prompt width", {"prompt": "a", "aspectRatio": "1:1"}, ["aspectRatio"]),
        ("image.generate", "prompt width height", {"prompt": "a", "aspectRatio": "1:1"}, []),
        ("image.generate", "prompt", {"prompt": "a", "highDetail": True}, ["highDetail"]),
        ("image.generate", "prompt steps", {"prompt": "a", "highDetail": True}, []),
        ("image.generate", "", {"prompt": "a", "negativePrompt": ""}, ["prompt"]),
        ("image.edit", "source mask", {"imageUrl": "asset://a"}, ["maskUrl"]),
        ("image.edit", "source mask", {"imageUrl": "asset://a", "mask": "data:"}, []),
        ("image.edit", "source", {"imageUrl": "a", "maskUrl": "a"}, ["maskUrl"]),
        ("image.upscale", "source width height", {"imageUrl": "a", "scale": 4}, []),
        ("image.upscale", "source", {"imageUrl": "a", "targetWidth": 640}, ["targetWidth"]),
        ("video.upscale", "source width height", {"jobId": "a", "target": "1080p"}, []),
        ("video.generate", "prompt", {"prompt": "a", "generateAudio": True, "fps": 24}, []),
        ("video.generate", "prompt", {"prompt": "a", "generateAudio": False}, ["generateAudio"]),
        ("video.generate", "prompt", {"prompt": "a", "fps": 25}, ["fps"]),
        ("video.generate", "prompt", {"prompt": "a", "cameraMotion": "static"}, []),
        ("video.generate", "prompt", {"prompt": "a", "imageStrength": 0.5}, ["imageStrength"]),
        ("video.generate", "prompt startFrame", {"prompt": "a"}, ["startFrameImageUrl"]),
        ("video.generate", "prompt", {"prompt": "a", "startFrameImage": "b"}, ["startFrameImage"]),
        ("video.extend", "prompt overlapFrames", {"prompt": "a", "videoUrl": "a"}, []),
        ("video.extend", "prompt", {"prompt": "a", "videoUrl": "a"}, ["videoUrl"]),
        (
            "video.extend",
            "prompt overlapFrames",
            {"prompt": "a", "direction": "start"},
            ["direction"],
        ),
        ("video.extend", "overlapFrames", {"jobId": "a", "extendSeconds": 5}, ["extendSeconds"]),
    ],
)
def test_a_field_without_a_binding_is_refused_and_never_ignored(
    task: str, bound: str, asked: dict[str, Any], refused: list[str]
) -> None:
    found = list_binding_problems(TASKS[task], frozenset(bound.split()), asked)
    assert [lack.field for lack in found] == refused
    for lack in found:
        assert f"`{lack.field}`" in lack.message


@pytest.mark.parametrize("task", BINDINGS_BY_TASK)
def test_with_nothing_bound_every_field_that_asks_for_something_is_refused(task: str) -> None:
    workers_own = {"outputFormat", "outputMode"}
    fields = {str(field.alias) for field in TASKS[task].model.model_fields.values()}
    found = {
        lack.field
        for lack in list_binding_problems(TASKS[task], frozenset(), dict.fromkeys(fields, "asked"))
    }
    assert found == fields - workers_own
