"""Inspection of hostile media: sniffed here, opened in a limited child, stored re-encoded.

The problem: a decoder that opens a caller's file can be made to crash, hang, fill memory or run
code. So this process reads only the first 64 bytes. A child decodes: without environment, with
limited memory and time, with open descriptors instead of paths, and without network where the
kernel allows it. Its answer is one bounded JSON line, and whatever kills it only makes the file
unreadable. The file that came in is never stored: images are re-encoded, streams copied without
tags.
"""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from threading import Timer
from typing import Any, Literal, TypeVar

import structlog

from gateway.kit.errors import StorageFull
from gateway.library.errors import MediaUnreadable, UnsupportedMedia
from gateway.library.facts import Kind, LengthLimit, MediaFacts
from gateway.library.inspection.child_protocol import ChildAnswer, DurationLimits, InspectionOrder
from gateway.library.inspection.turns import (
    GATEWAY_BUDGET,
    InspectionBudget,
    InspectionTurns,
    ReportCpuSeconds,
)

R = TypeVar("R")
MEGAPIXEL = 2**20
MIB = 2**20
PREVIEW_MEGAPIXELS = 64
MAX_ANSWER_BYTES = 64 * 1024
DRAWN_BYTES, MASK_BYTES = 4 * MIB, 16 * MIB  # of a mask, a bit a pixel and more if it is noise
WALL_SECONDS = 30
AUDIO_SECONDS = (1, 60)
LONGEST_VIDEO = LengthLimit(seconds=600)
MIN_CHILDREN, MAX_CHILDREN = 3, 4  # of three, two may be unpaid work, and one stays for payers
SNIFFED_BYTES = 64
HEIF_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"})
IMAGE_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
QUICKTIME_ATOMS = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})

log = structlog.stdlib.get_logger("gateway.library.inspect")
_turns = InspectionTurns(max(MIN_CHILDREN, min(os.cpu_count() or 1, MAX_CHILDREN)))


@dataclass(frozen=True, slots=True)
class InspectedMedia:
    """The facts of a file and the re-encoded file to store, which the caller removes."""

    facts: MediaFacts
    path: Path


async def inspect_media(
    path: Path,
    kind: Kind,
    *,
    out_folder: Path,
    max_megapixels: int = 40,
    count_method: Literal["decoding", "packets"] = "decoding",
    audio_seconds: tuple[int, int] = AUDIO_SECONDS,
    longest: LengthLimit = LONGEST_VIDEO,
    budget: InspectionBudget = GATEWAY_BUDGET,
) -> InspectedMedia:
    """Measure a file and write the file to store into `out_folder`.

    `max_megapixels` (of 2**20 pixels) is 64 for our own outputs. `count="packets"` counts packets
    instead of decoded frames, for long clips of `video.combine`. Width and height are those of the
    coded picture. `audio_seconds` is the shortest and the longest audio, `longest` the longest
    video; a video whose header claims more is not decoded. `budget` names the account that
    waits for its turn, and limits its processor time.

    Raises:
        UnsupportedMedia: the file is not of this kind, or in a format that we do not take.
        MediaUnreadable: it does not decode, or is outside the limits.
        StorageFull: the disk has no room for the file to store.
        RateLimited: the account has used its processor time of this minute.
    """
    pixels = max_megapixels * MEGAPIXEL
    job = _Inspection(path, kind, out_folder, pixels, count_method, audio_seconds, longest)
    return await run_in_turn(budget, job.run)


async def run_in_turn(budget: InspectionBudget, work: Callable[[ReportCpuSeconds], R]) -> R:
    """Run work that opens media in a child when it is the account's turn.

    Raises:
        RateLimited: the account has used its processor time of this minute.
    """
    return await asyncio.wrap_future(_turns.submit(budget, work))


async def make_preview(
    source: Path, target: Path, *, frames: int, budget: InspectionBudget = GATEWAY_BUDGET
) -> None:
    """Write a small JPEG of an image, or of `frames` moments of a video, to `target`.

    Raises:
        UnsupportedMedia: the file is neither.
        MediaUnreadable: it does not decode.
        RateLimited: the account has used its processor time of this minute.
    """
    work = partial(_order_drawing, source, target, "preview", frames)
    await run_in_turn(budget, work)


async def make_drawing(
    source: Path,
    target: Path,
    *,
    form: Literal["poster", "card"],
    budget: InspectionBudget = GATEWAY_BUDGET,
) -> None:
    """Write a large JPEG of an image, or of the middle of a video, to `target`.

    Raises:
        UnsupportedMedia, MediaUnreadable, RateLimited: see `make_preview`.
    """
    work = partial(_order_drawing, source, target, form, 1)
    await run_in_turn(budget, work)


