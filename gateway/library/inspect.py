"""Hostile media becomes measured, re-written media: sniff here, open in a limited child.

What is stored is never what came in: images are encoded anew, streams copied without tags.
"""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import mkstemp
from threading import Timer
from typing import Any, Literal

import structlog

from gateway.kit.errors import StorageFull
from gateway.library.errors import MediaUnreadable, UnsupportedMedia
from gateway.library.facts import Kind, MediaFacts

MEGAPIXEL = 2**20
MIB = 2**20
PREVIEW_MEGAPIXELS = 64
ANSWER_BYTES = 64 * 1024
WALL_SECONDS = 30
AUDIO_SECONDS = (1, 60)
VIDEO_SECONDS = 600
SNIFFED_BYTES = 64
HEIF_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"})
QUICKTIME_ATOMS = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})

log = structlog.stdlib.get_logger("gateway.library.inspect")
# The threads only wait for their child; their number is the number of children at once.
_children = ThreadPoolExecutor(min(os.cpu_count() or 1, 4), thread_name_prefix="inspect")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was measured, and the file to store; whoever asked for it removes it."""

    facts: MediaFacts
    path: Path


async def inspect(
    path: Path,
    kind: Kind,
    *,
    out_folder: Path,
    max_megapixels: int = 40,
    count: Literal["decoding", "packets"] = "decoding",
    audio_seconds: tuple[int, int] = AUDIO_SECONDS,
) -> Inspected:
    """Measure this file and write what shall be stored of it into `out_folder`.

    `max_megapixels` (of 2**20 pixels) is 64 for our own outputs; `count="packets"` believes the
    packets instead of decoding, for long clips of `video.combine`. Width and height are those of
    the coded picture. `audio_seconds` is the shortest and the longest that audio may be.

    Raises:
        UnsupportedMedia: it is not of this kind, or in a form that we do not take.
        MediaUnreadable: it does not decode, or is outside the limits.
        StorageFull: there is no room for what shall be stored.
    """
    loop = asyncio.get_running_loop()
    job = _Job(path, kind, out_folder, max_megapixels * MEGAPIXEL, count, audio_seconds)
    return await loop.run_in_executor(_children, job.run)


async def preview(source: Path, target: Path, *, frames: int) -> None:
    """Write a small JPEG of an image, or of so many moments of a video, to `target`.

    Raises:
        UnsupportedMedia: it is neither.
        MediaUnreadable: it does not decode.
    """
    await asyncio.get_running_loop().run_in_executor(_children, _preview, source, target, frames)


def _preview(source: Path, target: Path, frames: int) -> None:
    with source.open("rb", buffering=0) as given, target.open("wb", buffering=0) as made:
        found = sniff(given.read(SNIFFED_BYTES))
        if found is None:
            raise UnsupportedMedia
        given.seek(0)
        _answer(
            {
                "kind": "preview",
                "format": found[0],
                "source": given.fileno(),
                "target": made.fileno(),
                "target_bytes": MIB,
                "max_pixels": PREVIEW_MEGAPIXELS * MEGAPIXEL,
                "count": "decoding",
                "frames": frames,
            }
        )


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    """Return the child's answer; whatever kills it makes the file unreadable."""
    kind, form = order["kind"], order["format"]
    line = _run_child(json.dumps(order), (order["source"], order["target"]))
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError:
        log.warning("media_child_died", kind=kind, format=form)
        raise MediaUnreadable from None
    if answer.get("full"):
        raise StorageFull(retry_after_seconds=30)
    if "refused" in answer:
        log.info("media_refused", kind=kind, format=form, error=answer.get("error"))
        refusal = UnsupportedMedia if answer.get("wrongKind") else MediaUnreadable
        raise refusal(answer["refused"])
    return answer


async def network_is_cut() -> bool:
    """Return whether this kernel lets a child give up its network; for the log at start."""
    order = {"kind": "nothing", "target_bytes": 0}
    loop = asyncio.get_running_loop()
    try:
        line = await loop.run_in_executor(_children, _run_child, json.dumps(order), ())
        return bool(json.loads(line).get("isolated"))
    except (OSError, ValueError):  # no child now: that must not stop a start
        return False


