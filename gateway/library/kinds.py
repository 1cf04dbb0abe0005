"""The kinds of media, each said once: its file types, its limit, its word, and whether it is seen.

Pages, the library, jobs and workers ask here; what a job makes is the kind that its task declares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, get_args

from gateway.library.facts import Kind

MIB = 2**20
EXTENSIONS: Mapping[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "text/markdown": "md",
    "text/plain": "txt",
    "application/json": "json",
}
_MIME_TYPES = {extension: mime_type for mime_type, extension in EXTENSIONS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaKind:
    """One kind of media.

    `noun` is what people call one. `formats` are the media types of what our jobs make by the word
    of `outputFormat`, the default first. `most_bytes` is the largest file that is taken in.
    `is_visual` says that a still picture of it can be shown.
    """

    noun: str
    formats: Mapping[str, str]
    most_bytes: int
    is_visual: bool

    def output_type(self, effective: Mapping[str, Any]) -> str:
        """Return the media type of what a job with this effective input makes."""
        return self.formats[effective.get("outputFormat") or next(iter(self.formats))]


KINDS: Mapping[Kind, MediaKind] = {
    "image": MediaKind(
        noun="picture",
        formats={"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"},
        most_bytes=25 * MIB,
        is_visual=True,
    ),
    "video": MediaKind(
        noun="clip", formats={"mp4": "video/mp4"}, most_bytes=512 * MIB, is_visual=True
    ),
    "audio": MediaKind(
        noun="sound",
        formats={"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"},
        most_bytes=50 * MIB,
        is_visual=False,
    ),
}
VISUAL: frozenset[str] = frozenset(name for name, kind in KINDS.items() if kind.is_visual)
# What browsers show themselves: each media type of a kind begins with its name.
MEDIA_TYPES = tuple(f"{name}/" for name in get_args(Kind))


def guess_mime_type(name: str | PurePath) -> str:
    """Return the media type that a file name ends in."""
    extension = PurePath(name).suffix.removeprefix(".").lower()
    return _MIME_TYPES.get(extension, "application/octet-stream")
