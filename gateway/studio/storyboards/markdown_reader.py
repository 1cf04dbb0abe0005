"""The reader of storyboards in Markdown, exported or written by hand.

It goes through the lines once and fills one part at a time: the storyboard, a character, a scene or
a shot. A refusal names the line. The type of a value comes from its key, never from its looks, so a
title of `24` stays a text. Text outside a block is kept where it belongs, with a warning; unknown
keys and headings, ids given twice and values of a wrong type are refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jiter
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from gateway.kit.wire.json_text import JsonObject
from gateway.kit.wire.misspellings import build_suggestion
from gateway.kit.wire.plain_text import CONTROL_CHARACTER
from gateway.kit.wire.validation import problem_from_validation, read_first_error
from gateway.studio.errors import StoryboardSyntax
from gateway.studio.storyboards.markdown import (
    CHARACTER_BLOCKS,
    CHARACTER_FIELDS,
    EXAMPLE_TEXT,
    FENCE,
    FORMAT_VERSION,
    FRONT_MATTER_FIELDS,
    SCENE_BLOCKS,
    SHOT_BLOCKS,
    SHOT_FIELDS,
)
from gateway.studio.storyboards.model import Character, Scene, Shot, Storyboard
from gateway.studio.storyboards.normal_form import BLANKS, SLUG_PATTERN, SLUG_WORDS

JSON_FIELDS = frozenset(
    {
        "defaults",
        "characters",
        "references",
        "continuity",
        "width",
        "height",
        "fps",
        "durationFrames",
        "durationSeconds",
        "seed",
        "generateAudio",
    }
)
# Possessive quantifiers (`++`, `*+`): a hostile line cannot make a match backtrack, so reading
# takes time in proportion to the text. `tests/studio/test_reading_time.py` measures it.
HEADING = re.compile(r"(#+)[ \t]*(.*)")
PART_HEADING = re.compile(r"(Character|Scene|Shot)[ \t]++([^ \t:]++)[ \t]*+(?::[ \t]*+(.*))?")
FRONT_LINE = re.compile(r"([A-Za-z]++)[ \t]*+:[ \t]*+(.*)")
FIELD_LINE = re.compile(r"-[ \t]++([A-Za-z]++)[ \t]*+:[ \t]*+(.*)")
DIALOGUE_LINE = re.compile(r"-[ \t]++([^:()]++)(?:\(([^()]*+)\)[ \t]*+)?:[ \t]*+(.+)")
ESCAPED_HEADING = re.compile(r"\\+#")
BYTE_ORDER_MARK = "\ufeff"
PART_LEVEL, SHOT_LEVEL, BLOCK_LEVEL = 2, 3, 4
HEADING_FIELDS = {"Character": "name", "Scene": "heading", "Shot": "title"}


@dataclass(frozen=True, slots=True)
class LineWarning:
    """A warning that a line was read otherwise than written; lines count from 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class ParsedStoryboard:
    """A storyboard that was read from a text, and the warnings about it."""

    document: Storyboard
    warnings: Sequence[LineWarning]


def parse_markdown(text: str) -> ParsedStoryboard:
    """Parse a storyboard in Markdown.

    Raises:
        StoryboardSyntax: a line cannot be read; it comes with a small example.
        InvalidInput: the text has more than a storyboard can hold.
    """
    lines = [line.rstrip(BLANKS) for line in split_lines(text)]
    reader = _MarkdownReader()
    try:
        start = reader.read_front_matter(lines)
        for number, line in enumerate(lines[start:], start + 1):
            reader.read_line(line, number)
        return reader.build_storyboard()
    except StoryboardSyntax as problem:
        problem.members["example"] = EXAMPLE_TEXT
        raise


def is_markdown(text: str) -> bool:
    """Return True if a text begins like an exported storyboard."""
    return text.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(FENCE)


def split_lines(text: str) -> list[str]:
    """Return the lines of a text without a byte order mark, split at line feeds.

    Not by `splitlines`: that also splits at U+2028 and other characters which a text may contain.

    Raises:
        StoryboardSyntax: a line has a control character.
    """
    text = text.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if match := CONTROL_CHARACTER.search(line):
            code = f"U+{ord(match.group()):04X}"
            raise StoryboardSyntax(f"It contains the control character {code}.", number)
    return lines


