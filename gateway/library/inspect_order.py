"""Orders to the child that opens hostile media, and how it says no."""

from typing import Literal, TypedDict


class DurationLimits(TypedDict):
    """How long what is decoded may be."""

    most_seconds: int
    most_frames: int | None
    most_fps: int | None


class Order(DurationLimits):
    """What the parent wants to know; descriptors are inherited ones."""

    kind: Literal["image", "audio", "video", "preview", "nothing"]
    format: str
    source: int
    target: int
    target_bytes: int
    max_pixels: int
    count: Literal["decoding", "packets"]
    frames: int


class Measures(TypedDict, total=False):
    """What the child measured; fractions are text, and what does not apply is absent."""

    mimeType: str
    width: int
    height: int
    frames: int
    fps: str
    duration: str
    hasAudio: bool


class ChildAnswer(Measures, total=False):
    """One line of the child: measures, or why there are none, and how it was confined."""

    refused: str
    hint: str | None
    wrongKind: bool
    error: str
    full: bool
    isolated: bool
    peakKib: int


class Refused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """This file is not what we take; `wrong_kind` says 415 instead of 422."""

    def __init__(self, detail: str, *, hint: str | None = None, wrong_kind: bool = False) -> None:
        super().__init__(detail)
        self.hint = hint
        self.wrong_kind = wrong_kind
