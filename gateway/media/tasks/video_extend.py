"""video.extend: new frames before or after a clip."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from gateway.kit.errors import ConflictingInput
from gateway.library.errors import MediaUnreadable
from gateway.library.facts import LengthLimit
from gateway.media.tasks import guidance, stages
from gateway.media.tasks.base import INPUT, Family, Media, Plan, Reference, Task, TaskInput
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.inputs import hints
from gateway.media.tasks.inputs.fields import (
    GenerateAudio,
    Inline,
    JobId,
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
    require_one_field,
)
from gateway.media.tasks.prices import PriceTable
from gateway.media.tasks.rules import anchors, lengths, video_prices, video_rules
from gateway.media.tasks.rules.adjustments import (
    Changes,
    convert_frame_count,
    format_size,
    to_exact_fraction,
    to_json_number,
)
from gateway.media.tasks.rules.measures import MOST_SOURCE_FPS, ClipFacts, read_clip_facts

MOST_SOURCE_SECONDS, MOST_SOURCE_FRAMES = 60, 1500
SOURCE_LIMIT = LengthLimit(MOST_SOURCE_SECONDS, MOST_SOURCE_FRAMES, MOST_SOURCE_FPS)
DEFAULT_NEW_FRAMES = 120
SOURCE_DESCRIPTION = "The clip to extend, at most 60 s, 1500 frames and 120 frames a second"


class VideoExtendInput(TaskInput):
    """Continue a clip, or lead up to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
                    "prompt": "it steps outside and looks up at the pale sky",
                    "extendFrames": 120,
                    "outputMode": "tail",
                }
            ]
        }
    )

    field_hints = hints.VIDEO_EXTEND
    prompt: VideoPrompt
    negative_prompt: NegativePrompt = ""
    video_url: MediaUrl | None = describe_url_field(SOURCE_DESCRIPTION)
    video: Inline | None = describe_inline_field(SOURCE_DESCRIPTION)
    job_id: JobId = None
    direction: Annotated[
        Literal["end", "start"], Field(description="`start` puts the new frames before the source.")
    ] = "end"
    extend_frames: Annotated[
        int | None,
        Field(
            ge=lengths.FEWEST_NEW_FRAMES,
            le=lengths.MOST_NEW_FRAMES,
            description=(
                "New frames, up to a multiple of 8; 120 if no length is given. With the overlap at "
                "most 20 seconds: 20 * fps + 1. Excludes `extendSeconds`."
            ),
        ),
    ] = None
    extend_seconds: Annotated[
        float | None,
        Field(
            ge=0.3,
            le=20,
            description="Seconds; ceil(s * fps / 8) * 8 new frames. Excludes `extendFrames`.",
        ),
    ] = None
    overlap_frames: Annotated[
        int | None,
        Field(
            ge=1,
            le=lengths.MOST_OVERLAP_FRAMES,
            description="Context from the source, moved to the nearest 8n + 1; default 9.",
        ),
    ] = None
    output_mode: Annotated[
        Literal["joined", "tail"],
        Field(
            description=(
                "`joined`: source and new frames. `tail`: the overlap and the new frames, with the "
                "overlap recorded for video.combine."
            )
        ),
    ] = "joined"
    final_frame_image_url: MediaUrl | None = describe_image_url_field(
        "The last frame; not with direction start"
    )
    final_frame_image: Inline | None = describe_inline_field(
        "The last frame; not with direction start"
    )
    reference_audio_url: MediaUrl | None = describe_url_field(
        "Soundtrack of the new frames, 1 to 60 s"
    )
    reference_audio: Inline | None = describe_inline_field(
        "Soundtrack of the new frames, 1 to 60 s"
    )
    pad_audio: PadAudio = False
    generate_audio: GenerateAudio = True
    seed: Seed = None


