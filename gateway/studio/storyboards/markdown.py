"""Storyboards as Markdown, `storyboard/1`: the form in which they are exported.

The export is canonical: reading it back gives the same document, and exporting that one the same
bytes. `gateway.studio.storyboards.markdown_reader` reads it, and Markdown that people write by
hand.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from gateway.studio.storyboards.model import (
    EXAMPLE_STORYBOARD,
    Character,
    Dialogue,
    Scene,
    Shot,
    Storyboard,
)

FORMAT_VERSION: Final = "storyboard/1"
FENCE: Final = "---"
BARE_VALUE = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]*")
HEADING_LIKE = re.compile(r"\\*#")
FRONT_MATTER_FIELDS = ("title", "logline", "defaults")
CHARACTER_FIELDS = ("references",)
SHOT_FIELDS = (
    "status",
    "size",
    "angle",
    "movement",
    "lens",
    "camera",
    "characters",
    "width",
    "height",
    "fps",
    "durationFrames",
    "durationSeconds",
    "seed",
    "generateAudio",
    "startFrame",
    "finalFrame",
    "referenceAudio",
    "references",
    "continuity",
    "take",
)
CHARACTER_BLOCKS = {"Description": "description"}
SCENE_BLOCKS = {"Notes": "notes"}
SHOT_BLOCKS = {
    "Action": "action",
    "Dialogue": "dialogue",
    "Prompt": "prompt",
    "Negative prompt": "negativePrompt",
    "Sound": "sfx",
    "Music": "music",
    "Notes": "notes",
}


def render_markdown(document: Storyboard) -> str:
    """Render a storyboard as Markdown, a blank line between its parts and a newline at the end."""
    return "\n\n".join(_render_parts(document)) + "\n"


def _render_parts(document: Storyboard) -> Iterator[str]:
    fields = _to_wire_fields(document)
    lines = [
        f"{name}: {_render_json(fields[name])}" for name in FRONT_MATTER_FIELDS if name in fields
    ]
    yield "\n".join([FENCE, f"killatamata: {FORMAT_VERSION}", *lines, FENCE])
    if document.notes is not None:
        yield "## Notes"
        yield _escape_headings(document.notes)
    for character in document.characters:
        yield _render_heading("## Character", character.id, character.name)
        yield from _render_body(character, CHARACTER_FIELDS, CHARACTER_BLOCKS)
    for scene in document.scenes:
        yield _render_heading("## Scene", scene.id, scene.heading)
        yield from _render_body(scene, (), SCENE_BLOCKS)
        for shot in scene.shots:
            yield _render_heading("### Shot", shot.id, shot.title)
            yield from _render_body(shot, SHOT_FIELDS, SHOT_BLOCKS)


def _render_heading(kind: str, name: str, text: str | None) -> str:
    return f"{kind} {name}" if text is None else f"{kind} {name}: {text}"


def _render_body(
    part: Character | Scene | Shot, fields: tuple[str, ...], blocks: Mapping[str, str]
) -> Iterator[str]:
    values = _to_wire_fields(part)
    if lines := [f"- {name}: {_render_value(values[name])}" for name in fields if name in values]:
        yield "\n".join(lines)
    for heading, name in blocks.items():
        if name in values:
            yield f"#### {heading}"
            if isinstance(part, Shot) and name == "dialogue":
                yield _render_dialogue(part.dialogue)
            else:
                yield _escape_headings(str(values[name]))


def _to_wire_fields(part: Storyboard | Character | Scene | Shot) -> dict[str, object]:
    return part.model_dump(mode="json", by_alias=True)


def _render_dialogue(lines: tuple[Dialogue, ...]) -> str:
    return "\n".join(
        f"- {each.character}{f' ({each.parenthetical})' if each.parenthetical else ''}: {each.line}"
        for each in lines
    )


def _render_value(value: object) -> str:
    """Render a value bare if it is one word, else as JSON."""
    return value if isinstance(value, str) and BARE_VALUE.fullmatch(value) else _render_json(value)


def _render_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _escape_headings(block: str) -> str:
    """Put a backslash before each line that would be read as a heading.

    Lines that begin with backslashes and a # get one more, so that reading takes just one away.
    """
    lines = block.split("\n")
    return "\n".join(f"\\{line}" if HEADING_LIKE.match(line) else line for line in lines)


EXAMPLE_TEXT = render_markdown(Storyboard.model_validate(EXAMPLE_STORYBOARD))
"""The small storyboard of the model, as Markdown."""
