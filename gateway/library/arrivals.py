"""A file arrives: counted, hashed and sniffed on its way to disk, then measured and re-written."""

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
    """A whole file as it came, and the kinds of asset that its first bytes allow."""

    path: Path
    size_bytes: int
    sha256: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What shall be stored, and what it is; `facts` only of media."""

    kind: str
    mime_type: str
    path: Path
    size_bytes: int
    sha256: str
    facts: MediaFacts | None = None


@contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    """Give a new file; it is removed at the end."""
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
    """Write the parts to a file; `before` hears how large it will be with each block.

    Raises:
        UnsupportedMedia: nothing that we keep begins like this.
        PayloadTooLarge: more bytes than its kind may have.
        MediaUnreadable: it is empty.
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
    """Return what a file that begins like this may be, the likeliest first.

    Raises:
        UnsupportedMedia: nothing that we keep.
    """
    if found := sniff(head):
        return tuple(sorted(found[1], reverse=True))
    if text_type(filename) is not None:
        return ("text",)
    raise UnsupportedMedia


def kinds_of_file(path: Path, filename: str) -> tuple[str, ...]:
    """Return what a file that is already here may be, if it is not too large for it.

    Raises:
        UnsupportedMedia, PayloadTooLarge: see there.
    """
    with path.open("rb", buffering=0) as file:
        kinds = kinds_of(file.read(SNIFFED_BYTES), filename)
    check_size(path.stat().st_size, max(MOST_BYTES[kind] for kind in kinds))
    return kinds


def check_size(size_bytes: int, most_bytes: int) -> None:
    """Hold a file to its limit.

    Raises:
        PayloadTooLarge: it is over it.
    """
    if size_bytes > most_bytes:
        raise PayloadTooLarge(
            f"The file is larger than {most_bytes:,} bytes.",
            hint="Send a smaller file: images 25 MiB, audio 50 MiB, video 512 MiB, text 1 MiB.",
            limitBytes=most_bytes,
        )


async def _blocks(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small parts: each block costs a change of thread."""
    waiting = bytearray()
    async for part in parts:
        waiting += part
        if len(waiting) >= BLOCK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


@contextmanager
def removed_at_end(measured: Measured, arrived: Arrived) -> Iterator[Measured]:
    """Remove what was re-written when it has been stored."""
    try:
        yield measured
    finally:
        if measured.path != arrived.path:
            measured.path.unlink(missing_ok=True)


async def measure(arrived: Arrived, filename: str, asker: Asker) -> Measured:
    """Open the file in the limited child and return what to store of it; text is only read.

    Raises:
        UnsupportedMedia: it is of no kind that we keep.
        MediaUnreadable: it does not decode, or is outside the limits.
        PayloadTooLarge: more bytes than its kind may have.
        RateLimited: the asker has used up its minute.
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
                raise refused from None
    return await _media(arrived, last, asker)


async def _media(arrived: Arrived, kind: str, asker: Asker) -> Measured:
    check_size(arrived.size_bytes, MOST_BYTES[kind])
    known: Kind = kind  # type: ignore[assignment]  # the sniffer names no other
    folder = arrived.path.parent
    found = await inspect(
        arrived.path,
        known,
        out_folder=folder,
        count="packets",
        audio_seconds=UPLOAD_AUDIO_SECONDS,
        asker=asker,
    )
    if kind == "video" and (found.facts.duration or 0) <= DECODED_SECONDS:
        # short enough for a task that depends on each frame: packets are only a hint
        found.path.unlink()
        found = await inspect(arrived.path, known, out_folder=folder, asker=asker)
    facts = found.facts
    return Measured(kind, facts.mime_type, found.path, facts.size_bytes, facts.sha256, facts)


def _text(arrived: Arrived, filename: str) -> Measured:
    try:
        text = arrived.path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UnsupportedMedia("The text is not valid UTF-8.") from None
    if "\0" in text:
        raise UnsupportedMedia("The text contains a NUL character.")
    mime_type = text_type(filename) or ""
    return Measured("text", mime_type, arrived.path, arrived.size_bytes, arrived.sha256)