def check_input(request: VideoExtendInput) -> None:
    """Refuse fields that exclude each other, and an input without a source.

    Raises:
        ConflictingInput: two sources, twins, two lengths, silence with audio, a final frame where
            the source itself comes last.
        InvalidInput: no source.
    """
    _require_source_path(request)
    find_one_field(
        {"extendFrames": request.extend_frames, "extendSeconds": request.extend_seconds},
    )
    audio = _find_audio_field(request)
    video_rules.refuse_silent_with_audio(generate_audio=request.generate_audio, audio_field=audio)
    final = _find_final_field(request)
    if final is not None and request.direction == "start":
        raise ConflictingInput(
            "With `direction` start the new frames end where the source begins.",
            field=f"{INPUT}.{final}",
            hint=f"Leave out `{final}`, or use `direction` end.",
        )


def _require_source_path(request: VideoExtendInput) -> str:
    return require_one_field(
        {"videoUrl": request.video_url, "video": request.video, "jobId": request.job_id}
    )


def _find_final_field(request: VideoExtendInput) -> str | None:
    return find_one_field(
        {
            "finalFrameImageUrl": request.final_frame_image_url,
            "finalFrameImage": request.final_frame_image,
        }
    )


def _find_audio_field(request: VideoExtendInput) -> str | None:
    return find_one_field(
        {
            "referenceAudioUrl": request.reference_audio_url,
            "referenceAudio": request.reference_audio,
        }
    )


def list_references(request: VideoExtendInput) -> list[Reference]:
    """Return the source as `video`, then final frame and audio.

    Raises:
        InvalidInput: inline bytes are not base64.
        MediaTooLarge: inline bytes are more than 10 MiB.
    """
    final = (request.final_frame_image_url, request.final_frame_image)
    return [
        *read_media_field(
            "video", "video", request.video_url, request.video, request.job_id, longest=SOURCE_LIMIT
        ),
        *read_media_field("finalFrameImage", "image", *final),
        *read_media_field(
            "referenceAudio", "audio", request.reference_audio_url, request.reference_audio
        ),
    ]


def plan_job(
    request: VideoExtendInput,
    media: Media,
    /,
    *,
    seed: int,
    prices: PriceTable,
    family: Family = video_rules.LTX_FAMILY,
) -> Plan:
    """Decide size, rate, frames, sound and price from the source.

    Raises:
        InvalidInput: overlap and new frames beyond the source or the limits.
        AudioTooShort: the reference audio ends before the new frames.
        MediaUnreadable: a source or audio outside the limits of size, length and rate.
    """
    changes = Changes()
    path = _require_source_path(request)
    source = read_clip_facts(
        media["video"][0],
        path,
        most_seconds=MOST_SOURCE_SECONDS,
        most_frames=MOST_SOURCE_FRAMES,
    )
    width, height = fit_source_canvas(changes, path, source)
    fps = round_source_rate(changes, path, source.fps)
    source_frames = convert_frame_count(source.frames, source.fps, fps)
    overlap = lengths.round_overlap_frames(changes, request.overlap_frames, source_frames)
    new = _decide_new_frames(request, fps, overlap, changes)
    seconds = request.extend_seconds
    requested_new = request.extend_frames if seconds is None else to_exact_fraction(seconds) * fps
    joined = request.output_mode == "joined"
    _note_media_fit(request, media, (width, height), (new, fps), changes)
    sound = video_rules.decide_sound(changes, family, wanted=request.generate_audio)
    video_rules.advise_on_prompts(changes, request.prompt, request.negative_prompt, family)
    return Plan(
        effective_input=_collect_settings(request, media, seed)
        | {"width": width, "height": height, "fps": fps, "extendFrames": new}
        | {
            "generateAudio": sound,
            "sourceFrames": source_frames,
            "outputFrames": new + (source_frames if joined else overlap),
        }
        | video_rules.build_pass_settings(width, height, overlap + new, overlap),
        adjustments=changes.adjustments,
        warnings=changes.warnings,
        price=video_prices.price_extended(width, height, new, fps, prices, requested_new),
        media=media,
        pixel_frames=width * height * (overlap + new),
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
        overlap_frames=_decide_recorded_overlap(
            request, media, overlap, same_rate=source.fps == fps
        ),
    )


def _collect_settings(request: VideoExtendInput, media: Media, seed: int) -> InputJson:
    """Return the fields of the effective input that are the client's own, and the media."""
    described = {name: items[0].describe() for name, items in media.items() if items}
    return described | {
        "prompt": request.prompt,
        "negativePrompt": request.negative_prompt,
        "direction": request.direction,
        "outputMode": request.output_mode,
        "padAudio": request.pad_audio,
        "seed": seed if request.seed is None else request.seed,
    }


