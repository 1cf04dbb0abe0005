"""Guidance on the tasks, for the API docs, the catalogue and the skill."""

HIGH_DETAIL = (
    "Leave `highDetail` out unless higher detail was explicitly requested; it raises inference "
    "steps and billed cost by 50 %."
)
CANDIDATES = (
    "Video outputs vary widely and not every run is usable. For image-to-video run several "
    "candidates (different seeds, one idempotency key each), pick winners, only then upscale or "
    "extend."
)
ANCHORS = (
    "Anchor image quality is the main lever: mid-action, asymmetrical frames without text or "
    "signage."
)
PROMPT = (
    "Prompt as one coherent paragraph. Avoid timestamp or segment syntax; keep anti-text negatives "
    "out of the positive prompt."
)
OVERLAP = (
    "Continue a clip with overlap frames: upload the trailing frames of the previous clip, not the "
    "whole video. Extract them as lossless or visually lossless `webp`; never `jpeg` where the "
    "seam matters; `png` only to debug. `killatamata frames CLIP` takes them so."
)
SPLICE = (
    "Splice: clip A plus clip B with B's overlap head removed. Trim the duplicated region from one "
    "side only."
)
FRAMES = (
    "For exact continuation prefer `durationFrames` over `durationSeconds`; frames count at the "
    "base fps and follow 8n + 1."
)
CANVAS = (
    "`width`/`height` are the final canvas; the first sampling pass always runs at half of it. "
    "`video.generate` no longer accepts separate base or upscale sizes, nor a step count."
)
AUDIO = (
    "Reference audio needs a start frame or overlap frames; a final frame may be added. The "
    "request fails rather than ignore the audio."
)
DIALOGUE = (
    "Dialogue and singing: prompt an anchored performance. Honour the composition of frame zero, "
    "keep the face readable, and let mouth articulation, jaw travel, breath timing, shoulder "
    "rhythm and phrase-timed gestures carry the sync. Avoid portrait-only or glamour-still "
    "prompts: they often animate the framing instead of the mouth."
)
COMBINE = (
    "`video.combine` takes two or more clips, joins them as a stream (memory does not grow with "
    "the list) with their sound, trims the overlap head of each clip after the first, and costs "
    "{clip} a clip, {minimum} at least."
)
TAIL = (
    "To continue a clip without extracting frames, name its `jobId`, ask for `outputMode` tail and "
    "combine both clips; the overlap is recorded and trimmed."
)
OUTPUTS = (
    "`downloadableOutputUrls` are guaranteed for 48 hours after completion; cleanup targets 72 "
    "hours."
)

IMAGES = (HIGH_DETAIL,)
VIDEO_GENERATE = (
    CANDIDATES,
    ANCHORS,
    PROMPT,
    OVERLAP,
    SPLICE,
    FRAMES,
    CANVAS,
    AUDIO,
    DIALOGUE,
)
VIDEO_EXTEND = (CANDIDATES, PROMPT, TAIL, SPLICE, DIALOGUE)
VIDEO_UPSCALE = (CANDIDATES,)
VIDEO_COMBINE = (COMBINE, SPLICE)
