"""Previews: a stored image or video as one small JPEG, made once and stored beside it.

Those that a worker made of a job's output are copied with the output.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Literal

import structlog

from gateway.kit.errors import Problem, StorageFull
from gateway.library.errors import UnsupportedMedia
from gateway.library.inspection.inspector import make_drawing, make_preview
from gateway.library.inspection.turns import InspectionBudget
from gateway.library.kinds import VISUAL_KINDS
from gateway.library.preview_files import (
    StoredPreviews,
    build_drawn_key,
    build_preview_clip_key,
    build_preview_key,
)
from gateway.library.uploads.received_files import temporary_file
from gateway.storage.base import KeyMissing, Storage

PREVIEW_MIME_TYPE = "image/jpeg"
log = structlog.stdlib.get_logger("gateway.library")
DrawnForm = Literal["poster", "card"]


async def load_preview(
    storage: Storage, folder: Path, *, key: str, kind: str, frames: int, budget: InspectionBudget
) -> bytes:
    """Return the preview of a stored file, made if there is none yet.

    `frames` is the number of moments of a video on one sheet, 1 to 4.

    Raises:
        UnsupportedMedia: the kind cannot be shown as a picture.
        MediaUnreadable: the file does not decode.
        KeyMissing: the file's bytes are gone.
        RateLimited: the account has used its processor time of this minute.
    """
    if kind not in VISUAL_KINDS:
        raise UnsupportedMedia(
            f"There are no previews of {kind}.", field="ref", hint="Read the asset itself."
        )
    count = frames if kind == "video" else 1
    preview_key = build_drawn_key(key, f"preview{count}")
    draw = partial(make_preview, frames=count, budget=budget)
    return await _load_or_draw(storage, folder, key, preview_key, draw)


async def load_drawing(
    storage: Storage, folder: Path, *, key: str, form: DrawnForm, budget: InspectionBudget
) -> bytes:
    """Return a stored image or video as a large JPEG, made if there is none yet.

    A poster has at most 1280 pixels a side, a card is cut to 1200 by 630.

    Raises:
        MediaUnreadable, KeyMissing, RateLimited: see `load_preview`.
    """
    draw = partial(make_drawing, form=form, budget=budget)
    return await _load_or_draw(storage, folder, key, build_drawn_key(key, form), draw)


async def _load_or_draw(
    storage: Storage,
    folder: Path,
    key: str,
    drawn_key: str,
    draw: Callable[[Path, Path], Awaitable[None]],
) -> bytes:
    try:
        return await _join_pieces(await storage.open(drawn_key))
    except KeyMissing:
        return await _draw_and_store(storage, folder, key, drawn_key, draw)


async def _draw_and_store(
    storage: Storage,
    folder: Path,
    key: str,
    preview_key: str,
    draw: Callable[[Path, Path], Awaitable[None]],
) -> bytes:
    with temporary_file(folder) as source, temporary_file(folder) as target:
        await storage.fetch_to(key, source)
        await draw(source, target)
        picture = target.read_bytes()
        try:
            await storage.put_file(preview_key, target, PREVIEW_MIME_TYPE)
        except StorageFull:
            return picture  # it is stored only to save the work of the next call
    return picture


async def _join_pieces(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def copy_previews(
    storage: Storage, previews: StoredPreviews, source: str, key: str
) -> StoredPreviews:
    """Copy the previews of the file under `source` to its copy under `key`; none if one fails."""
    clip_key = None if previews.clip_key is None else build_preview_clip_key(key)
    pairs = [
        (build_preview_key(source, side), build_preview_key(key, side)) for side in previews.sides
    ]
    if previews.clip_key is not None and clip_key is not None:
        pairs.append((previews.clip_key, clip_key))
    try:
        await asyncio.gather(*(storage.copy(old, new) for old, new in pairs))
    except Problem as error:
        log.warning("previews_not_copied", key=key, reason=type(error).__name__)
        return StoredPreviews()
    return StoredPreviews(previews.sides, clip_key, previews.placeholder)
