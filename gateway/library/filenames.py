"""A filename is a label that somebody else made: made harmless, and never part of a path."""

import re
import unicodedata

LONGEST = 255
LONGEST_NAME = 200
NAMELESS = "file"
TEXT_TYPES = {".md": "text/markdown", ".txt": "text/plain"}
# Controls, line and paragraph separators, and what turns the direction of text around.
REMOVED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def cleaned(given: str) -> str:
    """Return the last part of a name, without what could deceive a reader."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    return REMOVED.sub("", last).strip(" .")[:LONGEST] or NAMELESS


def title(filename: str) -> str:
    """Return what to call a thing that has only a filename."""
    return (filename.rpartition(".")[0] or filename)[:LONGEST_NAME]


def text_type(filename: str) -> str | None:
    """Return the media type of a text with this name, or None: it does not name a text."""
    return TEXT_TYPES.get(filename[filename.rfind(".") :].lower())
