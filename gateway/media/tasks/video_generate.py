"""video.generate: one MP4 from a prompt, with frames and sound to hold on to."""

from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from gateway.kit.errors import InvalidInput
from gateway.media.errors import MissingAnchor
from gateway.media.tasks import guidance, stages
from gateway.media.tasks.base import INPUT, Family, Media, Plan, Reference, Task, TaskInput
from gateway.media.tasks.inputs import hints
from gateway.media.tasks.inputs.fields import (
    GenerateAudio,
    Inline,
    MediaUrl,
    NegativePrompt,
    PadAudio,
    Seed,
    VideoPrompt,
    describe_image_url_field,
    describe_inline_field,
    describe_url_field,
)
from gateway.media.tasks.inputs.references import (
    find_one_field,
    read_media_field,
    read_media_list,
    refuse_half_size,
)
from gateway.media.tasks.prices import PriceTable
from gateway.media.tasks.rules import anchors, lengths, video_prices, video_rules
from gateway.media.tasks.rules.adjustments import (
    Changes,
    drop_none_values,
    to_exact_fraction,
    to_json_number,
)
from gateway.media.tasks.rules.camera import CAMERA_SENTENCES, CameraMotion

DEFAULT_FRAMES = 121
DEFAULT_FPS: Final = 24
FramesPerSecond = Literal[24, 25, 30, 48, 50]


