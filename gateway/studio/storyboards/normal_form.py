"""The one form in which the words of a storyboard are kept, so that what is stored is exported.

NFC; line ends are line feeds; no other control character but tab; one-line texts without blanks
around them; blocks without trailing blanks and without blank lines around them; empty is absent,
and so is a text of nothing but white space.
"""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from gateway.kit.plain_text import CONTROL

UNTITLED = "Untitled"
MOST_TITLE = 200
BLANKS = " \t"
SURROGATE = re.compile("[\ud800-\udfff]")
LINE_PATTERN = "^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]*$"
SLUG_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"
SLUG_WORDS = "a to z, 0 to 9, underscores and hyphens, 32 at most"
ASSET_PATTERN = r"^asset://[A-Za-z0-9_]{1,64}$"


def text(words: str) -> str:
    """Return words in NFC with line feeds as line ends.

    Raises:
        PydanticCustomError: a control character, or half a surrogate pair.
    """
    found = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\r", "\n"))
    if CONTROL.search(found):
        raise PydanticCustomError(
            "control_character", "contains a control character other than tab and line breaks"
        )
    if SURROGATE.search(found):
        raise PydanticCustomError("half_a_character", "contains half a surrogate pair")
    return found


def line(given: object) -> object:
    """Return a one-line text without blanks around it, or None where nothing is left.

    Raises:
        PydanticCustomError: it has several lines; see also `text`.
    """
    if not isinstance(given, str):
        return given
    return _some_words(_trim_line(given))


def some_line(given: object) -> object:
    """Return a one-line text that is not empty.

    Raises:
        PydanticCustomError: it is; see also `line`.
    """
    if not isinstance(given, str):
        return given
    found = _trim_line(given)
    if not found:
        raise PydanticCustomError("empty", "must not be empty")
    return found


def block(given: object) -> object:
    """Return a text without trailing blanks and blank lines around it, or None if it is empty.

    Raises:
        PydanticCustomError: see `text`.
    """
    if not isinstance(given, str):
        return given
    lines = [each.rstrip(BLANKS) for each in text(given).split("\n")]
    return _some_words("\n".join(lines).strip("\n"))


def _trim_line(given: str) -> str:
    found = text(given).strip(BLANKS)
    if "\n" in found:
        raise PydanticCustomError("several_lines", "must be a single line")
    return found


def _some_words(words: str) -> str | None:
    """Return the words, or None of any white space alone: Unicode has more than we trim.

    The words of a prompt are joined by `split`, which leaves nothing of a lone U+3000.
    """
    return words if words.strip() else None


def title_of(name: str) -> str:
    """Return a title made of a name."""
    return " ".join(text(name).split())[:MOST_TITLE].rstrip() or UNTITLED


def absent(value: object) -> bool:
    """Return True if a value is left out of the text."""
    return value is None or value == ()


def optional(description: str) -> Any:  # noqa: ANN401 - a FieldInfo that stands for its default
    """Describe a field that is left out where it is empty."""
    return Field(default=None, exclude_if=absent, description=description)


def several(description: str, most: int) -> Any:  # noqa: ANN401
    """Describe a list that is left out where it is empty."""
    return Field(default=(), exclude_if=absent, max_length=most, description=description)


def one_line(most: int) -> Any:  # noqa: ANN401
    """Describe a text of one line with at most so many characters."""
    return Field(max_length=most, json_schema_extra={"pattern": LINE_PATTERN})


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
Title = Annotated[str, one_line(MOST_TITLE), BeforeValidator(some_line)]
Spoken = Annotated[str, one_line(2_000), BeforeValidator(some_line)]
Line = Annotated[Annotated[str, one_line(500)] | None, BeforeValidator(line)]
Block = Annotated[Annotated[str, Field(max_length=20_000)] | None, BeforeValidator(block)]
