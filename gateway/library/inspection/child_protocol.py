"""The protocol between the gateway and the child that opens hostile media."""

from typing import Literal, TypedDict


class DurationLimits(TypedDict):
    """The longest media that the child decodes."""

    most_seconds: int
    most_frames: int | None
    most_fps: int | None


class InspectionOrder(DurationLimits):
    """The order of the parent; `source` and `target` are inherited file descriptors.

    `frames` is how many moments of a video a preview shows; `numbers` are the frames to cut.
    """

    kind: Literal[
        "image",
        "audio",
        "video",
        "frames",
        "preview",
        "previews",
        "poster",
        "card",
        "mask",
        "nothing",
    ]
    format: str
    source: int
    target: int
    target_bytes: int
    max_pixels: int
    count: Literal["decoding", "packets"]
    frames: int
    numbers: list[int]


class Measures(TypedDict, total=False):
    """Measurements of the child; fractions are text, and what does not apply is absent.

    `pictures` are the sizes of previews and their lengths in bytes, in the order of the target
    file; `clipBytes` is the length of the clip behind them. `cuts` are the cut frames in the order
    of the target file: number, width, height and length in bytes.
    """

    mimeType: str
    width: int
    height: int
    frames: int
    fps: str
    duration: str
    hasAudio: bool
    pictures: list[tuple[int, int]]
    clipBytes: int
    placeholder: str
    cuts: list[tuple[int, int, int, int]]


class ChildAnswer(Measures, total=False):
    """The answer line of the child: measures or a refusal, and how it was confined."""

    refused: str
    hint: str | None
    wrongKind: bool
    error: str
    full: bool
    isolated: bool
    peakKib: int


class MediaRefused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """The refusal of a file; `wrong_kind` makes it a 415 instead of a 422."""

    def __init__(self, detail: str, *, hint: str | None = None, wrong_kind: bool = False) -> None:
        super().__init__(detail)
        self.hint = hint
        self.wrong_kind = wrong_kind
