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
from gateway.library.filenames import text_type
from gateway.library.inspect import SNIFFED_BYTES, inspect, sniff
from gateway.library.inspect_turns import Asker
from gateway.library.kinds import KINDS, MIB

BLOCK_BYTES = MIB
MOST_BYTES = {"text": MIB} | {name: kind.most_bytes for name, kind in KINDS.items()}
UPLOAD_AUDIO_SECONDS = (0, 600)
DECODED_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Arrived:
    """A complete file as it was sent, and the kinds of asset that its first bytes allow."""

    path: Path
    size_bytes: int
    sha256: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The file to store, and its measurements; `facts` are None for text."""

    kind: str
    mime_type: str
    path: Path
    size_bytes: int
    sha256: str
    facts: MediaFacts | None = None


@contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    """Create an empty file for the block; it is removed at its end."""
    handle, name = mkstemp(dir=folder)
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


async def save(
    parts: AsyncIterator[bytes],
    path: Path,
    *,
    filename: str,
    max_bytes: int,
    before: Callable[[int], Awaitable[None]],
) -> Arrived:
    """Write the parts to a file; `before` is called with the new size before each block.

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

        async for block in _blocks(parts):
            kinds = kinds or kinds_of(block[:SNIFFED_BYTES], filename)
            size += len(block)
            check_size(size, min(max_bytes, max(MOST_BYTES[kind] for kind in kinds)))
            await before(size)
            await asyncio.to_thread(write, block)
    if not size:
        raise MediaUnreadable("The file is empty.")
    return Arrived(path, size, sha256.hexdigest(), kinds)


def kinds_of(head: bytes, filename: str) -> tuple[str, ...]:
    """Return the kinds that a file with these first bytes may be, the likeliest first.

    Raises:
        UnsupportedMedia: no kind that we keep begins like this.
    """
    if sniffed := sniff(head):
        _, kinds = sniffed
        return tuple(sorted(kinds, reverse=True))  # video before audio
    if text_type(filename) is not None:
        return ("text",)
    raise UnsupportedMedia


def kinds_of_file(path: Path, filename: str) -> tuple[str, ...]:
    """Return the kinds that a complete file may be.

    Raises:
        UnsupportedMedia: no kind that we keep begins like this.
        PayloadTooLarge: the file is larger than its kind may be.
    """
    with path.open("rb", buffering=0) as file:
        kinds = kinds_of(file.read(SNIFFED_BYTES), filename)
    check_size(path.stat().st_size, max(MOST_BYTES[kind] for kind in kinds))
    return kinds


def check_size(size_bytes: int, most_bytes: int) -> None:
    """Refuse a file over its limit.

    Raises:
        PayloadTooLarge: the file is larger.
    """
    if size_bytes > most_bytes:
        raise PayloadTooLarge(
            f"The file is larger than {most_bytes:,} bytes.",
            hint="Send a smaller file: images 25 MiB, audio 50 MiB, video 512 MiB, text 1 MiB.",
            limitBytes=most_bytes,
        )


async def _blocks(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
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
def removed_at_end(measured: Measured, arrived: Arrived) -> Iterator[Measured]:
    """Remove the re-encoded file at the end of the block, which stores it."""
    try:
        yield measured
    finally:
        if measured.path != arrived.path:
            measured.path.unlink(missing_ok=True)


async def measure(arrived: Arrived, filename: str, asker: Asker) -> Measured:
    """Measure a file in the limited child and return the file to store; text is only read.

    Raises:
        UnsupportedMedia: the file is of no kind that we keep.
        MediaUnreadable: it does not decode, or is outside the limits.
        PayloadTooLarge: it is larger than its kind may be.
        RateLimited: the asker has used its processor time of this minute.
    """
    if arrived.kinds == ("text",):
        return await asyncio.to_thread(_text, arrived, filename)
    *likelier, last = arrived.kinds
    for kind in likelier:
        try:
            return await _media(arrived, kind, asker)
        except UnsupportedMedia as refused:
            try:
                return await _media(arrived, last, asker)
            except UnsupportedMedia:
                raise refused from None  # the refusal of the likelier kind says more
    return await _media(arrived, last, asker)


async def _media(arrived: Arrived, kind: str, asker: Asker) -> Measured:
    check_size(arrived.size_bytes, MOST_BYTES[kind])
    media_kind: Kind = kind  # type: ignore[assignment]  # the sniffer names no other
    folder = arrived.path.parent
    inspected = await inspect(
        arrived.path,
        media_kind,
        out_folder=folder,
        count="packets",
        audio_seconds=UPLOAD_AUDIO_SECONDS,
        asker=asker,
    )
    if kind == "video" and (inspected.facts.duration or 0) <= DECODED_SECONDS:
        # A clip this short may be the input of a task that depends on each frame: the count of
        # packets is only an estimate, so its frames are decoded and counted.
        inspected.path.unlink()
        inspected = await inspect(arrived.path, media_kind, out_folder=folder, asker=asker)
    facts = inspected.facts
    return Measured(kind, facts.mime_type, inspected.path, facts.size_bytes, facts.sha256, facts)


def _text(arrived: Arrived, filename: str) -> Measured:
    try:
        text = arrived.path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UnsupportedMedia("The text is not valid UTF-8.") from None
    if "\0" in text:
        raise UnsupportedMedia("The text contains a NUL character.")
    mime_type = text_type(filename) or ""
    return Measured("text", mime_type, arrived.path, arrived.size_bytes, arrived.sha256)