def sniff(head: bytes) -> tuple[str, frozenset[Kind]] | None:
    """Return the format that these first 64 bytes name, and the kinds it can be; not validated."""
    if head.startswith(b"RIFF"):
        return {b"WEBP": ("WEBP", _kinds("image")), b"WAVE": ("wav", _kinds("audio"))}.get(
            head[8:12]
        )
    if head[4:8] in QUICKTIME_ATOMS and head[8:12] not in HEIF_BRANDS:
        return "mov", _kinds("video", "audio")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return ("webm" if b"webm" in head else "matroska"), _kinds("video")
    for start, name, kind in (
        (b"\x89PNG\r\n\x1a\n", "PNG", "image"),
        (b"\xff\xd8\xff", "JPEG", "image"),
        (b"fLaC", "flac", "audio"),
        (b"OggS", "ogg", "audio"),
        (b"ID3", "mp3", "audio"),
    ):
        if head.startswith(start):
            return name, _kinds(kind)
    # An MPEG audio frame: eleven set bits, then any version, then layer III.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # noqa: PLR2004 - bit masks
        return "mp3", _kinds("audio")
    return None


def _kinds(*kinds: Any) -> frozenset[Kind]:  # noqa: ANN401 - literals
    return frozenset(kinds)


@dataclass(frozen=True, slots=True)
class _Job:
    """One inspection, run in a thread that waits for the child."""

    path: Path
    kind: Kind
    out_folder: Path
    max_pixels: int
    count: Literal["decoding", "packets"]
    audio_seconds: tuple[int, int]

    def run(self) -> Inspected:
        with self.path.open("rb", buffering=0) as source:
            found = sniff(source.read(SNIFFED_BYTES))
            if found is None or self.kind not in found[1]:
                raise UnsupportedMedia(f"The file is not {_WANTED[self.kind]}.")
            source.seek(0)
            handle, name = mkstemp(dir=self.out_folder, prefix="inspected-")
            target = Path(name)
            try:
                answer = self._ask(found[0], source.fileno(), handle)
                facts = self._facts(answer, target)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
            finally:
                os.close(handle)
        return Inspected(facts, target)

    def _ask(self, form: str, source: int, target: int) -> dict[str, Any]:
        """Return the child's answer."""
        size = os.fstat(source).st_size
        largest = 4 * self.max_pixels + MIB if self.kind == "image" else size + size // 4 + 16 * MIB
        order = {
            "kind": self.kind,
            "format": form,
            "source": source,
            "target": target,
            "target_bytes": largest,
            "max_pixels": self.max_pixels,
            "count": self.count,
            "frames": 0,
        }
        return _answer(order)

    def _facts(self, answer: dict[str, Any], target: Path) -> MediaFacts:
        with target.open("rb") as kept:
            sha256 = hashlib.file_digest(kept, "sha256").hexdigest()
        facts = MediaFacts(
            kind=self.kind,
            mime_type=answer["mimeType"],
            sha256=sha256,
            size_bytes=target.stat().st_size,
            width=answer.get("width"),
            height=answer.get("height"),
            frames=answer.get("frames"),
            fps=_fraction(answer.get("fps")),
            duration=_fraction(answer.get("duration")),
            has_audio=answer.get("hasAudio", False),
        )
        judge_duration(facts, self.audio_seconds)
        return facts


_WANTED = {
    "image": "a PNG, JPEG or WebP image",
    "audio": "WAV, FLAC, MP3, M4A or Ogg audio",
    "video": "MP4, MOV, WebM or MKV video",
}


def judge_duration(facts: MediaFacts, audio_seconds: tuple[int, int] = AUDIO_SECONDS) -> None:
    """Let media of a length pass that some task can use.

    Raises:
        MediaUnreadable: audio outside its seconds, video over 10 minutes.
    """
    seconds = facts.duration
    if seconds is None:
        return
    shortest, longest = audio_seconds if facts.kind == "audio" else (0, VIDEO_SECONDS)
    if not shortest <= seconds <= longest:
        raise MediaUnreadable(
            f"The {facts.kind} is {float(seconds):.2f} seconds long;"
            f" it must be {shortest} to {longest} seconds."
        )


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _run_child(order: str, descriptors: tuple[int, ...]) -> bytes:
    """Start the child without environment, wait at most 30 seconds, return its line."""
    child = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-I", "-m", "gateway.library.inspect_child", order],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=descriptors,
        env={},
    )
    timer = Timer(WALL_SECONDS, child.kill)
    timer.start()
    try:
        with child:
            assert child.stdout is not None  # noqa: S101 - for the type checker
            line = child.stdout.read(ANSWER_BYTES + 1)
            child.kill()
    finally:
        timer.cancel()
    return line if len(line) <= ANSWER_BYTES else b""
