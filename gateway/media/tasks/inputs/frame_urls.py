"""Frames of videos by reference: `job://JOB/0/frames/-1` is the last frame of an output."""

import re
from collections.abc import Iterable

from gateway.kit.errors import InvalidInput

VIDEO_URL = r"job://job_[0-9A-Z]{26}/[0-9]|asset://ast_[0-9A-Z]{26}|step://[^/]{1,64}/[0-9]"
FRAME_URL = re.compile(rf"({VIDEO_URL})/frames/(-?[0-9]{{1,7}})")
# What is meant to be a frame, also if it is none.
FRAME_LIKE_URL = re.compile(r"((?:job|asset|step)://.*)/frames\b.*")


def describe_odd_frame(url: str) -> str | None:
    """Return what is wrong with a URL that is meant to name a frame; None if nothing is."""
    like = FRAME_LIKE_URL.fullmatch(url)
    if like is None or FRAME_URL.fullmatch(url):
        return None
    return "names no frame" if re.fullmatch(VIDEO_URL, like[1]) else "names a frame of no video"


def split_frame_url(url: str) -> tuple[str, int] | None:
    """Return the video and the number of the frame that a URL names; None if it names no frame."""
    match = FRAME_URL.fullmatch(url)
    return None if match is None else (match[1], int(match[2]))


def parse_frame_url(url: str) -> tuple[str, int] | None:
    """Return the video and the number of the frame that a URL names; None if it names no frame.

    Raises:
        InvalidInput: it is a frame of a step, which has made no video yet.
    """
    if url.startswith("step://") and FRAME_URL.fullmatch(url):
        raise InvalidInput(
            "A step has no frames before it has run.",
            hint="Continue its video with video.extend, or run it first and name a frame of its "
            "job: job://JOB/0/frames/-1.",
        )
    return split_frame_url(url)


def group_frame_numbers(urls: Iterable[str]) -> dict[str, set[int]]:
    """Return the numbers of the frames that URLs name, by the URL of their video."""
    numbers: dict[str, set[int]] = {}
    for frame in map(split_frame_url, urls):
        if frame is not None:
            numbers.setdefault(frame[0], set()).add(frame[1])
    return numbers
