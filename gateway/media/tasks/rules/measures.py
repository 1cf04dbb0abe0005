"""Measures of the media of tasks: sizes, frames, rates, lengths; and their limits."""

from dataclasses import dataclass
from fractions import Fraction

from gateway.library.errors import MediaUnreadable
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.base import INPUT
from gateway.media.tasks.rules.adjustments import to_json_number

# A file only claims its rate. With this limit, a limit in seconds bounds the frames too: without
# it a one-second clip at a claimed 100 000 a second would pass.
MOST_SOURCE_FPS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """A source clip: pixels, frames, frames a second."""

    width: int
    height: int
    frames: int
    fps: Fraction

    @property
    def seconds(self) -> Fraction:
        """Return the length in seconds."""
        return self.frames / self.fps


def read_picture_size(media: StoredMedia) -> tuple[int, int]:
    """Return the width and height of a picture or clip, in pixels.

    Raises:
        MediaUnreadable: the file has no measured size.
    """
    facts = media.facts
    if facts.width is None or facts.height is None:
        raise MediaUnreadable(f"{media.source} has no size in pixels.")
    return facts.width, facts.height


def read_sound_seconds(media: StoredMedia) -> Fraction:
    """Return the length of a sound in seconds.

    Raises:
        MediaUnreadable: the file has no measured length.
    """
    if media.facts.duration is None:
        raise MediaUnreadable(f"{media.source} has no known length.")
    return media.facts.duration


def read_clip_facts(
    media: StoredMedia, path: str, *, most_seconds: int, most_frames: int | None = None
) -> ClipFacts:
    """Return the measures of a clip that is within the limits of its task.

    Raises:
        MediaUnreadable: it has no frames, or is longer or faster than the limits.
    """
    field = f"{INPUT}.{path}"
    width, height = read_picture_size(media)
    frames, fps = media.facts.frames, media.facts.fps
    if not frames or not fps:
        raise MediaUnreadable(f"`{path}` has no video frames.", field=field)
    if fps > MOST_SOURCE_FPS:
        raise MediaUnreadable(
            f"`{path}` has {to_json_number(fps)} frames a second; "
            f"a source has {MOST_SOURCE_FPS} at most.",
            field=field,
            hint=f"Give a clip of at most {MOST_SOURCE_FPS} frames a second.",
        )
    clip = ClipFacts(width=width, height=height, frames=frames, fps=fps)
    limit = f"{most_seconds} s" + (f" and {most_frames} frames" if most_frames else "")
    if clip.seconds > most_seconds or (most_frames is not None and frames > most_frames):
        raise MediaUnreadable(
            f"`{path}` is {to_json_number(clip.seconds)} s and {frames} frames long; "
            f"this task takes {limit} at most.",
            field=field,
            hint=f"Give a clip of at most {limit}.",
        )
    return clip
