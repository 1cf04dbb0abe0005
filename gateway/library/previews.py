"""Previews: a stored image or video as one small JPEG, made once and kept beside its bytes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

from gateway.kit.errors import StorageFull
from gateway.library.arrivals import temporary
from gateway.library.errors import UnsupportedMedia
from gateway.library.inspect import preview
from gateway.library.inspect_turns import Asker
from gateway.library.kinds import VISUAL
from gateway.storage.base import KeyMissing, Storage

MIME_TYPE = "image/jpeg"


async def of(
    storage: Storage, folder: Path, *, key: str, kind: str, frames: int, asker: Asker
) -> bytes:
    """Return the preview of what lies under a key; `frames` are moments of a video, 1 to 4.

    Raises:
        UnsupportedMedia: it is nothing to see.
        MediaUnreadable: it does not decode.
        KeyMissing: its bytes are gone.
        RateLimited: the asker has used up its minute.
    """
    if kind not in VISUAL:
        raise UnsupportedMedia(
            f"There are no previews of {kind}.", field="ref", hint="Read the asset itself."
        )
    count = frames if kind == "video" else 1
    kept = f"{key.rpartition('.')[0]}-preview{count}.jpg"
    try:
        return await _whole(await storage.open(kept))
    except KeyMissing:
        return await _made(storage, folder, key, kept, partial(preview, frames=count, asker=asker))


async def _made(
    storage: Storage,
    folder: Path,
    key: str,
    kept: str,
    draw: Callable[[Path, Path], Awaitable[None]],
) -> bytes:
    with temporary(folder) as source, temporary(folder) as target:
        await storage.fetch_to(key, source)
        await draw(source, target)
        made = target.read_bytes()
        try:
            await storage.put_file(kept, target, MIME_TYPE)
        except StorageFull:
            return made  # it is only kept to save the work
    return made


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])
