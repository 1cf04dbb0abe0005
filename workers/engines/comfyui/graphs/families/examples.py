"""Examples of plans, every variant of each task once, for preflights and golden files."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

from gateway.media.tasks.base import Family as Planning
from gateway.media.tasks.input_json import InputJson
from workers.engines.base import InputRef, PlanInputs, RenderPlan
from workers.engines.comfyui.graphs.file_names import input_name, save_prefix

EXAMPLE_PREFIX = save_prefix(UUID("00000000-0000-4000-8000-000000000000"))
_OVERLAP = 9
_FILM = {
    "prompt": "the fox opens the hatch",
    "negativePrompt": "",
    "width": 1280,
    "height": 704,
    "fps": 24,
    "seed": 7,
    "generateAudio": True,
    "durationFrames": 121,
}


def build_examples(task: str, planning: Planning) -> Mapping[str, RenderPlan]:
    """Build the variants of a task by name, within the limits of the family."""
    variants = _VARIANTS[task]
    return {
        name: RenderPlan(task=task, effective_input=values, inputs=inputs)
        for name, (values, inputs) in variants.items()
        for values, inputs in [_fit_to_family(values, inputs, planning)]
    }


def build_example_with(task: str, planning: Planning, media: Collection[str]) -> RenderPlan:
    """Build a plan of a task that has exactly these inputs (names of `PlanInputs`)."""
    plan = next(iter(build_examples(task, planning).values()))
    source = plan.inputs.source
    pool = {name: getattr(_ALL_INPUTS, name) for name in media}
    inputs = PlanInputs(**pool | ({"source": source} if "source" in media else {}))
    return replace(plan, inputs=inputs)


def _fit_to_family(
    values: InputJson, inputs: PlanInputs, planning: Planning
) -> tuple[InputJson, PlanInputs]:
    steps = {"steps": planning.steps} if "count" in values else {}
    return {**values, **steps}, replace(inputs, references=inputs.references[: planning.images - 1])


def _input_ref(name: str, ending: str) -> InputRef:
    return InputRef(input_name(name.encode().hex().zfill(64), f".{ending}"))


def _input_refs(name: str, count: int) -> tuple[InputRef, ...]:
    return tuple(_input_ref(f"{name} {k}", "webp") for k in range(count))


_SOURCE, _MASK = _input_ref("source", "png"), _input_ref("mask", "png")
_START, _FINAL = _input_ref("start", "png"), _input_ref("final", "png")
_VOICE = _input_ref("voice", "wav")
_FRAMES = _input_refs("frame", _OVERLAP)
_ALL_INPUTS = PlanInputs(
    start_frame=_START,
    final_frame=_FINAL,
    overlap_frames=_FRAMES,
    reference_audio=_VOICE,
    source=_SOURCE,
    mask=_MASK,
)
_PICTURE = {
    "prompt": "a fox astronaut",
    "negativePrompt": "text",
    "width": 1024,
    "height": 768,
    "count": 1,
    "seed": 7,
}
_SOUND = {"prompt": "rain on tin", "outputFormat": "wav", "seed": 7}
_EDIT = _PICTURE | {"strength": 0.6}
_EXTEND = _FILM | {"direction": "end"}
_VARIANTS: Mapping[str, Mapping[str, tuple[InputJson, PlanInputs]]] = {
    "image.generate": {
        "one": (_PICTURE, PlanInputs()),
        "three": (_PICTURE | {"count": 3}, PlanInputs()),
    },
    "image.edit": {
        "one": (_EDIT, PlanInputs(source=_SOURCE)),
        "masked": (
            _EDIT | {"count": 2, "strength": 0.3},
            PlanInputs(source=_SOURCE, mask=_MASK, references=_input_refs("reference", 2)),
        ),
    },
    "audio.generate": {
        "short": (_SOUND | {"durationSeconds": 1}, PlanInputs()),
        "long": (_SOUND | {"durationSeconds": 46.25}, PlanInputs()),
    },
    "image.upscale": {"picture": ({"width": 4096, "height": 3072}, PlanInputs(source=_SOURCE))},
    "video.upscale": {
        "segment": (
            {"width": 2560, "height": 1408, "fps": 24, "frames": 9},
            PlanInputs(source=_input_ref("segment", "mp4")),
        )
    },
    "video.generate": {
        "prompt": (_FILM, PlanInputs()),
        "silent": (_FILM | {"generateAudio": False}, PlanInputs()),
        "start": (_FILM, PlanInputs(start_frame=_START)),
        "final": (_FILM | {"imageStrength": 0.5}, PlanInputs(final_frame=_FINAL)),
        "start-final-audio": (
            _FILM,
            PlanInputs(start_frame=_START, final_frame=_FINAL, reference_audio=_VOICE),
        ),
        "overlap": (_FILM, PlanInputs(overlap_frames=_FRAMES)),
        "overlap-final-audio": (
            _FILM,
            PlanInputs(overlap_frames=_FRAMES, final_frame=_FINAL, reference_audio=_VOICE),
        ),
    },
    "video.extend": {
        "end": (_EXTEND, PlanInputs(overlap_frames=_FRAMES)),
        "end-final-audio": (
            _EXTEND,
            PlanInputs(overlap_frames=_FRAMES, final_frame=_FINAL, reference_audio=_VOICE),
        ),
        "start": (_EXTEND | {"direction": "start"}, PlanInputs(overlap_frames=_FRAMES)),
        "start-audio": (
            _EXTEND | {"direction": "start"},
            PlanInputs(overlap_frames=_FRAMES[:1], reference_audio=_VOICE),
        ),
    },
}