class VideoGenerateInput(TaskInput):
    """Make a clip from a prompt, and from frames and sound if there are any."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "prompt": "the fox opens the hatch and steps out into drifting red dust",
                    "width": 1280,
                    "height": 704,
                    "durationFrames": 121,
                    "startFrameImageUrl": "asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
                }
            ]
        }
    )

    field_hints = hints.VIDEO_GENERATE
    prompt: VideoPrompt
    negative_prompt: NegativePrompt = ""
    width: Annotated[
        int | None,
        Field(
            ge=video_rules.SMALLEST_SIDE,
            le=video_rules.LARGEST_SIDE,
            description=(
                "Pixels of the final canvas; moved to the nearest multiple of 64. The area is "
                "2560x1472 at most. Left out: 1280x704, or the nearest of 1280x704, 704x1280 and "
                "960x960 to the shape of the anchor."
            ),
        ),
    ] = None
    height: Annotated[
        int | None,
        Field(
            ge=video_rules.SMALLEST_SIDE,
            le=video_rules.LARGEST_SIDE,
            description="Pixels; moved to the nearest multiple of 64. Requires `width`.",
        ),
    ] = None
    duration_frames: Annotated[
        int | None,
        Field(
            ge=lengths.FEWEST_FRAMES,
            le=lengths.MOST_FRAMES,
            description=(
                "Frames, 8n + 1 (the nearest is taken) and at most 20 seconds: 20 * fps + 1. 121 "
                "if no length is given. Excludes `durationSeconds`; prefer it for exact "
                "continuation."
            ),
        ),
    ] = None
    duration_seconds: Annotated[
        float | None,
        Field(
            gt=0,
            le=lengths.MOST_SECONDS,
            description="Seconds; floor(s * fps / 8) * 8 + 1 frames. Excludes `durationFrames`.",
        ),
    ] = None
    fps: Annotated[FramesPerSecond, Field(description="Frames a second, as sampled.")] = DEFAULT_FPS
    start_frame_image_url: MediaUrl | None = describe_image_url_field(
        "Frame 0. Excludes overlap frames"
    )
    start_frame_image: Inline | None = describe_inline_field("Frame 0. Excludes overlap frames")
    final_frame_image_url: MediaUrl | None = describe_image_url_field("The last frame")
    final_frame_image: Inline | None = describe_inline_field("The last frame")
    overlap_frame_image_urls: Annotated[
        tuple[MediaUrl, ...] | None,
        Field(
            strict=False,
            min_length=1,
            max_length=anchors.MOST_OVERLAP_IMAGES,
            description=(
                "Trailing frames of the previous clip in time order, best as lossless WebP: 1, 9, "
                "17 or 25; of other numbers the last ones are kept. Excludes a start frame. "
                "job://job_…/0/frames/-9 to …/frames/-1 are the last 9 of a clip."
            ),
        ),
    ] = None
    overlap_frame_images: Annotated[
        tuple[Inline, ...] | None,
        Field(
            strict=False,
            min_length=1,
            max_length=anchors.MOST_OVERLAP_IMAGES,
            description="The same, inline. Excludes `overlapFrameImageUrls` and a start frame.",
        ),
    ] = None
    reference_audio_url: MediaUrl | None = describe_url_field(
        "Soundtrack of 1 to 60 s that drives the motion; needs a start frame or overlap frames"
    )
    reference_audio: Inline | None = describe_inline_field(
        "Soundtrack of 1 to 60 s that drives the motion; needs a start frame or overlap frames"
    )
    pad_audio: PadAudio = False
    image_strength: Annotated[
        float, Field(ge=0, le=1, description="How firmly start and final frame hold.")
    ] = 1.0
    generate_audio: GenerateAudio = True
    camera_motion: Annotated[
        CameraMotion | None, Field(description="Adds one sentence about the camera to the prompt.")
    ] = None
    seed: Seed = None


def check_input(request: VideoGenerateInput) -> None:
    """Refuse fields that exclude or need each other.

    Raises:
        ConflictingInput: twins, two anchors at the start, two lengths, silence with audio.
        InvalidInput: half a size.
        MissingAnchor: reference audio without a frame to start from.
    """
    start = _find_start_field(request)
    overlap = _find_overlap_field(request)
    find_one_field({name: name for name in (start, overlap) if name is not None})
    _find_final_field(request)
    audio = _find_audio_field(request)
    seconds = {
        "durationFrames": request.duration_frames,
        "durationSeconds": request.duration_seconds,
    }
    find_one_field(seconds)
    refuse_half_size(request.width, request.height)
    video_rules.refuse_silent_with_audio(generate_audio=request.generate_audio, audio_field=audio)
    if audio is not None and start is None and overlap is None:
        raise MissingAnchor(field=f"{INPUT}.{audio}")


def _find_start_field(request: VideoGenerateInput) -> str | None:
    return find_one_field(
        {
            "startFrameImageUrl": request.start_frame_image_url,
            "startFrameImage": request.start_frame_image,
        }
    )


def _find_final_field(request: VideoGenerateInput) -> str | None:
    return find_one_field(
        {
            "finalFrameImageUrl": request.final_frame_image_url,
            "finalFrameImage": request.final_frame_image,
        }
    )


def _find_overlap_field(request: VideoGenerateInput) -> str | None:
    return find_one_field(
        {
            "overlapFrameImageUrls": request.overlap_frame_image_urls,
            "overlapFrameImages": request.overlap_frame_images,
        }
    )


def _find_audio_field(request: VideoGenerateInput) -> str | None:
    return find_one_field(
        {
            "referenceAudioUrl": request.reference_audio_url,
            "referenceAudio": request.reference_audio,
        }
    )


def list_references(request: VideoGenerateInput) -> list[Reference]:
    """Return start frame, overlap frames, final frame and audio under their plain names.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: inline bytes are more than 10 MiB.
    """
    start = (request.start_frame_image_url, request.start_frame_image)
    overlap = (request.overlap_frame_image_urls, request.overlap_frame_images)
    final = (request.final_frame_image_url, request.final_frame_image)
    return [
        *read_media_field("startFrameImage", "image", *start),
        *read_media_list("overlapFrameImages", "image", *overlap),
        *read_media_field("finalFrameImage", "image", *final),
        *read_media_field(
            "referenceAudio", "audio", request.reference_audio_url, request.reference_audio
        ),
    ]


def plan_job(
    request: VideoGenerateInput,
    media: Media,
    /,
    *,
    seed: int,
    prices: PriceTable,
    family: Family = video_rules.LTX_FAMILY,
) -> Plan:
    """Decide canvas, frames, anchors, sound and price of the clip.

    Raises:
        InvalidInput: a size or length outside the limits, or a clip not longer than its overlap.
        AudioTooShort: the reference audio ends before the clip.
        MediaUnreadable: the reference audio is outside 1 to 60 seconds.
    """
    changes = Changes()
    kept = _trim_overlap(request, media, changes)
    width, height = _decide_canvas(request, kept, changes)
    overlap = len(kept.get("overlapFrameImages", ()))
    frames = _decide_frames(request, overlap, changes)
    _note_crops(request, kept, width, height, changes)
    for audio in kept.get("referenceAudio", ()):
        path = _find_audio_field(request) or "referenceAudio"
        video_rules.note_sound_fit(
            changes, path, audio, frames=frames, fps=request.fps, pad=request.pad_audio
        )
    sound = video_rules.decide_sound(changes, family, wanted=request.generate_audio)
    video_rules.advise_on_prompts(changes, request.prompt, request.negative_prompt, family)
    return Plan(
        effective_input=_collect_settings(request, seed)
        | _describe_media(kept)
        | {"width": width, "height": height, "durationFrames": frames, "generateAudio": sound}
        | video_rules.build_pass_settings(width, height, frames, overlap),
        adjustments=changes.adjustments,
        warnings=changes.warnings,
        price=video_prices.price_generated(
            width, height, frames, request.fps, prices, request.duration_frames
        ),
        media=kept,
        pixel_frames=width * height * frames,
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
        overlap_frames=overlap or None,
    )


def _collect_settings(request: VideoGenerateInput, seed: int) -> dict[str, object]:
    """Return the fields of the effective input that are the client's own."""
    sentence = CAMERA_SENTENCES.get(request.camera_motion or "", "")
    return drop_none_values(
        {
            "prompt": f"{request.prompt} {sentence}".strip() if sentence else request.prompt,
            "negativePrompt": request.negative_prompt,
            "fps": request.fps,
            "seed": seed if request.seed is None else request.seed,
            "padAudio": request.pad_audio,
            "imageStrength": to_json_number(to_exact_fraction(request.image_strength)),
            "cameraMotion": request.camera_motion,
        }
    )


