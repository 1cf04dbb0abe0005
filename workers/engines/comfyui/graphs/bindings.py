"""The parts of a plan that a template may bind to its nodes, by task."""

from collections.abc import Mapping

PREFIX, SEED = "filenamePrefix", "seed"
TEXTS: Mapping[str, str] = {"prompt": "prompt", "negativePrompt": "negativePrompt"}
MEDIA: Mapping[str, str] = {
    "startFrame": "start_frame",
    "finalFrame": "final_frame",
    "overlapFrames": "overlap_frames",
    "referenceAudio": "reference_audio",
    "source": "source",
    "mask": "mask",
}
_PICTURE = {PREFIX, SEED, "prompt", "negativePrompt", "width", "height", "steps", "count"}
_LARGER = {PREFIX, "width", "height", "source"}
_FILM = {
    *{PREFIX, SEED, "prompt", "negativePrompt", "width", "height", "fps", "durationFrames"},
    *{"finalFrame", "overlapFrames", "referenceAudio"},
}
BINDABLE: Mapping[str, frozenset[str]] = {
    "image.generate": frozenset(_PICTURE),
    "image.edit": frozenset(_PICTURE | {"strength", "source", "mask"}),
    "image.upscale": frozenset(_LARGER),
    "video.generate": frozenset(_FILM | {"startFrame"}),
    "video.extend": frozenset(_FILM),
    "video.upscale": frozenset(_LARGER | {"fps"}),
    "audio.generate": frozenset({PREFIX, SEED, "prompt", "durationSeconds"}),
}
