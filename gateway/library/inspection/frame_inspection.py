"""Frames of a stored video as images: cut in the limited child, all of one video at once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile, mkstemp

from gateway.library.errors import MediaUnreadable, UnsupportedMedia
from gateway.library.facts import MediaFacts
from gateway.library.inspection.inspector import (
    LONGEST_VIDEO,
    MEGAPIXEL,
    PREVIEW_MEGAPIXELS,
    SNIFFED_BYTES,
    InspectedMedia,
    build_duration_limits,
    request_answer,
    run_in_turn,
    sniff_format,
)
from gateway.library.inspection.turns import (
    GATEWAY_BUDGET,
    InspectionBudget,
    ReportCpuSeconds,
)

MOST_FRAMES = 256
"""How many frames of one video can be cut at once."""


@dataclass(frozen=True, slots=True)
class CutFrames:
    """Frames of a video by number; `frames` is how many it has, known if it lacks one of them."""

    images: Mapping[int, InspectedMedia]
    frames: int | None


async def cut_frames(
    path: Path,
    numbers: Sequence[int],
    *,
    out_folder: Path,
    most_bytes: int,
    budget: InspectionBudget = GATEWAY_BUDGET,
) -> CutFrames:
    """Write frames of a video into `out_folder` as images, `most_bytes` in all.

    They are counted as they are decoded, from 0, or from the end: -1 is the last one.

    Raises:
        OSError: the file cannot be opened.
        UnsupportedMedia, MediaUnreadable, StorageFull, RateLimited: see `inspect_media`.
    """
    work = partial(_cut_in_child, path, sorted(set(numbers)), out_folder, most_bytes)
    return await run_in_turn(budget, work)


def _cut_in_child(
    path: Path,
    numbers: list[int],
    out_folder: Path,
    most_bytes: int,
    report_cpu_seconds: ReportCpuSeconds,
) -> CutFrames:
    with path.open("rb", buffering=0) as video, TemporaryFile(dir=out_folder) as pictures:
        sniffed = sniff_format(video.read(SNIFFED_BYTES))
        if sniffed is None or "video" not in sniffed[1]:
            raise UnsupportedMedia
        video.seek(0)
        answer = request_answer(
            {
                "kind": "frames",
                "format": sniffed[0],
                "source": video.fileno(),
                "target": pictures.fileno(),
                "target_bytes": most_bytes,
                "max_pixels": PREVIEW_MEGAPIXELS * MEGAPIXEL,
                "count": "decoding",
                "frames": 0,
                "numbers": numbers,
                **build_duration_limits(LONGEST_VIDEO),
            },
            report_cpu_seconds,
        )
        pictures.seek(0)
        images = {
            number: _write_image(pictures.read(size), width, height, out_folder)
            for number, width, height, size in answer.get("cuts", [])
        }
    count = answer.get("frames")
    if count is None and not images.keys() >= set(numbers):
        raise MediaUnreadable  # a child that was taken over answers what it likes
    return CutFrames(images, count)


def _write_image(data: bytes, width: int, height: int, out_folder: Path) -> InspectedMedia:
    handle, name = mkstemp(dir=out_folder, prefix="frame-")
    with open(handle, "wb") as file:  # noqa: PTH123 - an open descriptor
        file.write(data)
    facts = MediaFacts(
        kind="image",
        mime_type="image/png",
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        width=width,
        height=height,
    )
    return InspectedMedia(facts, Path(name))
