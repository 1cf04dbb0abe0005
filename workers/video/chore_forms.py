"""The chores and their answers in the form that crosses to the child; paths are text."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypeAlias, TypedDict

FactsForm: TypeAlias = Mapping[str, str | int | None]
"""The measurements of a file, see `workers.video.facts`."""


class FitPicture(TypedDict):
    """Write a picture without loss, scaled to cover so many pixels if they are given."""

    do: Literal["fit_picture"]
    source: str
    target: str
    width: NotRequired[int]
    height: NotRequired[int]


class FitMask(TypedDict):
    """Write a mask in the size of the canvas."""

    do: Literal["fit_mask"]
    source: str
    target: str
    width: int
    height: int


class FinishPicture(TypedDict):
    """Save a picture anew, as `base` outside the mask if there is one; measure it."""

    do: Literal["finish_picture"]
    source: str
    target: str
    poster: str
    format: str
    base: str | None
    mask: str | None


class FinishFilm(TypedDict):
    """Copy a film without tags, at `fps` with the sound of another file if given; measure it."""

    do: Literal["finish_film"]
    source: str
    target: str
    poster: str
    sound_of: str | None
    fps: str


class FinishSound(TypedDict):
    """Write a sound anew, so many samples a channel long; measure it."""

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
    """Write parts of sounds one after the other."""

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
    """Measure a film as far as its segments need it."""

    do: Literal["look_at_film"]
    source: str


class CutSegment(TypedDict):
    """Write frames of a film from `first` on as a mute film."""

    do: Literal["cut_segment"]
    source: str
    target: str
    fps: float | str
    first: int
    frames: int


class TakenFrames(TypedDict):
    """The pictures in order, how many frames the whole film has, and if it has sound."""

    paths: list[str]
    frames: int
    has_sound: bool


class FilmLook(TypedDict):
    """Frames, frames a second, pixels, and if there is sound."""

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
    """What the child reads: the chores in order."""

    chores: Sequence[Chore]
