"""Stored media: inputs that were measured and lie in storage, as tasks plan with them."""

from dataclasses import dataclass
from typing import TypedDict

from gateway.library.facts import MediaFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMedia:
    """A media input of a request, already in storage.

    `source` is what the caller named, without URL query or bytes. `key` is where storage has it;
    empty, it is an output that a job is still to make. `overlap_frames` is the overlap recorded on
    a clip that one of our own jobs made. Quotes store this as JSON by its field names.
    """

    facts: MediaFacts
    key: str
    source: str
    overlap_frames: int | None = None

    def describe(self) -> dict[str, str | int | float]:
        """Return the media as `effectiveInput` shows it, without what was not measured."""
        facts = self.facts
        described: dict[str, str | int | float | None] = {
            "source": self.source,
            "sha256": facts.sha256,
            "mimeType": facts.mime_type,
            "width": facts.width,
            "height": facts.height,
            "durationSeconds": None if facts.duration is None else round(float(facts.duration), 6),
            "frames": facts.frames,
        }
        return {name: value for name, value in described.items() if value is not None}


class DescribedClip(TypedDict):
    """A clip with its trims, as `effectiveInput` shows it."""

    video: dict[str, str | int | float]
    trimHeadFrames: int
    trimTailFrames: int