@dataclass(slots=True)
class _PartDraft:
    """One part of the storyboard while it is read: its values, and the line of each.

    `fields` and `blocks` are what it may have. `texts` holds the lines of each block by its field;
    `loose_field` is the field that text outside a block goes into.
    """

    model: type[BaseModel]
    line: int
    loose_field: str
    fields: Sequence[str] = ()
    blocks: Mapping[str, str] = field(default_factory=dict)
    values: JsonObject = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    field_lines: dict[str, int] = field(default_factory=dict)
    loose_lines: list[str] = field(default_factory=list)

    def claim_field(self, name: str, line: int) -> None:
        """Record the line of a field.

        Raises:
            StoryboardSyntax: the part has the field already.
        """
        if name in self.field_lines:
            raise StoryboardSyntax(f"`{name}` is given twice.", line)
        self.field_lines[name] = line

    def build_values(self) -> JsonObject:
        """Return the values of the part, loose text included, when all are valid.

        Each part is validated alone, because only here the line of a wrong value is known.

        Raises:
            StoryboardSyntax: a value is not valid; the line is that of its field.
        """
        values = self.values | {name: "\n".join(lines) for name, lines in self.texts.items()}
        if loose := "\n".join(self.loose_lines).strip("\n"):
            block = str(values.get(self.loose_field, "")).strip("\n")
            values[self.loose_field] = f"{loose}\n\n{block}" if block else loose
        try:
            self.model.model_validate_json(to_json(values), strict=True)
        except ValidationError as error:
            place = str(error.errors()[0]["loc"][0])
            first = read_first_error(error, self.model)
            line = self.field_lines.get(place, self.line)
            # Below the field the path has names of the text, which are not ours to repeat as ours.
            inner = first["field"] if first["field"] != place else ""
            raise StoryboardSyntax(
                f"`{place}` {first['message']}.", line, first["hint"], quoted=inner
            ) from None
        return values


