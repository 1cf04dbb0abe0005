"""The JSON forms of chores and their answers, which cross to the child; paths are text."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypeAlias, TypedDict

from workers.video.facts import FileFactsForm


class FitPictureChore(TypedDict):
    """Write a picture without loss; scale it to cover `width` x `height` pixels if given."""

    do: Literal["fit_picture"]
    source: str
    target: str
    width: NotRequired[int]
    height: NotRequired[int]


class FitMaskChore(TypedDict):
    """Write a mask scaled to the size of the canvas."""

    do: Literal["fit_mask"]
    source: str
    target: str
    width: int
    height: int


class PreviewOrder(TypedDict):
    """The previews to draw: longest sides in pixels, ascending, and the beginning of their paths.

    A film also gets a clip.
    """

    sides: Sequence[int]
    prefix: str


class FinishPictureChore(TypedDict):
    """Re-encode a picture, restore `base` outside the mask if there is one, and measure it."""

    do: Literal["finish_picture"]
    source: str
    target: str
    poster: str
    previews: PreviewOrder
    format: str
    base: str | None
    mask: str | None


class FinishFilmChore(TypedDict):
    """Copy a film without tags and measure it; with `sound_of`, replace its sound at rate `fps`."""

    do: Literal["finish_film"]
    source: str
    target: str
    poster: str
    previews: PreviewOrder
    sound_of: str | None
    fps: str


class FinishSoundChore(TypedDict):
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


class CutSoundChore(TypedDict):
    """Write the parts one after the other as one WAV."""

    do: Literal["cut_sound"]
    target: str
    parts: Sequence[SoundPartForm]


class TakeFramesChore(TypedDict):
    """Write the first or last `count` frames of a film at rate `fps` as pictures."""

    do: Literal["take_frames"]
    source: str
    folder: str
    width: int
    height: int
    fps: str
    count: int
    last: bool


class LookAtFilmChore(TypedDict):
    """Measure what cutting a film into segments needs: frames, rate, size and sound."""

    do: Literal["look_at_film"]
    source: str


class CutSegmentChore(TypedDict):
    """Write `frames` frames of a film, from number `first` on, as a mute film."""

    do: Literal["cut_segment"]
    source: str
    target: str
    fps: float | str
    first: int
    frames: int


class PreviewsForm(TypedDict):
    """The previews of an output: paths of pictures by size, of a clip, and the placeholder.

    `problem` is the reason why some are missing, for the operator.
    """

    pictures: dict[str, str]
    clip: str | None
    placeholder: str | None
    problem: str | None


class FinishedForm(TypedDict):
    """The answer to chores that finish an output; sound has no previews."""

    facts: FileFactsForm
    previews: PreviewsForm | None


class FramesAnswer(TypedDict):
    """The answer to `TakeFramesChore`: pictures in order, frames of the whole film at that rate."""

    paths: list[str]
    frames: int
    has_sound: bool


class FilmMeasures(TypedDict):
    """The answer to `LookAtFilmChore`: `fps` is a fraction as text, sizes are pixels."""

    frames: int
    fps: str
    width: int
    height: int
    has_sound: bool


MeasuringChore: TypeAlias = FinishPictureChore | FinishFilmChore | FinishSoundChore
SilentChore: TypeAlias = FitPictureChore | FitMaskChore | CutSoundChore | CutSegmentChore
Chore: TypeAlias = MeasuringChore | SilentChore | TakeFramesChore | LookAtFilmChore
ChoreAnswer: TypeAlias = FinishedForm | FramesAnswer | FilmMeasures


class ChoreList(TypedDict):
    """The spec on the child's stdin: the chores in order."""

    chores: Sequence[Chore]
