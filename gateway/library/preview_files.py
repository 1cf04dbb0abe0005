"""Preview files: the small pictures and the silent clip that a worker stores beside each output.

They lie beside their file, under keys that derive from its key, so whatever deletes the folder of a
file deletes them too. Only the sizes that exist are recorded. They are a bonus: files of older
releases have none, and a preview that could not be made or stored is left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

PREVIEW_SIDES = (256, 512, 1024)
"""The longest sides of the pictures in pixels, ascending."""
PREVIEW_PICTURE_TYPE, PREVIEW_CLIP_TYPE = "image/webp", "video/mp4"
CLIP_NAME = "preview.mp4"
DRAWN_FORMS = ("preview1", "preview2", "preview3", "preview4", "poster", "card")
PICTURE_NAME = re.compile(r"preview-([0-9]{1,5})\.webp")


class HasPreviews(Protocol):
    """A row of a file and its previews: an output or an asset."""

    key: str
    previews: str | None
    preview_clip_key: str | None
    placeholder: str | None


@dataclass(frozen=True, slots=True)
class StoredPreviews:
    """The previews that were stored of one file; `placeholder` is a tiny picture as data URI."""

    sides: Sequence[int] = ()
    clip_key: str | None = None
    placeholder: str | None = None

    def to_columns(self) -> Mapping[str, str | None]:
        """Return the columns of the file's row."""
        return {
            "previews": ",".join(map(str, self.sides)) or None,
            "preview_clip_key": self.clip_key,
            "placeholder": self.placeholder,
        }


def build_preview_key(key: str, side: int) -> str:
    """Return the storage key of a preview picture of the file under `key`."""
    return f"{key.rpartition('.')[0]}-preview-{side}.webp"


def build_preview_clip_key(key: str) -> str:
    """Return the storage key of the preview clip of the file under `key`."""
    return f"{key.rpartition('.')[0]}-preview.mp4"


def build_drawn_key(key: str, form: str) -> str:
    """Return the storage key of a picture of the file under `key` that is drawn when asked for."""
    return f"{key.rpartition('.')[0]}-{form}.jpg"


def list_drawn_keys(key: str) -> list[str]:
    """Return the storage keys of all pictures that may have been drawn of a file."""
    return [build_drawn_key(key, form) for form in DRAWN_FORMS]


def build_picture_name(side: int) -> str:
    """Return the last part of the URL of a preview picture."""
    return f"preview-{side}.webp"


def parse_sides(previews: str | None) -> list[int]:
    """Return the sizes of the pictures that exist, ascending, from the column of a row."""
    return [int(side) for side in previews.split(",")] if previews else []


def choose_sides(row: HasPreviews) -> dict[int, int]:
    """Return for each usual size the size of the picture that is shown for it; {} without any.

    A picture is never enlarged, so of a small one the large sizes do not exist: its largest
    preview, which has the picture's own size, stands for them.
    """
    sides = parse_sides(row.previews)
    return {
        wanted: next((side for side in sides if side >= wanted), sides[-1])
        for wanted in (PREVIEW_SIDES if sides else ())
    }


def read_previews(row: HasPreviews) -> StoredPreviews:
    """Return the previews of a row."""
    return StoredPreviews(parse_sides(row.previews), row.preview_clip_key, row.placeholder)


def list_preview_keys(key: str, previews: str | None, clip_key: str | None) -> list[str]:
    """Return the storage keys of all previews that the columns of a row name."""
    keys = [build_preview_key(key, side) for side in parse_sides(previews)]
    return keys if clip_key is None else [*keys, clip_key]


def find_preview(row: HasPreviews, name: str) -> tuple[str, str] | None:
    """Return storage key and media type of the preview that a URL ends with, or None."""
    if name == CLIP_NAME and row.preview_clip_key is not None:
        return row.preview_clip_key, PREVIEW_CLIP_TYPE
    match = PICTURE_NAME.fullmatch(name)
    if match is None or int(match[1]) not in parse_sides(row.previews):
        return None
    return build_preview_key(row.key, int(match[1])), PREVIEW_PICTURE_TYPE


def is_preview_name(name: str) -> bool:
    """Return True if a URL that ends with this name asks for a preview, not for the file."""
    return name == CLIP_NAME or PICTURE_NAME.fullmatch(name) is not None
