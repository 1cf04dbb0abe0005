"""Received files: counted, hashed and sniffed on the way to disk, then measured and re-encoded.

A file is judged as early as possible: its kind by the first bytes, its size by each block.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from gateway.kit.errors import PayloadTooLarge
from gateway.library.errors import MediaUnreadable, UnsupportedMedia
from gateway.library.facts import Kind, MediaFacts
from gateway.library.inspection.inspector import SNIFFED_BYTES, inspect_media, sniff_format
from gateway.library.inspection.turns import InspectionBudget
from gateway.library.kinds import KINDS, MIB
from gateway.library.uploads.filenames import text_type_from_filename

BLOCK_BYTES = MIB
MAX_BYTES_BY_KIND = {"text": MIB} | {name: kind.max_bytes for name, kind in KINDS.items()}
UPLOAD_AUDIO_SECONDS = (0, 600)
MAX_DECODED_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A complete file as it was sent, and the kinds of asset that its first bytes allow."""

    path: Path
    size_bytes: int
    sha256: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """The file to store, and its measurements; `facts` are None for text."""

    kind: str
    mime_type: str
    path: Path
    size_bytes: int
    sha256: str
    facts: MediaFacts | None = None


@contextmanager
def temporary_file(folder: Path) -> Iterator[Path]:
    """Create an empty file for the block; it is removed at its end."""
    handle, name = mkstemp(dir=folder)
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


async def save_parts(
    parts: AsyncIterator[bytes],
    path: Path,
    *,
    filename: str,
    max_bytes: int,
    ensure_room: Callable[[int], Awaitable[None]],
) -> ReceivedFile:
    """Write the parts to a file; `ensure_room` is called with the new size before each block.

    Raises:
        UnsupportedMedia: no kind that we keep begins like this.
        PayloadTooLarge: the file is larger than its kind may be.
        MediaUnreadable: the file is empty.
    """
    sha256, size = hashlib.sha256(), 0
    kinds: tuple[str, ...] = ()
    with path.open("wb", buffering=0) as file:

        def write(block: bytes) -> None:
            sha256.update(block)
            file.write(block)

        async for block in _join_parts(parts):
            kinds = kinds or detect_kinds(block[:SNIFFED_BYTES], filename)
            size += len(block)
            check_size(size, min(max_bytes, max(MAX_BYTES_BY_KIND[kind] for kind in kinds)))
            await ensure_room(size)
            await asyncio.to_thread(write, block)
    if not size:
        raise MediaUnreadable("The file is empty.")
    return ReceivedFile(path, size, sha256.hexdigest(), kinds)


def detect_kinds(head: bytes, filename: str) -> tuple[str, ...]:
    """Return the kinds that a file with these first bytes may be, the likeliest first.

    Raises:
        UnsupportedMedia: no kind that we keep begins like this.
    """
    if sniffed := sniff_format(head):
        _, kinds = sniffed
        return tuple(sorted(kinds, reverse=True))  # video before audio
    if text_type_from_filename(filename) is not None:
        return ("text",)
    raise UnsupportedMedia


def detect_file_kinds(path: Path, filename: str) -> tuple[str, ...]:
    """Return the kinds that a complete file may be.

    Raises:
        UnsupportedMedia: no kind that we keep begins like this.
        PayloadTooLarge: the file is larger than its kind may be.
    """
    with path.open("rb", buffering=0) as file:
        kinds = detect_kinds(file.read(SNIFFED_BYTES), filename)
    check_size(path.stat().st_size, max(MAX_BYTES_BY_KIND[kind] for kind in kinds))
    return kinds


def check_size(size_bytes: int, max_bytes: int) -> None:
    """Refuse a file over its limit.

    Raises:
        PayloadTooLarge: the file is larger.
    """
    if size_bytes > max_bytes:
        raise PayloadTooLarge(
            f"The file is larger than {max_bytes:,} bytes.",
            hint="Send a smaller file: images 25 MiB, audio 50 MiB, video 512 MiB, text 1 MiB.",
            limitBytes=max_bytes,
        )


async def _join_parts(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small parts into blocks of at least 1 MiB: each write costs a switch of threads."""
    pending = bytearray()
    async for part in parts:
        pending += part
        if len(pending) >= BLOCK_BYTES:
            yield bytes(pending)
            pending.clear()
    if pending:
        yield bytes(pending)


@contextmanager
def removing_rewritten_file(
    measured: MeasuredFile, received: ReceivedFile
) -> Iterator[MeasuredFile]:
    """Remove the re-encoded file at the end of the block, which stores it."""
    try:
        yield measured
    finally:
        if measured.path != received.path:
            measured.path.unlink(missing_ok=True)


async def measure_file(
    received: ReceivedFile, filename: str, budget: InspectionBudget
) -> MeasuredFile:
    """Measure a file in the limited child and return the file to store; text is only read.

    Raises:
        UnsupportedMedia: the file is of no kind that we keep.
        MediaUnreadable: it does not decode, or is outside the limits.
        PayloadTooLarge: it is larger than its kind may be.
        RateLimited: the account has used its processor time of this minute.
    """
    if received.kinds == ("text",):
        return await asyncio.to_thread(_measure_text, received, filename)
    *likelier, last = received.kinds
    for kind in likelier:
        try:
            return await _measure_media(received, kind, budget)
        except UnsupportedMedia as refused:
            try:
                return await _measure_media(received, last, budget)
            except UnsupportedMedia:
                raise refused from None  # the refusal of the likelier kind says more
    return await _measure_media(received, last, budget)


async def _measure_media(
    received: ReceivedFile, kind: str, budget: InspectionBudget
) -> MeasuredFile:
    check_size(received.size_bytes, MAX_BYTES_BY_KIND[kind])
    media_kind: Kind = kind  # type: ignore[assignment]  # the sniffer names no other
    folder = received.path.parent
    inspected = await inspect_media(
        received.path,
        media_kind,
        out_folder=folder,
        count_method="packets",
        audio_seconds=UPLOAD_AUDIO_SECONDS,
        budget=budget,
    )
    if kind == "video" and (inspected.facts.duration or 0) <= MAX_DECODED_SECONDS:
        # A clip this short may be the input of a task that depends on each frame: the count of
        # packets is only an estimate, so its frames are decoded and counted.
        inspected.path.unlink()
        inspected = await inspect_media(received.path, media_kind, out_folder=folder, budget=budget)
    facts = inspected.facts
    return MeasuredFile(
        kind, facts.mime_type, inspected.path, facts.size_bytes, facts.sha256, facts
    )


def _measure_text(received: ReceivedFile, filename: str) -> MeasuredFile:
    try:
        text = received.path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UnsupportedMedia("The text is not valid UTF-8.") from None
    if "\0" in text:
        raise UnsupportedMedia("The text contains a NUL character.")
    mime_type = text_type_from_filename(filename) or ""
    return MeasuredFile("text", mime_type, received.path, received.size_bytes, received.sha256)
