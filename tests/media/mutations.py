"""Whole media files, and ways to break them."""

import io
import random
from pathlib import Path

from tests.media.made_media import make_picture, write_film, write_song


def build_media_file(kind: str, folder: Path) -> bytes:
    """Return the bytes of a valid file: an mp4, a wav, or else a PNG."""
    if kind == "mp4":
        return write_film(folder / "film.mp4", sound="aac", frames=9).read_bytes()
    if kind == "wav":
        return write_song(
            folder / "song.wav", form="wav", codec="pcm_s16le", seconds=6
        ).read_bytes()
    out = io.BytesIO()
    make_picture(128, 96).save(out, "PNG")
    return out.getvalue()


def mutate_bytes(data: bytes, seed: int) -> bytes:
    """Return a file with bytes changed, cut out, doubled or cut off; equal for equal seeds."""
    chance = random.Random(seed)  # noqa: S311 - a test repeats itself
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 20, 200))):
        at = (
            chance.randrange(len(changed)) if seed % 2 else chance.randrange(min(len(changed), 400))
        )
        changed[at] = chance.randrange(256)
    at, length = chance.randrange(len(changed)), chance.randrange(64)
    kind = chance.randrange(5)
    if kind == 0:
        del changed[at : at + length]
    elif kind == 1:
        changed[at:at] = changed[at : at + length]
    elif kind == 2:
        del changed[at:]
    return bytes(changed)