def fit_source_canvas(changes: Changes, path: str, source: ClipFacts) -> tuple[int, int]:
    """Return the size of the source, down to multiples of 64 and into the area limit.

    Raises:
        MediaUnreadable: less than 256 pixels a side are left.
    """
    width, height = video_rules.shrink_to_canvas(source.width, source.height)
    before = format_size(source.width, source.height)
    if min(width, height) < video_rules.SMALLEST_SIDE:
        raise MediaUnreadable(
            f"A source of {before} leaves less than {video_rules.SMALLEST_SIDE} pixels a side.",
            field=f"{INPUT}.{path}",
            hint="Give a larger clip, or make it larger with video.upscale first.",
        )
    changes.record_adjustment(
        path,
        before,
        format_size(width, height),
        "source_resized",
        "The source is resized down to multiples of 64 within 2560x1472.",
    )
    return width, height


def round_source_rate(changes: Changes, path: str, fps: Fraction) -> int:
    """Return the frames a second nearest to the source's that the model can sample, ties up."""
    nearest_rate = min(lengths.FRAME_RATES, key=lambda legal: (abs(legal - fps), -legal))
    why = "The model samples 24, 25, 30, 48 or 50 frames a second."
    changes.record_adjustment(path, to_json_number(fps), nearest_rate, "fps_normalised", why)
    return nearest_rate


def _decide_new_frames(request: VideoExtendInput, fps: int, overlap: int, changes: Changes) -> int:
    if request.extend_seconds is not None:
        return lengths.convert_new_seconds(changes, request.extend_seconds, fps, overlap)
    frames = request.extend_frames
    if frames is None:
        frames = min(DEFAULT_NEW_FRAMES, lengths.compute_most_new_frames(fps, overlap))
    return lengths.round_new_frames(changes, frames, fps, overlap)


def _note_media_fit(
    request: VideoExtendInput,
    media: Media,
    size: tuple[int, int],
    length: tuple[int, int],
    changes: Changes,
) -> None:
    """Note how the final frame and the audio are cut; `length` is new frames and their rate."""
    final = _find_final_field(request) or "finalFrameImage"
    anchors.note_crops(changes, final, media.get("finalFrameImage", ()), *size)
    audio_path = _find_audio_field(request) or "referenceAudio"
    for audio in media.get("referenceAudio", ()):
        frames, fps = length
        video_rules.note_sound_fit(
            changes, audio_path, audio, frames=frames, fps=fps, pad=request.pad_audio
        )


def _decide_recorded_overlap(
    request: VideoExtendInput, media: Media, overlap: int, *, same_rate: bool
) -> int | None:
    """Return how many frames at the head of the output repeat another clip, None for none.

    A later video.combine trims them. A source of another rate had its frames converted, so its own
    recorded overlap counts frames that are no longer there.
    """
    if request.direction == "start":
        return None
    if request.output_mode == "tail":
        return overlap
    return media["video"][0].overlap_frames if same_rate else None


TASK = Task(
    name="video.extend",
    title="Extend a video",
    description=(
        "Add new frames before or after a clip; its size and rate are kept. Also continues a job "
        "by its id."
    ),
    output_kind="video",
    model=VideoExtendInput,
    check_input=check_input,
    list_references=list_references,
    plan=plan_job,
    build_price_rule=video_prices.build_extended_rule,
    limits={
        "sourceSeconds": MOST_SOURCE_SECONDS,
        "sourceFrames": MOST_SOURCE_FRAMES,
        "sourceFps": MOST_SOURCE_FPS,
        "area": video_rules.LARGEST_AREA,
        "overlapAndNewFrames": {
            str(fps): lengths.compute_longest_clip(fps) for fps in lengths.FRAME_RATES
        },
    },
    guidance=guidance.VIDEO_EXTEND,
    queue="video",
    run_limit_seconds=video_rules.RUN_LIMIT_SECONDS,
    stages=stages.TWO_PASSES,
    grid=video_rules.GRID,
    source_fields={"video": ("videoUrl", "Extend")},
)
