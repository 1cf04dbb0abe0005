"""Field types of answers: the meaning of a value, its unit, its bounds and an example.

The schema of an answer states these bounds, but they are not checked: a stored value that breaks
one is still answered, not turned into an error. The values of requests are checked, by
`gateway.kit.wire.models` and the types of each slice.
"""

from typing import Annotated, TypeVar

from pydantic import Field

T = TypeVar("T")

SAFE_INTEGER = 2**53 - 1
"""The largest integer that JavaScript reads exactly."""

SIGNED_USD_PATTERN = r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"

Text = Annotated[str, Field(json_schema_extra={"maxLength": 4_096})]
Document = Annotated[str, Field(json_schema_extra={"maxLength": 2**22})]
"""The content of a whole document."""

Dollars = Annotated[
    str,
    Field(
        description="In dollars: a decimal string, never rounded.",
        examples=["0.30"],
        json_schema_extra={"pattern": SIGNED_USD_PATTERN, "maxLength": 20},
    ),
]
Microusd = Annotated[
    int,
    Field(
        description="The same amount in micro-USD: 1,000,000 is $1.",
        json_schema_extra={"minimum": -SAFE_INTEGER, "maximum": SAFE_INTEGER},
    ),
]
Instant = Annotated[
    str,
    Field(
        examples=["2026-11-25T14:00:00Z"],
        json_schema_extra={"format": "date-time", "maxLength": 40},
    ),
]
CreatedAt = Annotated[Instant, Field(description="When it was created, in UTC.")]
UpdatedAt = Annotated[Instant, Field(description="When it last changed, in UTC.")]
ExpiresAt = Annotated[Instant, Field(description="When it expires, in UTC.")]
Url = Annotated[str, Field(json_schema_extra={"format": "uri", "maxLength": 4_096})]
PreviewUrls = Annotated[
    dict[str, Url],
    Field(
        description="Small WebP pictures of it by longest side: 256, 512, 1024; {} without.",
        examples=[{"512": "https://example.com/files/previews/fox-512.webp"}],
        json_schema_extra={"maxProperties": 8},
    ),
]
PreviewClipUrl = Annotated[
    Url, Field(description="Address of the first 3 seconds as a silent MP4, 320 pixels wide.")
]
Placeholder = Annotated[
    str,
    Field(
        description="A WebP of at most 24 pixels as a data URI, to show while the picture loads.",
        examples=["data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA"],
        json_schema_extra={"maxLength": 255},
    ),
]
Sha256 = Annotated[
    str,
    Field(
        description="SHA-256 of the bytes, in hexadecimal.",
        examples=["9f86d081884c7d65" * 4],
        json_schema_extra={"pattern": "^[0-9a-f]{64}$"},
    ),
]
NextCursor = Annotated[
    str,
    Field(
        description="Send it as `cursor` for the next page; null on the last page.",
        json_schema_extra={"maxLength": 255},
    ),
]

Count = Annotated[int, Field(json_schema_extra={"minimum": 0, "maximum": SAFE_INTEGER})]
Bytes = Annotated[Count, Field(description="Its size in bytes.")]
Frames = Annotated[Count, Field(description="Number of frames.")]
Height = Annotated[Count, Field(description="Height in pixels.")]
Width = Annotated[Count, Field(description="Width in pixels.")]
Milliseconds = Annotated[Count, Field(description="How long it took, in milliseconds.")]
Seconds = Annotated[Count, Field(description="In seconds.")]
Tokens = Annotated[Count, Field(description="Tokens, counted by the model.")]
PollAfterSeconds = Annotated[
    Count, Field(description="Wait this many seconds before the next read; null: do not poll.")
]
ObjectVersion = Annotated[Count, Field(description="Rises with every change of it.")]
HttpStatus = Annotated[
    int,
    Field(
        description="The status that the receiver answered; null for no answer.",
        json_schema_extra={"minimum": 100, "maximum": 599},
    ),
]
Fraction = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": SAFE_INTEGER})]
FramesPerSecond = Annotated[Fraction, Field(description="Frames a second.")]
DurationSeconds = Annotated[Fraction, Field(description="Duration, in seconds.")]

Many = Annotated[list[T], Field(json_schema_extra={"maxItems": 10_000})]
