"""Hints for fields that a task does not have, but clients do send, by the unknown name."""

RETIRED_SIZES_AND_STEPS = (
    "`video.generate` no longer accepts separate base/upscale resolution fields or a step-count "
    "override; `width`/`height` define the final output canvas; the first sampling pass always "
    "runs at half of the final width/height."
)


def build_synonym_hints(**names: str) -> dict[str, str]:
    """Return hints by synonym: each keyword is a client's word, its value our field."""
    return {other: f"Did you mean `{ours}`?" for other, ours in names.items()}


RETIRED_FIELDS = dict.fromkeys(
    (
        *("baseWidth", "baseHeight", "baseResolution", "baseSize"),
        *("upscaleWidth", "upscaleHeight", "upscaleResolution", "upscaleSize", "upscaleFactor"),
        *("steps", "stepCount", "numSteps", "inferenceSteps", "numInferenceSteps"),
    ),
    RETIRED_SIZES_AND_STEPS,
)
FINAL_FRAME = build_synonym_hints(
    lastFrameImage="finalFrameImage",
    lastFrameImageUrl="finalFrameImageUrl",
    endFrameImage="finalFrameImage",
    endFrameImageUrl="finalFrameImageUrl",
)
NO_HIGH_DETAIL = {
    "highDetail": "Leave it out: it exists on `image.generate` and `image.edit` only."
}
PICTURES = build_synonym_hints(n="count", numImages="count", numberOfImages="count")
VIDEO_EXTEND = FINAL_FRAME | NO_HIGH_DETAIL
VIDEO_GENERATE = (
    RETIRED_FIELDS
    | VIDEO_EXTEND
    | build_synonym_hints(
        duration="durationSeconds",
        seconds="durationSeconds",
        frames="durationFrames",
        numFrames="durationFrames",
        frameRate="fps",
        firstFrameImage="startFrameImage",
        firstFrameImageUrl="startFrameImageUrl",
    )
)
