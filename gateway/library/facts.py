"""Facts of a piece of media, measured and never believed."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal["image", "audio", "video"]


@dataclass(frozen=True, slots=True)
class Longest:
    """How long media may be: seconds, video frames, and frames a second; None for any."""

    seconds: int
    frames: int | None = None
    fps: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """Measurements of one stored file.

    `width` and `height` are pixels, `frames` counts decoded (or, for clips, muxed) video frames,
    `fps` is frames a second, `duration` is seconds. What does not apply to the kind is None.
    `source_mime_type` is the form in which an image came, before we wrote its pixels anew.
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
        """Return the form that decides what the pixels have lost: a JPEG kept as PNG is a JPEG."""
        return self.source_mime_type or self.mime_type
