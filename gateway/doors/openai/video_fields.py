"""The fields of clips, and the media jobs that they mean."""

import re
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gateway.doors.openai.image_fields import read_size
from gateway.doors.openai.job_fields import JobFields, build_submit_body, drop_absent
from gateway.doors.openai.video_objects import ID_PREFIX, to_job_id
from gateway.kit.errors import ConflictingInput, InvalidInput
from gateway.kit.wire.json_text import JsonObject
from gateway.media.states import Relation
from gateway.media.videos.rerun import Rerun

NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?", re.ASCII)
DATA_SCHEME = "data:"
VIDEO_ID = re.compile(rf"{ID_PREFIX}[0-9A-Z]{{26}}", re.ASCII)
REFERENCE_FIELD, VIDEO_FIELD = "input_reference", "video"
VIDEO_HINTS = {
    "characters": "There are no characters here: describe them in `prompt`.",
    "n": "One request makes one video.",
    "duration": "Send `seconds`.",
    "width": "Send `size`, as 1280x704.",
    "height": "Send `size`, as 1280x704.",
    "image": "Send `input_reference`.",
    "num_frames": "Send `seconds`.",
}


def _read_seconds(value: object) -> object:
    """Return a number of seconds that was sent as text, as the official clients do."""
    return float(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value


Seconds = Annotated[float, BeforeValidator(_read_seconds)]


class ImageReference(BaseModel):
    """A picture that a clip begins with, by its address or as a data URI."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image_url: str = Field(description="A public https URL, a data URI, or asset://…")


class VideoReference(BaseModel):
    """A clip of this account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(max_length=100)


class VideoFields(JobFields):
    """The fields of a new clip; its first frame may be a file."""

    field_hints = JobFields.field_hints | VIDEO_HINTS
    MAPPINGS: ClassVar[tuple[str, ...]] = (*JobFields.MAPPINGS, REFERENCE_FIELD)

    seconds: Seconds | None = None
    size: str | None = Field(None, max_length=20)
    input_reference: ImageReference | None = None
    fps: int | None = None
    generate_audio: bool | None = None


class ExtensionFields(JobFields):
    """The fields of an extension; the clip is named, or a file."""

    field_hints = JobFields.field_hints | VIDEO_HINTS
    MAPPINGS: ClassVar[tuple[str, ...]] = (*JobFields.MAPPINGS, VIDEO_FIELD)

    seconds: Seconds | None = None
    video: VideoReference | None = None
    generate_audio: bool | None = None


class RemixFields(JobFields):
    """The fields of a remix: all else is as in the first clip."""

    WITHOUT_DEFAULT: ClassVar[tuple[str, ...]] = ("seed", "negative_prompt")
    field_hints = JobFields.field_hints | dict.fromkeys(
        ("seconds", "size"), "A remix keeps it. Send POST /v1/videos to choose it."
    )


def build_video_body(
    fields: VideoFields, most_price: str | None, uploaded: str | None
) -> JsonObject:
    """Return the body of the job of a new clip; `uploaded` names a first frame of the form.

    Raises:
        InvalidInput: `size` is no size.
        ConflictingInput: there are two first frames.
    """
    named = None if fields.input_reference is None else fields.input_reference.image_url
    refuse_both(REFERENCE_FIELD, named, uploaded)
    frame = named or uploaded
    field = "startFrameImage" if frame and frame.startswith(DATA_SCHEME) else "startFrameImageUrl"
    task_input = {
        "prompt": fields.prompt,
        "negativePrompt": fields.negative_prompt,
        "durationSeconds": fields.seconds,
        "fps": fields.fps,
        "seed": fields.seed,
        "generateAudio": fields.generate_audio,
        field: frame,
        **read_size(fields.size),
    }
    return build_submit_body("video.generate", task_input, fields, most_price)


def build_extension_body(
    fields: ExtensionFields, most_price: str | None, uploaded: str | None
) -> JsonObject:
    """Return the body of the job of an extension; `uploaded` names the clip of the form.

    Raises:
        InvalidInput: no clip is given, or its id is none.
        ConflictingInput: there are two.
    """
    named = None if fields.video is None else read_video_id(fields.video.id, field=VIDEO_FIELD)
    refuse_both(VIDEO_FIELD, named, uploaded)
    if named is None and uploaded is None:
        raise InvalidInput(
            "`video` is required.", field=VIDEO_FIELD, hint="Send `video[id]`, or a file."
        )
    task_input = {
        "prompt": fields.prompt,
        "negativePrompt": fields.negative_prompt,
        "extendSeconds": fields.seconds,
        "seed": fields.seed,
        "generateAudio": fields.generate_audio,
        "videoUrl": uploaded or f"job://{named}/0",
    }
    return build_submit_body("video.extend", task_input, fields, most_price)


def refuse_both(name: str, named: str | None, uploaded: str | None) -> None:
    """Refuse a file beside a reference in the same field.

    Raises:
        ConflictingInput: both are there.
    """
    if named is not None and uploaded is not None:
        raise ConflictingInput(
            f"`{name}` is given as a file and as a reference.", field=name, hint="Give it once."
        )


def read_video_id(video_id: str, *, field: str) -> str:
    """Return the job of a video's id.

    Raises:
        InvalidInput: it is no such id.
    """
    if not VIDEO_ID.fullmatch(video_id):
        raise InvalidInput(
            f"`{field}` is no id of a video.", field=field, hint="Send the `id` of a video, video_…"
        )
    return to_job_id(video_id)


def build_remix_body(
    fields: RemixFields, most_price: str | None, rerun: Rerun, job_id: str
) -> JsonObject:
    """Return the body of the job that makes a clip again with these fields."""
    changes = {"negativePrompt": fields.negative_prompt, "seed": fields.seed}
    task_input = rerun.input | drop_absent(changes)
    body = build_submit_body(rerun.task, task_input, fields, most_price)
    return body | {"parent": {"jobId": job_id, "relation": Relation.REMIX}}
