"""Valid requests with their media, for every task."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from gateway.media.stored_media import StoredMedia
from tests.media.tasks.helpers import Media, build_clip, build_picture, build_sound

Case = tuple[str, dict[str, Any], Media]
RATES = (24, 25, 30, 48, 50)
LIMITS = {24: 481, 25: 501, 30: 505, 48: 505, 50: 505}
side = st.integers(256, 2048)
pictures = st.builds(build_picture, st.integers(256, 2048), st.integers(256, 2048))
clips = st.builds(
    build_clip,
    st.integers(288, 2560),
    st.integers(288, 1440),
    st.integers(30, 700),
    st.sampled_from(
        [Fraction(24), Fraction(25), Fraction(30_000, 1001), Fraction(12), Fraction(60)]
    ),
    has_audio=st.booleans(),
    overlap_frames=st.sampled_from([None, 1, 9]),
)


def draw_fields(draw: Callable[[Any], Any], **fields: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw each of these fields, or leave it out."""
    return {name: draw(values) for name, values in fields.items() if draw(st.booleans())}


def draw_size(draw: Callable[[Any], Any], sides: st.SearchStrategy[int] = side) -> dict[str, int]:
    return {"width": draw(sides), "height": draw(sides)} if draw(st.booleans()) else {}


@st.composite
def image_generate(draw: Callable[[Any], Any]) -> Case:
    asked = {"prompt": "a"} | draw_size(draw)
    asked |= draw_fields(draw, count=st.integers(1, 4), highDetail=st.booleans())
    return "image.generate", asked, {}


@st.composite
def image_edit(draw: Callable[[Any], Any]) -> Case:
    media: dict[str, list[StoredMedia]] = {
        "images": draw(st.lists(pictures, min_size=1, max_size=4))
    }
    asked: dict[str, Any] = {"prompt": "a", "imageUrls": ["asset://a"] * len(media["images"])}
    if draw(st.booleans()):
        asked["maskUrl"] = "asset://m"
        media["mask"] = [draw(pictures)]
    asked |= draw_size(draw)
    asked |= draw_fields(draw, count=st.integers(1, 4), highDetail=st.booleans())
    return "image.edit", asked, media


@st.composite
def image_upscale(draw: Callable[[Any], Any]) -> Case:
    asked = {"imageUrl": "asset://a"} | draw_fields(draw, scale=st.sampled_from([2, 4]))
    return "image.upscale", asked, {"image": [draw(pictures)]}


@st.composite
def video_generate(draw: Callable[[Any], Any]) -> Case:
    fps = draw(st.sampled_from(RATES))
    asked: dict[str, Any] = {"prompt": "a", "fps": fps} | draw_size(draw, st.integers(256, 1900))
    media: dict[str, list[StoredMedia]] = {}
    if draw(st.booleans()):
        frames = draw(st.lists(pictures, min_size=1, max_size=25))
        asked["overlapFrameImageUrls"] = ["asset://o"] * len(frames)
        media["overlapFrameImages"] = frames
    elif draw(st.booleans()):
        asked["startFrameImageUrl"], media["startFrameImage"] = "asset://s", [draw(pictures)]
    if draw(st.booleans()):
        asked["finalFrameImageUrl"], media["finalFrameImage"] = "asset://f", [draw(pictures)]
    if draw(st.booleans()):
        asked["durationFrames"] = draw(st.integers(57, LIMITS[fps]))
    elif draw(st.booleans()):
        milliseconds = draw(st.integers(1400, LIMITS[fps] * 1000 // fps - 500))
        asked["durationSeconds"] = milliseconds / 1000
    if draw(st.booleans()) and ("startFrameImage" in media or "overlapFrameImages" in media):
        asked |= {"referenceAudioUrl": "asset://v", "padAudio": True}
        media["referenceAudio"] = [build_sound(Fraction(draw(st.integers(1000, 60_000)), 1000))]
    return "video.generate", asked, media


@st.composite
def video_extend(draw: Callable[[Any], Any]) -> Case:
    source = draw(clips)
    asked: dict[str, Any] = {"jobId": "job_1", "prompt": "a"}
    asked |= draw_fields(draw, overlapFrames=st.integers(1, min(97, source.facts.frames // 4)))
    asked |= draw_fields(draw, outputMode=st.sampled_from(["joined", "tail"]))
    media: dict[str, list[StoredMedia]] = {"video": [source]}
    if draw(st.booleans()):
        asked["extendFrames"] = draw(st.integers(8, 380))
    elif draw(st.booleans()):
        asked["extendSeconds"] = draw(st.integers(300, 7600)) / 1000
    if draw(st.booleans()):
        asked["finalFrameImageUrl"], media["finalFrameImage"] = "asset://f", [draw(pictures)]
    return "video.extend", asked, media


@st.composite
def video_upscale(draw: Callable[[Any], Any]) -> Case:
    source = draw(st.builds(build_clip, st.integers(64, 1920), st.integers(64, 1088)))
    asked = {"jobId": "job_1"} | draw_fields(draw, scale=st.sampled_from([1.5, 2]))
    return "video.upscale", asked, {"video": [source]}


@st.composite
def video_combine(draw: Callable[[Any], Any]) -> Case:
    joined = draw(st.lists(clips, min_size=2, max_size=5))
    asked: dict[str, Any] = {"videoUrls": ["asset://a"] * len(joined)}
    if draw(st.booleans()):
        even = st.integers(32, 1920).map(lambda half: 2 * half)
        asked |= {"width": draw(even), "height": draw(even)}
    asked |= draw_fields(
        draw,
        overlapFrames=st.integers(0, 8),
        fps=st.integers(12, 60),
        audio=st.sampled_from(["concat", "mute"]),
    )
    return "video.combine", asked, {"clips": joined}


CASES = st.one_of(
    image_generate(),
    image_edit(),
    image_upscale(),
    video_generate(),
    video_extend(),
    video_upscale(),
    video_combine(),
)
