"""Field types that several tasks share; their descriptions are what people and agents read."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from gateway.kit.wire.plain_text import CONTROL_CHARACTER, NOT_BLANK_PATTERN
from gateway.kit.wire.urls import is_parsable_url
from gateway.media.tasks.base import TaskInput
from gateway.media.tasks.inputs.frame_urls import describe_odd_frame

MEDIA_FORMS = "https://…, asset://ast_… or job://job_…/0"
FRAME_ADVICE = "job://job_…/0/frames/-1: the last frame of a clip"
FRAME_HINT = (
    "job://JOB_ID/0/frames/-1 is the last frame of a job's first output, asset://ASSET_ID/frames/0 "
    "the first of an asset. A job has ten outputs at most, 0 to 9."
)
MAX_SEED = 2**53 - 1
URL_PATTERN = r"^[A-Za-z][A-Za-z0-9+.-]{1,15}://[!-~]+$"
DATA_URI_PATTERN = r"^data:[a-zA-Z0-9.+-]{1,64}/[a-zA-Z0-9.+-]{1,64};base64,"
# As long as a whole request body may be: the limit of 10 MiB is checked on the bytes, and its
# refusal says so.
MOST_INLINE_CHARACTERS = 32 * 1024 * 1024


def _refuse_control_characters(text: str) -> str:
    if CONTROL_CHARACTER.search(text):
        raise PydanticCustomError(
            "control_character", "contains a control character other than tab and line breaks"
        )
    return text


def _refuse_blank(text: str) -> str:
    if not text.strip():
        context = {"hint": "Say what to make."}
        raise PydanticCustomError("blank", "must not be blank", context)
    return text


def _check_media_url(text: str) -> str:
    if match := re.fullmatch(r"job://(job_[A-Za-z0-9]{1,60})/?", text):
        context = {"hint": f"Name the output too: job://{match[1]}/0 is its first."}
        raise PydanticCustomError("job_without_output", "names a job without an output", context)
    if odd := describe_odd_frame(text):
        raise PydanticCustomError("not_a_frame", odd, {"hint": FRAME_HINT})
    if text.startswith("data:"):
        raise PydanticCustomError(
            "inline_in_url", "takes a reference; inline bytes go into the field without `Url`"
        )
    if not re.fullmatch(URL_PATTERN, text) or not is_parsable_url(text):
        raise PydanticCustomError(
            "not_a_reference", "must be https://…, asset://… or job://… in ASCII without spaces"
        )
    return text


def _check_data_uri(text: str) -> str:
    if not re.match(DATA_URI_PATTERN, text):
        raise PydanticCustomError(
            "not_inline",
            "must be a data URI such as data:image/png;base64,… or {mimeType, data}; "
            "references go into the …Url field",
        )
    return text


class InlineMedia(TaskInput):
    """Bytes of a media file inside the request."""

    mime_type: Annotated[
        str,
        Field(min_length=3, max_length=129, description="Media type of the bytes, as image/png."),
        AfterValidator(_refuse_control_characters),
    ]
    data: Annotated[
        str,
        Field(
            min_length=4,
            max_length=MOST_INLINE_CHARACTERS,
            description="The bytes in standard base64, at most 10 MiB decoded.",
        ),
    ]


def _find_inline_form(value: object) -> str:
    return "object" if isinstance(value, dict | InlineMedia) else "text"


DataUri = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MOST_INLINE_CHARACTERS,
        json_schema_extra={"pattern": DATA_URI_PATTERN},
    ),
    AfterValidator(_check_data_uri),
]
Inline = Annotated[
    Annotated[DataUri, Tag("text")] | Annotated[InlineMedia, Tag("object")],
    Discriminator(_find_inline_form),
]
MediaUrl = Annotated[
    str,
    Field(min_length=1, max_length=4096, json_schema_extra={"pattern": URL_PATTERN}),
    AfterValidator(_check_media_url),
]
Text = Annotated[str, AfterValidator(_refuse_control_characters)]
Prompt = Annotated[
    Text, Field(json_schema_extra={"pattern": NOT_BLANK_PATTERN}), AfterValidator(_refuse_blank)
]
JobId = Annotated[
    str | None,
    Field(
        pattern=r"^job_[A-Za-z0-9]{1,60}$",
        description="A job of this account; its first output is the source, as job://<jobId>/0.",
    ),
]

ImagePrompt = Annotated[
    Prompt,
    Field(
        min_length=1,
        max_length=4000,
        description="What the picture shows, as one coherent paragraph.",
    ),
]
VideoPrompt = Annotated[
    Prompt,
    Field(
        min_length=1,
        max_length=5000,
        description=(
            "What happens, as one coherent paragraph. Avoid timestamps and segments; keep "
            "anti-text negatives out of it."
        ),
    ),
]
NegativePrompt = Annotated[
    Text,
    Field(
        max_length=2000,
        description="What to keep out. Some model families ignore it; a warning says so.",
    ),
]
Seed = Annotated[
    int | None,
    Field(
        ge=0,
        le=MAX_SEED,
        description="Seed of the randomness; chosen and returned if omitted.",
    ),
]
ImageCount = Annotated[
    int,
    Field(
        ge=1,
        le=4,
        description="How many pictures; picture k uses seed + k. All of them or none.",
    ),
]
HighDetail = Annotated[
    bool,
    Field(
        description=(
            "1.5 times the inference steps and 1.5 times the price. Leave it out unless higher "
            "detail was explicitly asked for."
        )
    ),
]
OutputFormat = Annotated[
    Literal["png", "jpeg", "webp"], Field(description="File format of the pictures.")
]
GenerateAudio = Annotated[
    bool,
    Field(description="Sound for the clip; false makes it silent and excludes reference audio."),
]
PadAudio = Annotated[
    bool,
    Field(description="Add silence where the reference audio ends before the clip."),
]


def describe_url_field(media_name: str) -> Any:  # noqa: ANN401 - a FieldInfo that stands for its default
    """Return the default and description of the `…Url` twin of a media field."""
    return Field(
        default=None,
        description=f"{media_name}: {MEDIA_FORMS}. Excludes its inline twin.",
    )


def describe_image_url_field(media_name: str) -> Any:  # noqa: ANN401
    """Return the default and description of the `…Url` twin of an image, which may be a frame."""
    return describe_url_field(f"{media_name} ({FRAME_ADVICE})")


def describe_inline_field(media_name: str) -> Any:  # noqa: ANN401
    """Return the default and description of the inline twin of a media field."""
    return Field(
        default=None,
        description=(
            f"{media_name}, inline: a data URI or {{mimeType, data}}, at most 10 MiB. "
            "Excludes its …Url twin."
        ),
    )