async def make_mask(
    source: Path, target: Path, *, budget: InspectionBudget = GATEWAY_BUDGET
) -> None:
    """Write a mask to `target`: white where a picture is fully transparent, black elsewhere.

    Raises:
        UnsupportedMedia: the file is no picture.
        MediaUnreadable: it does not decode, is outside the limits, or nothing of it is transparent.
        RateLimited: the account has used its processor time of this minute.
    """
    work = partial(_order_drawing, source, target, "mask", 1)
    await run_in_turn(budget, work)


async def make_preview_set(
    source: Path, target: Path, *, budget: InspectionBudget = GATEWAY_BUDGET
) -> ChildAnswer:
    """Write all previews of an image or video to `target`, and return how long each is.

    Raises:
        UnsupportedMedia, MediaUnreadable, RateLimited: see `make_preview`.
    """
    work = partial(_order_drawing, source, target, "previews", 1)
    return await run_in_turn(budget, work)


def _order_drawing(
    source: Path,
    target: Path,
    kind: Literal["preview", "previews", "poster", "card", "mask"],
    frames: int,
    report_cpu_seconds: ReportCpuSeconds,
) -> ChildAnswer:
    with source.open("rb", buffering=0) as media, target.open("wb", buffering=0) as picture:
        sniffed = sniff_format(media.read(SNIFFED_BYTES))
        if sniffed is None or (kind == "mask" and "image" not in sniffed[1]):
            raise UnsupportedMedia
        media.seek(0)
        return request_answer(
            {
                "kind": kind,
                "format": sniffed[0],
                "source": media.fileno(),
                "target": picture.fileno(),
                "target_bytes": MASK_BYTES if kind == "mask" else DRAWN_BYTES,
                "max_pixels": PREVIEW_MEGAPIXELS * MEGAPIXEL,
                "count": "decoding",
                "frames": frames,
                "numbers": [],
                **build_duration_limits(LONGEST_VIDEO),
            },
            report_cpu_seconds,
        )


def request_answer(order: InspectionOrder, report_cpu_seconds: ReportCpuSeconds) -> ChildAnswer:
    """Return the child's answer to an order; a child that died makes the file unreadable."""
    kind, form = order["kind"], order["format"]
    line = _run_child(json.dumps(order), (order["source"], order["target"]), report_cpu_seconds)
    try:
        answer: ChildAnswer = json.loads(line)
    except ValueError:
        log.warning("media_child_died", kind=kind, format=form)
        raise MediaUnreadable from None
    if answer.get("full"):
        raise StorageFull(retry_after_seconds=30)
    if "refused" in answer:
        log.info("media_refused", kind=kind, format=form, error=answer.get("error"))
        refusal = UnsupportedMedia if answer.get("wrongKind") else MediaUnreadable
        raise refusal(answer["refused"], hint=answer.get("hint") or refusal.hint)
    return answer


async def can_cut_network() -> bool:
    """Return True if this kernel lets a child give up its network; for the log at start."""
    order = {"kind": "nothing", "target_bytes": 0}
    try:
        line = await asyncio.to_thread(_run_child, json.dumps(order), (), lambda _: None)
        return bool(json.loads(line).get("isolated"))
    except (OSError, ValueError):  # a child that cannot start now must not stop the gateway's start
        return False


def sniff_format(head: bytes) -> tuple[str, frozenset[Kind]] | None:
    """Return the format that the first 64 bytes claim, and its possible kinds; None if unknown."""
    if head.startswith(b"RIFF"):
        return {b"WEBP": ("WEBP", _kind_set("image")), b"WAVE": ("wav", _kind_set("audio"))}.get(
            head[8:12]
        )
    if head[4:8] in QUICKTIME_ATOMS and head[8:12] not in HEIF_BRANDS:
        return "mov", _kind_set("video", "audio")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return ("webm" if b"webm" in head else "matroska"), _kind_set("video")
    for start, name, kind in (
        (b"\x89PNG\r\n\x1a\n", "PNG", "image"),
        (b"\xff\xd8\xff", "JPEG", "image"),
        (b"fLaC", "flac", "audio"),
        (b"OggS", "ogg", "audio"),
        (b"ID3", "mp3", "audio"),
    ):
        if head.startswith(start):
            return name, _kind_set(kind)
    # An MPEG audio frame: eleven set bits, then any version, then layer III.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # noqa: PLR2004 - bit masks
        return "mp3", _kind_set("audio")
    return None


def _kind_set(*kinds: Any) -> frozenset[Kind]:  # noqa: ANN401 - literals
    return frozenset(kinds)