def _describe_media(media: Media) -> dict[str, object]:
    described: dict[str, object] = {}
    for name, items in media.items():
        if items:
            forms = [item.describe() for item in items]
            described[name] = forms if name == "overlapFrameImages" else forms[0]
    return described


def _trim_overlap(request: VideoGenerateInput, media: Media, changes: Changes) -> Media:
    """Return the media with a legal number of overlap frames."""
    frames = media.get("overlapFrameImages", ())
    field = _find_overlap_field(request)
    if not frames or field is None:
        return media
    return {**media, "overlapFrameImages": anchors.trim_overlap_frames(changes, field, frames)}


def _decide_canvas(request: VideoGenerateInput, media: Media, changes: Changes) -> tuple[int, int]:
    if request.width is not None and request.height is not None:
        return video_rules.fit_canvas(changes, request.width, request.height)
    for name in ("startFrameImage", "overlapFrameImages", "finalFrameImage"):
        for anchor in media.get(name, ())[-1:]:
            return anchors.choose_nearest_canvas(anchor)
    return anchors.LANDSCAPE


def _decide_frames(request: VideoGenerateInput, overlap: int, changes: Changes) -> int:
    if request.duration_seconds is not None:
        frames = lengths.convert_clip_seconds(changes, request.duration_seconds, request.fps)
    else:
        wanted = DEFAULT_FRAMES if request.duration_frames is None else request.duration_frames
        frames = lengths.round_clip_frames(changes, wanted, request.fps)
    if overlap and frames < overlap + 8:
        by_seconds = request.duration_seconds is not None
        least = Fraction(overlap + 7, request.fps) if by_seconds else Fraction(overlap + 8)
        raise InvalidInput(
            f"After {overlap} overlap frames a clip needs 8 frames or more of its own.",
            field=f"{INPUT}.{'durationSeconds' if by_seconds else 'durationFrames'}",
            hint=f"The nearest valid value is {to_json_number(least)}.",
        )
    return frames


def _note_crops(
    request: VideoGenerateInput, media: Media, width: int, height: int, changes: Changes
) -> None:
    for name, field in (
        ("startFrameImage", _find_start_field(request)),
        ("overlapFrameImages", _find_overlap_field(request)),
        ("finalFrameImage", _find_final_field(request)),
    ):
        anchors.note_crops(changes, field or name, media.get(name, ()), width, height)


TASK = Task(
    name="video.generate",
    title="Generate a video",
    description=(
        "Make one MP4 with sound from a prompt; start, final and overlap frames and reference "
        "audio steer it."
    ),
    output_kind="video",
    model=VideoGenerateInput,
    check_input=check_input,
    list_references=list_references,
    plan=plan_job,
    build_price_rule=video_prices.build_generated_rule,
    limits={
        "width": {"minimum": 256, "maximum": 2560, "multipleOf": 64},
        "height": {"minimum": 256, "maximum": 2560, "multipleOf": 64},
        "area": video_rules.LARGEST_AREA,
        "frames": {str(fps): lengths.compute_longest_clip(fps) for fps in lengths.FRAME_RATES},
        "overlapFrames": [1, 9, 17, 25],
    },
    guidance=guidance.VIDEO_GENERATE,
    queue="video",
    run_limit_seconds=video_rules.RUN_LIMIT_SECONDS,
    stages=stages.TWO_PASSES,
    grid=video_rules.GRID,
    source_fields={
        "image": ("startFrameImageUrl", "Animate"),
        "audio": ("referenceAudioUrl", "Use in a video"),
    },
)
