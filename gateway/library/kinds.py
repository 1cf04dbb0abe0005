"""The kinds of media: file types, size limit, noun, and whether a picture of it can be shown.

The library, jobs, workers and pages read them here; a task declares the kind that its jobs make.
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

    `noun` is the word for one on pages. `formats` are the media types that jobs can make, by the
    value of `outputFormat`, the default first. `max_bytes` limits an upload. `is_visual` is True
    where a still picture of it can be shown.
    """

    noun: str
    formats: Mapping[str, str]
    max_bytes: int
    is_visual: bool

    def output_mime_type(self, effective: Mapping[str, Any]) -> str:
        """Return the media type of the output of a job with this effective input."""
        return self.formats[effective.get("outputFormat") or next(iter(self.formats))]


KINDS: Mapping[Kind, MediaKind] = {
    "image": MediaKind(
        noun="picture",
        formats={"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"},
        max_bytes=25 * MIB,
        is_visual=True,
    ),
    "video": MediaKind(
        noun="clip", formats={"mp4": "video/mp4"}, max_bytes=512 * MIB, is_visual=True
    ),
    "audio": MediaKind(
        noun="sound",
        formats={"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg"},
        max_bytes=50 * MIB,
        is_visual=False,
    ),
}
VISUAL_KINDS: frozenset[str] = frozenset(name for name, kind in KINDS.items() if kind.is_visual)
# Media types that browsers show inline begin like this: each begins with the name of its kind.
INLINE_TYPE_PREFIXES = tuple(f"{name}/" for name in get_args(Kind))


def guess_mime_type(name: str | PurePath) -> str:
    """Return the media type for the extension of a file name."""
    extension = PurePath(name).suffix.removeprefix(".").lower()
    return _MIME_TYPES.get(extension, "application/octet-stream")
