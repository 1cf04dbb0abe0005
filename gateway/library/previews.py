"""Previews: a stored image or video as one small JPEG, made once and stored beside it.

Those that a worker made of a job's output are copied with the output; those of an upload are made
once it is stored. They are a bonus: a file without any is kept all the same.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import structlog
from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from gateway.kit.errors import Problem, StorageFull
from gateway.library.errors import MediaUnreadable, UnsupportedMedia
from gateway.library.inspection.child_protocol import ChildAnswer
from gateway.library.inspection.inspector import make_drawing, make_preview, make_preview_set
from gateway.library.inspection.turns import InspectionBudget
from gateway.library.kinds import VISUAL_KINDS
from gateway.library.preview_files import (
    PREVIEW_CLIP_TYPE,
    PREVIEW_PICTURE_TYPE,
    PREVIEW_SIDES,
    StoredPreviews,
    build_drawn_key,
    build_preview_clip_key,
    build_preview_key,
)
from gateway.library.uploads.received_files import temporary_file
from gateway.storage.base import KeyMissing, Storage

PREVIEW_MIME_TYPE = "image/jpeg"
log = structlog.stdlib.get_logger("gateway.library")
PLACEHOLDER = re.compile(r"data:image/webp;base64,[A-Za-z0-9+/=]{1,200}")
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


async def store_upload_previews(
    storage: Storage, folder: Path, *, key: str, path: Path, budget: InspectionBudget
) -> StoredPreviews:
    """Draw and store the previews of the file at `path`, stored under `key`; none if that fails."""
    try:
        with temporary_file(folder) as target:
            answer = await make_preview_set(path, target, budget=budget)
            drawn = split_drawn(answer, await asyncio.to_thread(target.read_bytes))
        for side, picture in drawn.pictures.items():
            await _put_bytes(
                storage, folder, build_preview_key(key, side), picture, PREVIEW_PICTURE_TYPE
            )
        clip_key = build_preview_clip_key(key) if drawn.clip else None
        if clip_key is not None:
            await _put_bytes(storage, folder, clip_key, drawn.clip, PREVIEW_CLIP_TYPE)
    except (Problem, OSError) as error:
        log.info("previews_not_made", key=key, reason=type(error).__name__)
        return StoredPreviews()
    return StoredPreviews(sorted(drawn.pictures), clip_key, drawn.placeholder)


class DrawnAnswer(BaseModel):
    """The answer of a child about the previews that it drew: their lengths, and the placeholder."""

    pictures: list[tuple[int, NonNegativeInt]]
    clip_bytes: NonNegativeInt = Field(alias="clipBytes")
    placeholder: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """The previews that a child drew: pictures by their longest side, and a clip, or none."""

    pictures: dict[int, bytes]
    clip: bytes
    placeholder: str


def split_drawn(answer: ChildAnswer, data: bytes) -> Drawn:
    """Return the files of a child's answer.

    A decoder that was taken over answers what it likes: only pictures, a clip and a placeholder in
    our formats go on.

    Raises:
        MediaUnreadable: something else is among them.
    """
    try:
        told = DrawnAnswer.model_validate(answer)
    except ValidationError as error:
        raise MediaUnreadable from error
    pictures, start = dict[int, bytes](), 0
    for side, length in told.pictures:
        pictures[side] = data[start : start + length]
        start += length
    drawn = Drawn(pictures, data[start : start + told.clip_bytes], told.placeholder)
    are_pictures = all(
        side in PREVIEW_SIDES and each[:4] == b"RIFF" and each[8:12] == b"WEBP"
        for side, each in pictures.items()
    )
    is_clip = not drawn.clip or drawn.clip[4:8] == b"ftyp"
    if not (pictures and are_pictures and is_clip and PLACEHOLDER.fullmatch(drawn.placeholder)):
        raise MediaUnreadable
    return drawn


async def _put_bytes(storage: Storage, folder: Path, key: str, data: bytes, kind: str) -> None:
    with temporary_file(folder) as path:
        await asyncio.to_thread(path.write_bytes, data)
        await storage.put_file(key, path, kind)


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
