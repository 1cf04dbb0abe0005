"""The parts of a plan that a template may bind to its nodes, by task."""

from collections.abc import Mapping

PREFIX_BINDING, SEED_BINDING = "filenamePrefix", "seed"
TEXT_BINDINGS: Mapping[str, str] = {"prompt": "prompt", "negativePrompt": "negativePrompt"}
MEDIA_BINDINGS: Mapping[str, str] = {
    "startFrame": "start_frame",
    "finalFrame": "final_frame",
    "overlapFrames": "overlap_frames",
    "referenceAudio": "reference_audio",
    "source": "source",
    "mask": "mask",
}
_PICTURE = {
    PREFIX_BINDING,
    SEED_BINDING,
    "prompt",
    "negativePrompt",
    "width",
    "height",
    "steps",
    "count",
}
_LARGER = {PREFIX_BINDING, "width", "height", "source"}
_FILM = {
    *{
        PREFIX_BINDING,
        SEED_BINDING,
        "prompt",
        "negativePrompt",
        "width",
        "height",
        "fps",
        "durationFrames",
    },
    *{"finalFrame", "overlapFrames", "referenceAudio"},
}
BINDINGS_BY_TASK: Mapping[str, frozenset[str]] = {
    "image.generate": frozenset(_PICTURE),
    "image.edit": frozenset(_PICTURE | {"strength", "source", "mask"}),
    "image.upscale": frozenset(_LARGER),
    "video.generate": frozenset(_FILM | {"startFrame"}),
    "video.extend": frozenset(_FILM),
    "video.upscale": frozenset(_LARGER | {"fps"}),
    "audio.generate": frozenset({PREFIX_BINDING, SEED_BINDING, "prompt", "durationSeconds"}),
}
