"""The fields of pictures, and the media jobs that they mean."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from gateway.doors.openai.job_fields import JobFields, build_submit_body
from gateway.kit.errors import InvalidInput
from gateway.kit.wire.json_text import JsonObject

SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)
AUTO = "auto"
# What is asked for by a quality: 1.5 times the steps at 1.5 times the price, or the usual.
HIGH_QUALITIES = frozenset({"high", "xhigh", "max", "hd"})
Quality = Literal["auto", "low", "medium", "standard", "high", "xhigh", "max", "hd"]
IMAGE_HINTS = {
    "size_hint": "Send `size`, as 1024x1024.",
    "width": "Send `size`, as 1024x1024.",
    "height": "Send `size`, as 1024x1024.",
    "count": "Send `n`.",
    "high_detail": "Send `quality`: high.",
    "markup": "It is not known here.",
}


class ImageFields(JobFields):
    """The fields that all addresses for pictures share."""

    field_hints = JobFields.field_hints | IMAGE_HINTS
    IGNORED: ClassVar[tuple[str, ...]] = (
        "style",
        "moderation",
        "input_fidelity",
        "complexity",
        "output_compression",
        "partial_images",
    )

    prompt: str
    n: int | None = None
    size: str | None = Field(None, max_length=20)
    quality: Quality | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    response_format: Literal["b64_json", "url"] | None = None
    background: Literal["auto", "opaque"] | None = Field(
        None, description="Pictures have no transparent background here."
    )
    stream: bool | None = None
    style: Any = None
    moderation: Any = None
    input_fidelity: Any = None
    complexity: Any = None
    output_compression: Any = None
    partial_images: Any = None

    @property
    def shown_quality(self) -> str:
        """Return the quality that an answer names."""
        return "high" if self.quality in HIGH_QUALITIES else "medium"


class EditFields(ImageFields):
    """The fields of an edit; its pictures are files."""

    field_hints = ImageFields.field_hints | dict.fromkeys(
        ("image", "images", "mask"), "Send it as a file of the form."
    )

    strength: float | None = None
    mask_mode: Literal["alpha", "white"] | None = Field(
        None, description="alpha: transparent is edited; white: white is edited."
    )


def build_job_body(
    task: str, fields: ImageFields, most_price: str | None, media: Mapping[str, object]
) -> JsonObject:
    """Return the body of the media job that these fields mean; `media` are its media fields.

    Raises:
        InvalidInput: `size` is no size.
        ConflictingInput: two fields give the metadata `user` or `safety_identifier`.
    """
    strength = fields.strength if isinstance(fields, EditFields) else None
    task_input = {
        "prompt": fields.prompt,
        "negativePrompt": fields.negative_prompt,
        "count": fields.n,
        "highDetail": True if fields.quality in HIGH_QUALITIES else None,
        "outputFormat": fields.output_format,
        "seed": fields.seed,
        "strength": strength,
        **read_size(fields.size),
        **media,
    }
    return build_submit_body(task, task_input, fields, most_price)


def read_size(size: str | None) -> dict[str, int]:
    """Return width and height of `WxH`; nothing for `auto`.

    Raises:
        InvalidInput: it is neither.
    """
    if size is None or size == AUTO:
        return {}
    match = SIZE.fullmatch(size)
    if match is None:
        raise InvalidInput(
            "`size` must be WIDTHxHEIGHT or auto.",
            field="size",
            hint="Send 1024x1024, or leave it out.",
        )
    return {"width": int(match[1]), "height": int(match[2])}
