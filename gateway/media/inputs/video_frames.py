"""Frames of videos by reference: `job://JOB/0/frames/-1` is the last frame of an output."""

import re

from gateway.kit.errors import InvalidInput

FRAME_URL = re.compile(
    r"(job://job_[0-9A-Z]{26}/[0-9]|asset://ast_[0-9A-Z]{26}|step://[^/]{1,64}/[0-9])"
    r"/frames/(-?[0-9]{1,7})"
)


def parse_frame_url(url: str) -> tuple[str, int] | None:
    """Return the video and the number of the frame that a URL names; None if it names no frame.

    Raises:
        InvalidInput: it is a frame of a step, which has made no video yet.
    """
    match = FRAME_URL.fullmatch(url)
    if match is None:
        return None
    if url.startswith("step://"):
        raise InvalidInput(
            "A step has no frames before it has run.",
            hint="Continue its video with video.extend, or run it first and name a frame of its "
            "job: job://JOB/0/frames/-1.",
        )
    return match[1], int(match[2])


def find_frame_number(number: int, frames: int | None) -> int:
    """Return the number from 0 of a frame; a negative one counts from the end of the video.

    Raises:
        InvalidInput: the video has no such frame.
    """
    length = frames or 0
    found = number + length if number < 0 else number
    if not 0 <= found < length:
        raise InvalidInput(
            f"There is no frame {number}: the video has {length} frames.",
            hint=f"Give 0 to {length - 1}, or -1 for the last frame to -{length} for the first.",
        )
    return found
