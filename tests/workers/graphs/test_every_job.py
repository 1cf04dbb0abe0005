"""Whatever the tasks plan, its graph has no finding and holds the exact numbers of the plan."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kit.errors import InvalidInput
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.catalogue import TASKS, read_input
from tests.media.tasks import strategies
from tests.media.tasks.helpers import PRICES, build_sound
from tests.workers.graphs.shelf import FAMILIES
from workers.engines.base import InputRef, PlanInputs, RenderPlan
from workers.engines.comfyui.facts import load_recorded_facts
from workers.engines.comfyui.graphs import Family, Graph, build_graph, check_graph
from workers.engines.comfyui.graphs.families.examples import EXAMPLE_PREFIX

MANY = settings(max_examples=150, deadline=None)
SEEDS = st.integers(0, 2**53 - 1)


@dataclass(frozen=True)
class Drawn:
    """The values of a plan and its graph."""

    values: dict[str, Any]
    plan: RenderPlan
    graph: Graph

    def inputs(self, node: str) -> dict[str, Any]:
        return self.graph.nodes[node].inputs


def make_refs(items: Any, ending: str) -> tuple[InputRef, ...]:  # noqa: ANN401
    return tuple(InputRef(f"kt/{k:064x}.{ending}") for k, _ in enumerate(items))


def make_ref(media: Any, name: str, ending: str = "png") -> InputRef | None:  # noqa: ANN401
    return next(iter(make_refs(media.get(name, ()), ending)), None)


def draw(family: Family, case: strategies.Case, seed: int, **more: object) -> Drawn:
    """Plan a request as the gateway does, and draw it as a pipeline asks for it."""
    name, asked, media = case
    task = TASKS[name]
    given = read_input(task, {**asked, **more})
    planned = task.plan(given, media, seed=seed, prices=PRICES, family=family.planning)
    values = dict(planned.effective_input)
    pictures = make_refs(planned.media.get("images", planned.media.get("image", ())), "png")
    overlap = planned.media.get("overlapFrameImages", ())
    if name == "video.extend":
        overlap = (planned.media["video"][0],) * values["overlapFrames"]
        values["durationFrames"] = values["extendFrames"] + values["overlapFrames"]
    inputs = PlanInputs(
        source=next(iter(pictures), make_ref(planned.media, "video", "mp4")),
        references=pictures[1:],
        mask=make_ref(planned.media, "mask"),
        start_frame=make_ref(planned.media, "startFrameImage"),
        final_frame=make_ref(planned.media, "finalFrameImage"),
        overlap_frames=make_refs(overlap, "png"),
        reference_audio=make_ref(planned.media, "referenceAudio", "wav"),
    )
    plan = RenderPlan(task=name, effective_input=values, inputs=inputs)
    graph = build_graph(plan, family, load_recorded_facts(), EXAMPLE_PREFIX)
    assert check_graph(graph, load_recorded_facts()) == []
    return Drawn(values, plan, graph)


def assert_pictures(drawn: Drawn, *, denoise: float, steps: int) -> None:
    for k in range(drawn.values["count"]):
        sample = drawn.inputs(f"sample_{k}")
        assert sample["seed"] == drawn.values["seed"] + k
        assert (sample["steps"], sample["denoise"]) == (steps, denoise)
    assert f"sample_{drawn.values['count']}" not in drawn.graph.nodes


@pytest.mark.promise("engines: exact-graphs")
@MANY
@given(strategies.image_generate(), st.sampled_from(["sdxl", "flux"]), SEEDS)
def test_pictures_have_their_size_steps_and_seeds(
    case: strategies.Case, family: str, seed: int
) -> None:
    drawn = draw(FAMILIES[family], case, seed)
    latent, values = drawn.inputs("latent"), drawn.values
    assert (latent["width"], latent["height"]) == (values["width"], values["height"])
    plain, detailed = {"sdxl": (25, 38), "flux": (20, 30)}[family]
    steps = detailed if values["highDetail"] else plain
    assert_pictures(drawn, denoise=1.0, steps=steps)


@pytest.mark.promise("engines: exact-graphs")
@MANY
@given(
    strategies.image_edit(),
    st.sampled_from(["qwen-image-edit", "qwen-lightning", "img2img"]),
    SEEDS,
    st.floats(0, 1),
)
def test_edits_take_what_the_family_takes(
    case: strategies.Case, name: str, seed: int, strength: float
) -> None:
    family, (task, asked, media) = FAMILIES[name], case
    most = family.planning.images
    asked = asked | {"imageUrls": asked["imageUrls"][:most]}
    media = {**media, "images": media["images"][:most]}
    drawn = draw(family, (task, asked, media), seed, strength=strength)
    plain, detailed = {"qwen-lightning": (4, 6), "img2img": (25, 38)}.get(name, (20, 30))
    strength = drawn.values["strength"]
    denoise = strength if name == "img2img" else round(min(1, strength / 0.6), 4)
    steps = detailed if drawn.values["highDetail"] else plain
    assert_pictures(drawn, denoise=denoise, steps=steps)
    assert ("masked_latent" in drawn.graph.nodes) == ("mask" in media)
    loaded = [node for node in drawn.graph.nodes.values() if node.class_type == "LoadImage"]
    assert len(loaded) == len(media["images"])


@pytest.mark.promise("engines: exact-graphs")
@MANY
@given(st.one_of(strategies.image_upscale(), strategies.video_upscale()))
def test_enlarged_media_have_exactly_the_size_that_was_priced(case: strategies.Case) -> None:
    drawn = draw(FAMILIES["esrgan"], case, 0)
    scaled = drawn.inputs("scaled")
    assert (scaled["width"], scaled["height"]) == (drawn.values["width"], drawn.values["height"])
    if case[0] == "video.upscale":
        assert drawn.inputs("clip_out")["fps"] == drawn.values["fps"]


def assert_film(drawn: Drawn) -> None:
    values, first = drawn.values, drawn.inputs("first_latent")
    assert (first["width"] * 2, first["height"] * 2) == (values["width"], values["height"])
    assert first["length"] == values["durationFrames"]
    assert drawn.inputs("clip_out")["fps"] == values["fps"]
    assert drawn.inputs("cond")["frame_rate"] == values["fps"]
    assert drawn.inputs("first_noise")["noise_seed"] == values["seed"]
    for name, steps in values["steps"].items():
        node = {"firstPass": "first_sigmas", "secondPass": "second_sigmas"}[name]
        assert drawn.inputs(node)["sigmas"].count(",") == steps
    if drawn.plan.inputs.reference_audio is None:
        assert drawn.inputs("audio_latent")["frames_number"] == values["durationFrames"]
        assert ("audio" in drawn.inputs("clip_out")) == values["generateAudio"]
    else:
        duration = drawn.inputs("trimmed_audio")["duration"]
        assert duration == float(Fraction(values["durationFrames"], values["fps"]))
        assert drawn.inputs("clip_out")["audio"] == ["trimmed_audio", 0]


@pytest.mark.promise("engines: exact-graphs")
@MANY
@given(strategies.video_generate(), SEEDS, st.floats(0, 1))
def test_films_have_their_size_frames_rate_and_sound(
    case: strategies.Case, seed: int, strength: float
) -> None:
    drawn = draw(FAMILIES["ltx-2.3"], case, seed, imageStrength=strength)
    assert_film(drawn)
    nodes, inputs = drawn.graph.nodes, drawn.plan.inputs
    for stage, most in (("first", 0.7), ("second", 1.0)):
        assert (f"{stage}_start" in nodes) == (inputs.start_frame is not None)
        assert (f"{stage}_final" in nodes) == (inputs.final_frame is not None)
        assert (f"{stage}_overlap" in nodes) == bool(inputs.overlap_frames)
        for name in {f"{stage}_start", f"{stage}_final"} & nodes.keys():
            wanted = round(most * drawn.values["imageStrength"], 4)
            assert drawn.inputs(name)["strength"] == wanted
        if inputs.overlap_frames:
            assert drawn.inputs(f"{stage}_overlap")["strength"] == 1.0


def with_sound(case: strategies.Case, seconds: Fraction) -> strategies.Case:
    task, asked, media = case
    extra: dict[str, list[StoredMedia]] = {"referenceAudio": [build_sound(seconds)]}
    return task, asked | {"referenceAudioUrl": "asset://v", "padAudio": True}, {**media, **extra}


@pytest.mark.promise("engines: exact-graphs")
@MANY
@given(strategies.video_extend(), st.booleans(), st.booleans(), SEEDS)
def test_extensions_hold_to_the_frames_of_their_source(
    case: strategies.Case,
    lead: bool,  # noqa: FBT001
    voiced: bool,  # noqa: FBT001
    seed: int,
) -> None:
    if voiced:
        case = with_sound(case, Fraction(7))
    lead = lead and "finalFrameImage" not in case[2]
    drawn = draw(FAMILIES["ltx-2.3"], case, seed, direction="start" if lead else "end")
    assert_film(drawn)
    overlap, frames = drawn.values["overlapFrames"], drawn.values["durationFrames"]
    for stage in ("first", "second"):
        if not lead:
            assert drawn.inputs(f"{stage}_overlap")["strength"] == 1.0
            continue
        assert drawn.inputs(f"{stage}_seam")["frame_idx"] == frames - overlap
        if overlap > 1:
            assert drawn.inputs(f"{stage}_tail_guide")["frame_idx"] == frames - overlap + 1


@pytest.mark.promise("engines: exact-graphs")
@MANY
@given(st.integers(100, 4_700), st.sampled_from(["ace-step", "stable-audio"]), SEEDS)
def test_a_sound_is_asked_for_up_to_two_tenths_longer_and_never_speaks(
    hundredths: int, family: str, seed: int
) -> None:
    asked = {"prompt": "rain embedding:x", "durationSeconds": hundredths / 100}
    drawn = draw(FAMILIES[family], ("audio.generate", asked, {}), seed)
    more = Fraction(str(drawn.inputs("latent")["seconds"])) - Fraction(hundredths, 100)
    assert Fraction(1, 10) <= more <= Fraction(2, 10)
    assert drawn.inputs("sample_0")["seed"] == drawn.values["seed"]
    if family == "ace-step":
        assert drawn.inputs("positive")["lyrics"] == "[instrumental]"
    else:
        assert "speech" in drawn.inputs("negative_text")["text"]


def test_a_sound_longer_than_its_model_makes_is_refused_with_the_longest() -> None:
    asked = {"prompt": "rain", "durationSeconds": 50}
    with pytest.raises(InvalidInput) as refused:
        draw(FAMILIES["stable-audio"], ("audio.generate", asked, {}), 7)
    assert refused.value.field == "input.durationSeconds"
    assert refused.value.next_step == "The nearest valid value is 47."
