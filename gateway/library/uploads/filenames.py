"""Filenames from callers: labels that are cleaned, and never become part of a path."""

import re
import unicodedata

MAX_FILENAME_CHARACTERS = 255
MAX_TITLE_CHARACTERS = 200
DEFAULT_FILENAME = "file"
TEXT_TYPES = {".md": "text/markdown", ".txt": "text/plain"}
# Control characters, line and paragraph separators, and marks that change the direction of text:
# with them `gpj.exe` can read `exe.jpg`.
UNSAFE_CHARACTERS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


def clean_filename(name: str) -> str:
    """Return the last part of a path or name, without characters that could deceive a reader."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    return UNSAFE_CHARACTERS.sub("", last).strip(" .")[:MAX_FILENAME_CHARACTERS] or DEFAULT_FILENAME


def title_from_filename(filename: str) -> str:
    """Return a title for an asset that has only a filename: the filename without extension."""
    return (filename.rpartition(".")[0] or filename)[:MAX_TITLE_CHARACTERS]


def text_type_from_filename(filename: str) -> str | None:
    """Return the media type of a text file with this name, or None if it names no text."""
    return TEXT_TYPES.get(filename[filename.rfind(".") :].lower())
