"""What is known about a piece of media, measured and never believed."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

Kind = Literal["image", "audio", "video"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """Measurements of one stored file.

    `width` and `height` are pixels, `frames` counts decoded (or, for clips, muxed) video frames,
    `fps` is frames a second, `duration` is seconds. What does not apply to the kind is None.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMedia:
    """A media input of a request, already in storage.

    `source` is what the caller named, without URL query or bytes; `key` is where storage has it;
    `overlap_frames` is the overlap recorded on a clip that one of our own jobs made.
    """

    facts: MediaFacts
    key: str
    source: str
    overlap_frames: int | None = None

    def describe(self) -> dict[str, Any]:
        """Return the wire form used in `effectiveInput`."""
        facts = self.facts
        described: dict[str, Any] = {
            "source": self.source,
            "sha256": facts.sha256,
            "mimeType": facts.mime_type,
            "width": facts.width,
            "height": facts.height,
            "durationSeconds": None if facts.duration is None else round(float(facts.duration), 6),
            "frames": facts.frames,
        }
        return {name: value for name, value in described.items() if value is not None}
