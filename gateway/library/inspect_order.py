"""Orders to the child that opens hostile media, and how it says no."""

from typing import Literal, TypedDict


class Order(TypedDict):
    """What the parent wants to know; descriptors are inherited ones."""

    kind: Literal["image", "audio", "video", "preview", "nothing"]
    format: str
    source: int
    target: int
    target_bytes: int
    max_pixels: int
    count: Literal["decoding", "packets"]
    frames: int
    most_seconds: int
    most_frames: int | None
    most_fps: int | None


class Refused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """This file is not what we take; `wrong_kind` says 415 instead of 422."""

    def __init__(self, detail: str, *, hint: str | None = None, wrong_kind: bool = False) -> None:
        super().__init__(detail)
        self.hint = hint
        self.wrong_kind = wrong_kind
