"""Facts of a media file: measured by us, never taken from its header or the caller."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal["image", "audio", "video"]


@dataclass(frozen=True, slots=True)
class LengthLimit:
    """The longest media that is accepted: seconds, video frames, frames a second; None is any."""

    seconds: int
    frames: int | None = None
    fps: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """Measurements of a stored file.

    `width` and `height` are pixels, `frames` counts decoded (or, for clips, muxed) video frames,
    `fps` is frames a second, `duration` is seconds. What does not apply to the kind is None.
    `source_mime_type` is the media type in which an image came, before we re-encoded it.
    """

    kind: Kind
    mime_type: str
    sha256: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: Fraction | None = None
    duration: Fraction | None = None
    has_audio: bool = False
    source_mime_type: str | None = None

    @property
    def original_mime_type(self) -> str:
        """Return the media type that decides about quality loss: a JPEG stored as PNG is a JPEG."""
        return self.source_mime_type or self.mime_type