@dataclass(frozen=True, slots=True)
class _Inspection:
    """An inspection, run in a thread that waits for the child."""

    path: Path
    kind: Kind
    out_folder: Path
    max_pixels: int
    count: Literal["decoding", "packets"]
    audio_seconds: tuple[int, int]
    longest: LengthLimit

    def run(self, report_cpu_seconds: ReportCpuSeconds) -> InspectedMedia:
        with self.path.open("rb", buffering=0) as source:
            sniffed = sniff_format(source.read(SNIFFED_BYTES))
            if sniffed is None or self.kind not in sniffed[1]:
                raise UnsupportedMedia(f"The file is not {_ACCEPTED_FORMATS[self.kind]}.")
            source.seek(0)
            handle, name = mkstemp(dir=self.out_folder, prefix="inspected-")
            target = Path(name)
            try:
                answer = self._request_answer(
                    sniffed[0], source.fileno(), handle, report_cpu_seconds
                )
                facts = self._build_facts(answer, target, IMAGE_TYPES.get(sniffed[0]))
            except BaseException:
                target.unlink(missing_ok=True)
                raise
            finally:
                os.close(handle)
        return InspectedMedia(facts, target)

    def _request_answer(
        self, form: str, source: int, target: int, report_cpu_seconds: ReportCpuSeconds
    ) -> ChildAnswer:
        """Return the child's answer to the order of this inspection."""
        # The child may write no more than this. A copy of streams adds some; an image as PNG takes
        # at most its four bytes a pixel and a little.
        size = os.fstat(source).st_size
        largest = 4 * self.max_pixels + MIB if self.kind == "image" else size + size // 4 + 16 * MIB
        longest = LengthLimit(self.audio_seconds[1]) if self.kind == "audio" else self.longest
        order: InspectionOrder = {
            "kind": self.kind,
            "format": form,
            "source": source,
            "target": target,
            "target_bytes": largest,
            "max_pixels": self.max_pixels,
            "count": self.count,
            "frames": 0,
            "numbers": [],
            **build_duration_limits(longest),
        }
        return request_answer(order, report_cpu_seconds)

    def _build_facts(
        self, answer: ChildAnswer, target: Path, source_mime_type: str | None
    ) -> MediaFacts:
        with target.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        facts = MediaFacts(
            kind=self.kind,
            mime_type=answer["mimeType"],
            sha256=sha256,
            size_bytes=target.stat().st_size,
            width=answer.get("width"),
            height=answer.get("height"),
            frames=answer.get("frames"),
            fps=_parse_fraction(answer.get("fps")),
            duration=_parse_fraction(answer.get("duration")),
            has_audio=answer.get("hasAudio", False),
            source_mime_type=source_mime_type,
        )
        check_duration(facts, self.audio_seconds)
        return facts


_ACCEPTED_FORMATS = {
    "image": "a PNG, JPEG or WebP image",
    "audio": "WAV, FLAC, MP3, M4A or Ogg audio",
    "video": "MP4, MOV, WebM or MKV video",
}


def check_duration(facts: MediaFacts, audio_seconds: tuple[int, int] = AUDIO_SECONDS) -> None:
    """Refuse media whose length no task can use.

    Raises:
        MediaUnreadable: audio outside its seconds, video over 10 minutes.
    """
    seconds = facts.duration
    if seconds is None:
        return
    shortest, longest = audio_seconds if facts.kind == "audio" else (0, LONGEST_VIDEO.seconds)
    if not shortest <= seconds <= longest:
        raise MediaUnreadable(
            f"The {facts.kind} is {float(seconds):.2f} seconds long;"
            f" it must be {shortest} to {longest} seconds."
        )


def build_duration_limits(longest: LengthLimit) -> DurationLimits:
    """Return the longest media of an order in its form for the child."""
    return {
        "most_seconds": longest.seconds,
        "most_frames": longest.frames,
        "most_fps": longest.fps,
    }


def _parse_fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _run_child(
    order: str, descriptors: tuple[int, ...], report_cpu_seconds: ReportCpuSeconds
) -> bytes:
    """Run a child without environment for at most 30 seconds and return its line.

    `report_cpu_seconds` is called with the processor seconds that the child took, however it ended.
    """
    child = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-I", "-m", "gateway.library.inspection.inspect_child", order],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=descriptors,
        env={},
    )
    # Not `child.kill`: it would reap a child that has ended, and its processor time would be lost.
    # No other process can get its pid before it is reaped below, after the timer has stopped.
    timer = Timer(WALL_SECONDS, os.kill, (child.pid, signal.SIGKILL))
    timer.start()
    assert child.stdout is not None  # noqa: S101 - for the type checker
    try:
        with child.stdout as answer:
            line = answer.read(MAX_ANSWER_BYTES + 1)
    finally:
        timer.cancel()
        timer.join()
        os.kill(child.pid, signal.SIGKILL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        report_cpu_seconds(usage.ru_utime + usage.ru_stime)
    return line if len(line) <= MAX_ANSWER_BYTES else b""
