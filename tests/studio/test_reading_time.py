"""Reading an import takes time in proportion to its length, so it cannot block the gateway."""

import time
from contextlib import suppress

import pytest

from gateway.kit.errors import InvalidInput, Problem
from gateway.studio.storyboards import fountain_reader, markdown_reader

MANY_CHARACTERS, SECONDS = 100_000, 5
BOARD = '---\nkillatamata: storyboard/1\ntitle: "T"\n---\n## Scene s1\n### Shot a\n'
BLANKS = " " * MANY_CHARACTERS
MARKDOWN = {
    "dialogue": f"#### Dialogue\n- {' ' * 3_000}x",  # it once took the cube of it
    "dialogue with a name": f"#### Dialogue\n- A{BLANKS}x",
    "field": f"- {BLANKS}x",
    "heading": f"### Shot {BLANKS}x y",
    "text after blank lines": "\n" * MANY_CHARACTERS + "x\n" * MANY_CHARACTERS,
    "value": f"- references: {'[' * MANY_CHARACTERS}",
}
FOUNTAIN = {
    "cue": f"INT. A\n\nA{BLANKS}:\nx",
    "extensions": f"INT. A\n\nA{'(a)' * MANY_CHARACTERS}:\nx",
    "scene number": f"INT. A{BLANKS}#x",
    "open comments": "/*" * MANY_CHARACTERS,
    "comments": "/**/" * MANY_CHARACTERS,
    "open notes": "[[" * MANY_CHARACTERS,
    "notes": "[[a]]" * MANY_CHARACTERS,
    "blank lines": "\n" * MANY_CHARACTERS,
    "page breaks": "===\n" * MANY_CHARACTERS,
    "transitions before any shot": ".A\n\n" * 10_000 + ">B\n\n" * 10_000,
    "title page": "Title: a\n" + "  b\n" * MANY_CHARACTERS,
}


def measure_seconds(text: str, format_name: str) -> float:
    began = time.process_time()
    with suppress(Problem):
        if format_name == "markdown":
            markdown_reader.parse_markdown(text)
        else:
            fountain_reader.parse_screenplay(text)
    return time.process_time() - began


@pytest.mark.parametrize("name", MARKDOWN)
def test_a_long_line_of_markdown_is_read_at_once(name: str) -> None:
    assert measure_seconds(BOARD + MARKDOWN[name] + "\n", "markdown") < SECONDS


@pytest.mark.parametrize("name", FOUNTAIN)
def test_a_long_screenplay_is_read_at_once(name: str) -> None:
    assert measure_seconds(FOUNTAIN[name], "fountain") < SECONDS


def test_a_comment_ends_at_its_end_and_lines_keep_their_numbers() -> None:
    found = fountain_reader.parse_screenplay(
        "/* a\nb */INT. ROOM\n\n/* c */\nHe /* d */ waits [[why]].\n"
    )
    assert [each.line for each in found.warnings] == [1, 1, 4, 5]
    (scene,) = found.document.scenes
    assert (scene.heading, scene.shots[0].action) == ("INT. ROOM", "He  waits .")
    assert scene.shots[0].notes == "why"


@pytest.mark.parametrize("text", [".A\n\n" * 201, "A fox.\n\n" * 201])
def test_reading_ends_where_a_storyboard_is_full(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        fountain_reader.parse_screenplay(text)
    assert caught.value.field == "document.scenes"
