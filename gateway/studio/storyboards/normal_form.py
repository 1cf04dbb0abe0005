"""The normal form of the texts in a storyboard.

The problem: an export to Markdown, read back, must give the same document, and the same text must
not be stored in two spellings. So every text is brought into one form when it is read, before it is
checked or stored. The Markdown reader and writer rely on it.

- Unicode NFC; line ends are line feeds; tab is the only other control character.
- A line has no blanks around it.
- A block has no blanks at the ends of its lines, and no blank lines around it.
- An empty text is left out (None), and so is one of white space alone.

The functions here run before pydantic's own checks (`BeforeValidator`): a value that is not a text
passes through unchanged, and pydantic refuses it. Applying one twice changes nothing more.
"""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from gateway.kit.wire.plain_text import CONTROL_CHARACTER

UNTITLED = "Untitled"
MOST_TITLE_CHARACTERS = 200
BLANKS = " \t"
SURROGATE = re.compile("[\ud800-\udfff]")
LINE_PATTERN = "^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]*$"
SLUG_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"
SLUG_WORDS = "a to z, 0 to 9, underscores and hyphens, 32 at most"
ASSET_PATTERN = r"^asset://[A-Za-z0-9_]{1,64}$"


def normalize_text(raw_text: str) -> str:
    """Return a text in NFC with line feeds as line ends.

    Raises:
        PydanticCustomError: it has a control character, or half a surrogate pair.
    """
    # Before the check of control characters: a bare CR is a line end here, not one of those.
    normalized = unicodedata.normalize("NFC", raw_text.replace("\r\n", "\n").replace("\r", "\n"))
    if CONTROL_CHARACTER.search(normalized):
        raise PydanticCustomError(
            "control_character", "contains a control character other than tab and line breaks"
        )
    # JSON can escape half a pair alone; such a text cannot be stored as UTF-8.
    if SURROGATE.search(normalized):
        raise PydanticCustomError("half_a_character", "contains half a surrogate pair")
    return normalized


def normalize_line(value: object) -> object:
    """Return a line without blanks around it, or None if nothing is left.

    Raises:
        PydanticCustomError: it has several lines; see also `normalize_text`.
    """
    if not isinstance(value, str):
        return value
    return _none_if_blank(_trim_line(value))


def normalize_required_line(value: object) -> object:
    """Return a line without blanks around it, which must not be empty.

    Raises:
        PydanticCustomError: it is empty; see also `normalize_line`.
    """
    if not isinstance(value, str):
        return value
    trimmed = _trim_line(value)
    if not trimmed:
        raise PydanticCustomError("empty", "must not be empty")
    return trimmed


def normalize_block(value: object) -> object:
    """Return a block without blanks at line ends and blank lines around it, or None if empty.

    Raises:
        PydanticCustomError: see `normalize_text`.
    """
    if not isinstance(value, str):
        return value
    lines = [each.rstrip(BLANKS) for each in normalize_text(value).split("\n")]
    return _none_if_blank("\n".join(lines).strip("\n"))


def _trim_line(raw_text: str) -> str:
    trimmed = normalize_text(raw_text).strip(BLANKS)
    if "\n" in trimmed:
        raise PydanticCustomError("several_lines", "must be a single line")
    return trimmed


def _none_if_blank(words: str) -> str | None:
    """Return a text, or None if it is white space alone.

    `strip` knows all white space of Unicode, of which we trim only blanks and tabs. A text of one
    U+3000 would count as given, and `split`, which joins the words of a prompt, would empty it.
    """
    return words if words.strip() else None


def title_from_name(name: str) -> str:
    """Return the title of a storyboard that is created with only a name: one line, cut to fit."""
    return " ".join(normalize_text(name).split())[:MOST_TITLE_CHARACTERS].rstrip() or UNTITLED


def is_empty(value: object) -> bool:
    """Return True if a value is left out of JSON and Markdown."""
    return value is None or value == ()


def optional_field(description: str) -> Any:  # noqa: ANN401 - a FieldInfo that stands for its default
    """Declare a field that is left out where it is empty."""
    return Field(default=None, exclude_if=is_empty, description=description)


def list_field(description: str, most_items: int) -> Any:  # noqa: ANN401
    """Declare a list that is left out where it is empty."""
    return Field(default=(), exclude_if=is_empty, max_length=most_items, description=description)


def one_line_field(most_characters: int) -> Any:  # noqa: ANN401
    """Declare a text of one line, with its pattern for clients that read only the schema."""
    return Field(max_length=most_characters, json_schema_extra={"pattern": LINE_PATTERN})


Slug = Annotated[
    str,
    Field(
        pattern=SLUG_PATTERN,
        description=f"Short name that never changes: {SLUG_WORDS}.",
        examples=["shot_1"],
    ),
]
AssetRef = Annotated[
    str, Field(pattern=ASSET_PATTERN, examples=["asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF"])
]
Title = Annotated[
    str, one_line_field(MOST_TITLE_CHARACTERS), BeforeValidator(normalize_required_line)
]
Spoken = Annotated[str, one_line_field(2_000), BeforeValidator(normalize_required_line)]
Line = Annotated[Annotated[str, one_line_field(500)] | None, BeforeValidator(normalize_line)]
Block = Annotated[Annotated[str, Field(max_length=20_000)] | None, BeforeValidator(normalize_block)]