class _MarkdownReader:
    """The storyboard as far as it is read.

    Fields go into `part`, the last heading's; lines go into its `block`, while one is open.
    """

    def __init__(self) -> None:
        self.board_part = _PartDraft(Storyboard, 1, "notes", FRONT_MATTER_FIELDS)
        self.characters: list[_PartDraft] = []
        self.scenes: list[tuple[_PartDraft, list[_PartDraft]]] = []
        self.warnings: list[LineWarning] = []
        self.part = self.board_part
        self.block: str | None = None
        self.ids: set[tuple[str, str]] = set()

    def read_front_matter(self, lines: Sequence[str]) -> int:
        """Read the front matter and return the number of its lines.

        Raises:
            StoryboardSyntax: it is not the front matter of a storyboard.
        """
        if lines[0] != FENCE:
            raise StoryboardSyntax(f"A storyboard must begin with `{FENCE}`.", 1)
        version = None
        for number, line in enumerate(lines[1:], 2):
            if line == FENCE:
                break
            match = FRONT_LINE.fullmatch(line)
            if match is None:
                raise StoryboardSyntax("Front matter lines must be `key: value`.", number)
            if match[1] == "killatamata":
                version = match[2].strip('"')
            else:
                self._read_field(match[1], match[2], number)
        else:
            raise StoryboardSyntax(f"The front matter must end with `{FENCE}`.", len(lines))
        if version != FORMAT_VERSION:
            raise StoryboardSyntax(f"The front matter must say `killatamata: {FORMAT_VERSION}`.", 2)
        if "title" not in self.board_part.values:
            raise StoryboardSyntax("The front matter needs a `title`.", number)
        return number

    def read_line(self, line: str, number: int) -> None:
        """Read one line below the front matter."""
        if line.startswith("#"):
            self._read_heading(line, number)
        elif self.block == "dialogue":
            self._read_dialogue_line(line, number)
        elif self.block is not None:
            self.part.texts[self.block].append(_unescape_heading(line))
        elif match := FIELD_LINE.fullmatch(line):
            self._read_field(match[1], match[2], number)
        else:
            self._keep_loose_line(line, number)

    def build_storyboard(self) -> ParsedStoryboard:
        """Return the whole storyboard.

        Raises:
            StoryboardSyntax: a value is not valid.
            InvalidInput: the text has more than a storyboard can hold.
        """
        characters = [part.build_values() for part in self.characters]
        scenes = [
            scene.build_values() | {"shots": [shot.build_values() for shot in shots]}
            for scene, shots in self.scenes
        ]
        whole = self.board_part.build_values() | {"characters": characters, "scenes": scenes}
        try:
            document = Storyboard.model_validate_json(to_json(whole), strict=True)
        except ValidationError as error:
            raise problem_from_validation(error, Storyboard, "document") from None
        return ParsedStoryboard(document, self.warnings)

    def _read_heading(self, line: str, number: int) -> None:
        match = HEADING.fullmatch(line)
        level, words = (len(match[1]), match[2]) if match else (0, "")
        part_match = PART_HEADING.fullmatch(words)
        kind = part_match[1] if part_match else words
        if level == PART_LEVEL and words == "Notes":
            self.part, self.block = self.board_part, "notes"
            self._open_block("notes", number)
        elif part_match and level == (SHOT_LEVEL if kind == "Shot" else PART_LEVEL):
            self._begin_part(kind, part_match[2], part_match[3], number)
        elif level == BLOCK_LEVEL and words in self.part.blocks:
            self.block = self.part.blocks[words]
            self._open_block(self.block, number)
        else:
            raise StoryboardSyntax(
                "This is not a heading of a storyboard here; text that begins with # "
                "is written with a backslash before it.",
                number,
                quoted=line,
            )

    def _open_block(self, name: str, number: int) -> None:
        self.part.claim_field(name, number)
        if name == "dialogue":
            self.part.values[name] = []
        else:
            self.part.texts[name] = []

    def _begin_part(self, kind: str, name: str, text: str | None, number: int) -> None:
        if not re.fullmatch(SLUG_PATTERN, name):
            raise StoryboardSyntax(
                f"This is not an id: {SLUG_WORDS}, for example `shot_1`.", number, quoted=name
            )
        if (kind, name) in self.ids:
            raise StoryboardSyntax(f"Another {kind.lower()} has the id `{name}`.", number)
        self.ids.add((kind, name))
        self.block = None
        if kind == "Character":
            self.part = _PartDraft(
                Character, number, "description", CHARACTER_FIELDS, CHARACTER_BLOCKS
            )
            self.characters.append(self.part)
        elif kind == "Scene":
            self.part = _PartDraft(Scene, number, "notes", (), SCENE_BLOCKS)
            self.scenes.append((self.part, []))
        elif self.scenes:
            self.part = _PartDraft(Shot, number, "action", SHOT_FIELDS, SHOT_BLOCKS)
            self.scenes[-1][1].append(self.part)
        else:
            raise StoryboardSyntax("A shot must be below a scene.", number)
        self.part.values["id"] = name
        if text:
            self.part.values[HEADING_FIELDS[kind]] = text

    def _read_field(self, name: str, words: str, number: int) -> None:
        if name not in self.part.fields:
            hint = build_suggestion(name, self.part.fields, otherwise="Known here")
            raise StoryboardSyntax(f"This is not a known field. {hint}", number, quoted=name)
        self.part.claim_field(name, number)
        self.part.values[name] = _parse_value(name, words, number)

    def _read_dialogue_line(self, line: str, number: int) -> None:
        if not line:
            return
        match = DIALOGUE_LINE.fullmatch(line)
        if match is None:
            raise StoryboardSyntax("A line of dialogue must be `- NAME (how): words`.", number)
        spoken_line = {"character": match[1], "parenthetical": match[2], "line": match[3]}
        self.part.values["dialogue"].append(spoken_line)

    def _keep_loose_line(self, line: str, number: int) -> None:
        if not self.part.loose_lines:
            if not line:
                return
            field_name = f"`{self.part.loose_field}`"
            message = f"Text outside a block was moved to {field_name}."
            self.warnings.append(LineWarning(number, message))
        self.part.loose_lines.append(_unescape_heading(line))


def _parse_value(name: str, raw_value: str, number: int) -> Any:  # noqa: ANN401 - JSON
    """Return the value of a field: JSON for structured fields and quoted texts, else as written."""
    if name not in JSON_FIELDS and not raw_value.startswith('"'):
        return raw_value
    try:
        return jiter.from_json(raw_value.encode(), catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError:
        raise StoryboardSyntax(f"The value of `{name}` is not JSON.", number) from None


def _unescape_heading(line: str) -> str:
    return line[1:] if ESCAPED_HEADING.match(line) else line
