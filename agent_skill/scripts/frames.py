#!/usr/bin/env python3
"""The last frames of a clip as lossless WebP, with the standard library and ffmpeg alone.

    frames.py CLIP [--last 9] [-o DIR]     prints the files, the oldest first

They are the overlap frames of the next clip: `kt.py run video.generate … overlapFrameImages@DIR`. A
file is named by its place in the clip: the last frame of 120 is `CLIP-000120.webp`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

MOST_FRAMES = 25
LOSSLESS = ("-c:v", "libwebp", "-lossless", "1", "-quality", "20", "-pix_fmt", "bgra")
NO_FFMPEG = (
    "Frames are decoded by ffmpeg, which is not installed. Without it `killatamata frames` takes "
    "them, or continue a job's own clip by video.extend, which needs no frames: jobId=JOB_ID."
)


def take_trailing(clip: Path, count: int, to: Path) -> list[Path]:
    """Save the last frames of a clip in a folder; end the program if it has fewer."""
    total = decode(clip, "", "-f", "null", "-")
    if total < count:
        sys.exit(f"{clip.name} has {total} of the {count} frames asked for.")
    to.mkdir(parents=True, exist_ok=True)
    first = total - count + 1
    # Behind `file:` no name is an option (`-vf.mp4`) or a protocol (`13:15.mp4`).
    pattern = "file:" + str(to / clip.stem).replace("%", "%%") + "-%06d.webp"
    place = ("-start_number", str(first), "-f", "image2", pattern)
    decode(clip, f"select=gte(n\\,{first - 1}),", *LOSSLESS, *place)
    return [to / f"{clip.stem}-{number:06}.webp" for number in range(first, total + 1)]


def decode(clip: Path, select: str, *output: str) -> int:
    """Let ffmpeg decode a clip; return how many frames went out.

    The clip's own times would make it drop or double frames. Times of ours at the rate of `-r` do
    not, by releases that know `-vsync` alone as by those that know it no more.
    """
    steady = ("-map", "0:v:0", "-vf", f"{select}setpts=N/(25*TB)", "-r", "25")
    command = ["ffmpeg", "-v", "error", "-y", "-progress", "-", "-i", f"file:{clip}", *steady]
    done = subprocess.run(  # noqa: S603 - no shell; paths are behind `file:`
        [*command, *output], check=False, stdin=subprocess.DEVNULL, capture_output=True
    )
    if done.returncode:
        failed = "cannot be saved as WebP" if select else "cannot be decoded"
        sys.exit(f"{clip.name} {failed}: {done.stderr.decode(errors='replace').strip()}")
    return int(done.stdout.rpartition(b"frame=")[2].split()[0])


def main() -> None:
    """Do what the words say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--last", type=int, default=9, choices=range(1, MOST_FRAMES + 1))
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="CLIP-frames if not given")
    words = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.exit(NO_FFMPEG)
    to = words.output or Path(f"{words.clip.stem}-frames")
    files = take_trailing(words.clip, words.last, to)
    print(json.dumps({"files": [str(file) for file in files]}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
