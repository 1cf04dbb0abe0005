"""The JSON forms of chores and their answers, which cross to the child; paths are text."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypeAlias, TypedDict

from workers.video.facts import FactsForm


class FitPicture(TypedDict):
    """Write a picture without loss; scale it to cover `width` x `height` pixels if given."""

    do: Literal["fit_picture"]
    source: str
    target: str
    width: NotRequired[int]
    height: NotRequired[int]


class FitMask(TypedDict):
    """Write a mask scaled to the size of the canvas."""

    do: Literal["fit_mask"]
    source: str
    target: str
    width: int
    height: int


class FinishPicture(TypedDict):
    """Re-encode a picture, restore `base` outside the mask if there is one, and measure it."""

    do: Literal["finish_picture"]
    source: str
    target: str
    poster: str
    format: str
    base: str | None
    mask: str | None


class FinishFilm(TypedDict):
    """Copy a film without tags and measure it; with `sound_of`, replace its sound at rate `fps`."""

    do: Literal["finish_film"]
    source: str
    target: str
    poster: str
    sound_of: str | None
    fps: str


class FinishSound(TypedDict):
    """Re-encode a sound to exactly `samples` a channel at 48 kHz, and measure it."""

    do: Literal["finish_sound"]
    source: str
    target: str
    format: str
    mime_type: str
    samples: int


class SoundPartForm(TypedDict):
    """`take` samples of a file after `skip` samples; of no file they are silence."""

    source: str | None
    skip: int
    take: int


class CutSound(TypedDict):
    """Write the parts one after the other as one WAV."""

    do: Literal["cut_sound"]
    target: str
    parts: Sequence[SoundPartForm]


class TakeFrames(TypedDict):
    """Write the first or last `count` frames of a film at rate `fps` as pictures."""

    do: Literal["take_frames"]
    source: str
    folder: str
    width: int
    height: int
    fps: str
    count: int
    last: bool


class LookAtFilm(TypedDict):
    """Measure what cutting a film into segments needs: frames, rate, size and sound."""

    do: Literal["look_at_film"]
    source: str


class CutSegment(TypedDict):
    """Write `frames` frames of a film, from number `first` on, as a mute film."""

    do: Literal["cut_segment"]
    source: str
    target: str
    fps: float | str
    first: int
    frames: int


class TakenFrames(TypedDict):
    """The answer to `TakeFrames`: pictures in order, frames of the whole film at that rate."""

    paths: list[str]
    frames: int
    has_sound: bool


class FilmLook(TypedDict):
    """The answer to `LookAtFilm`: `fps` is a fraction as text, sizes are pixels."""

    frames: int
    fps: str
    width: int
    height: int
    has_sound: bool


Measured: TypeAlias = FinishPicture | FinishFilm | FinishSound
Silent: TypeAlias = FitPicture | FitMask | CutSound | CutSegment
Chore: TypeAlias = Measured | Silent | TakeFrames | LookAtFilm
Answer: TypeAlias = FactsForm | TakenFrames | FilmLook


class Chores(TypedDict):
    """The spec on the child's stdin: the chores in order."""

    chores: Sequence[Chore]
