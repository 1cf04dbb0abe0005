import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.studio.errors import StoryboardSyntax
from gateway.studio.storyboards.edits import apply_edits
from gateway.studio.storyboards.markdown import render_markdown
from gateway.studio.storyboards.markdown_reader import parse_markdown
from gateway.studio.storyboards.model import EXAMPLE_STORYBOARD, Storyboard, check_storyboard
from gateway.studio.storyboards.schemas import SaveStoryboard
from tests.studio.documents import storyboards

PAGE = (Path(__file__).parents[2] / "docs" / "storyboards.md").read_text()
HATCH = """---
killatamata: storyboard/1
title: "The hatch"
defaults: {"width": 1280, "height": 704, "fps": 24, "durationFrames": 121}
---

## Scene s1: INT. AIRLOCK - NIGHT

### Shot s1a: Fox opens the hatch

- size: MCU
- continuity: {"fromShotId": "s0c", "overlapFrames": 9}

#### Dialogue

- FOX (low): Now.

#### Prompt

A grey fox in a worn suit leans on a wheel hatch …
"""


def build_markdown(*lines: str) -> str:
    return "\n".join(['---\nkillatamata: storyboard/1\ntitle: "T"\n---', *lines])


def parse_shot(*lines: str) -> dict[str, object]:
    document = parse_markdown(build_markdown("## Scene s1", "### Shot a", *lines)).document
    found: dict[str, object] = document.scenes[0].shots[0].model_dump(by_alias=True)
    return found


def get_refusal(text: str) -> StoryboardSyntax:
    with pytest.raises(StoryboardSyntax) as caught:
        parse_markdown(text)
    return caught.value


@pytest.mark.promise("studio: storyboard-round-trip")
@settings(max_examples=100)
@given(storyboards())
def test_any_storyboard_exported_and_imported_is_the_same(document: Storyboard) -> None:
    text = render_markdown(document)
    found = parse_markdown(text)
    assert found.document == document
    assert not found.warnings
    assert render_markdown(found.document).encode() == text.encode()


@settings(max_examples=25)
@given(storyboards())
def test_what_is_stored_is_read_back_as_it_was(document: Storyboard) -> None:
    text = document.model_dump_json(by_alias=True)
    assert Storyboard.model_validate_json(text, strict=True) == document


@settings(max_examples=100)
@given(st.lists(st.sampled_from(HATCH.split("\n")) | st.text(max_size=20), max_size=12))
def test_any_text_is_read_or_refused(lines: list[str]) -> None:
    try:
        document = parse_markdown(build_markdown(*lines)).document
    except StoryboardSyntax:
        return
    assert parse_markdown(render_markdown(document)).document == document


def test_the_example_of_the_page_is_canonical_and_takes_its_operations() -> None:
    (example,) = re.findall(r"^````markdown\n(.*?)^````$", PAGE, re.DOTALL | re.MULTILINE)
    found = parse_markdown(example)
    assert not found.warnings
    assert render_markdown(found.document) == example
    blocks = re.findall(r"^```json\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    document, given = map(json.loads, blocks)
    assert document == EXAMPLE_STORYBOARD
    edits = SaveStoryboard.model_validate(given | {"assetId": f"ast_{'0' * 26}"}).operations
    board = check_storyboard(apply_edits(check_storyboard(found.document), edits or ()))
    assert [shot.id for shot in board.shots()] == ["s1a", "s1c", "s1b"]
    assert board.logline == "A fox finds a door."


def test_the_example_of_the_format_is_canonical() -> None:
    document = parse_markdown(HATCH).document
    assert render_markdown(document) == HATCH
    assert document.scenes[0].shots[0].dialogue[0].parenthetical == "low"


def test_text_by_hand_is_read_leniently() -> None:
    text = (
        '\ufeff---\r\ntitle: "T"\r\nkillatamata: storyboard/1   \r\n---\r\n## Scene s1: HALL\r\n'
        'Dark.\r\n### Shot a\r\n- take: "asset://ast_b"\r\n- size: CU  \r\n- lens: 35mm wide\r\n'
        "\r\nA fox runs.\r\n\r\nIt stops.\r\n#### Prompt\r\nfox"
    )
    found = parse_markdown(text)
    (scene,) = found.document.scenes
    (only,) = scene.shots
    assert (scene.notes, only.action) == ("Dark.", "A fox runs.\n\nIt stops.")
    assert (only.size, only.lens, only.take) == ("CU", "35mm wide", "asset://ast_b")
    assert only.prompt == "fox"
    assert [warning.line for warning in found.warnings] == [6, 12]


def test_loose_text_and_its_block_are_joined() -> None:
    assert parse_shot("First.", "#### Action", "Then.")["action"] == "First.\n\nThen."


def test_the_type_of_a_value_comes_from_its_key() -> None:
    assert parse_shot("- lens: null")["lens"] == "null"
    assert parse_shot('- lens: "50"')["lens"] == "50"
    assert parse_shot("- seed: 7", "- generateAudio: false")["generateAudio"] is False


def test_lines_that_look_like_headings_survive_in_blocks() -> None:
    assert parse_shot("#### Notes", "\\# one", "\\\\## two")["notes"] == "# one\n\\## two"


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["## Scene s1", "### Shot a", "- sise: CU"], 7),
        (["## Scene s1", "### Shot a", "- size: HUGE"], 7),
        (["## Scene s1", "### Shot a", "- width: wide"], 7),
        (["## Scene s1", "### Shot a", "", "- width: 1.5"], 8),
        (["## Scene s1", "### Shot a", '- continuity: {"from": "b"}'], 7),
        (["## Scene s1", "### Shot a", '- continuity: {"fromShotId": "b", "fromShotId": "c"}'], 7),
        (["## Scene s1", "### Shot a", "- seed: 1", "- seed: 2"], 8),
        (["## Scene s1", "### Shot a", "## Scene s2", "### Shot a"], 8),
        (["## Scene s1", "## Scene s1"], 6),
        (["## Character x", "## Character x"], 6),
        (["### Shot a"], 5),
        (["## Scene S1"], 5),
        (["## Scene s1", "### Shot a", "#### Prompts", "x"], 7),
        (["## Scene s1", "### Shot a", "#### Notes", "x", "#### Notes", "y"], 9),
        (["## Scene s1", "### Shot a", "#### Dialogue", "FOX: Now."], 8),
        (["# Title"], 5),
        (["## Scene s1", "a\x00b"], 6),
        (["## Scene s1", "### Shot a", '- lens: "\\u0000"'], 7),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(lines: list[str], line: int) -> None:
    assert get_refusal(build_markdown(*lines)).members["line"] == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("# The hatch", 1),
        ('---\ntitle: "T"\n---\n', 2),
        ("---\nkillatamata: storyboard/2\ntitle: T\n---\n", 2),
        ("---\nkillatamata: storyboard/1\n---\n", 3),
        ("---\nkillatamata: storyboard/1\ntitle: T", 3),
        ("---\nkillatamata: storyboard/1\nwhat is this\n---\n", 3),
        ("---\nkillatamata: storyboard/1\ntitel: T\n---\n", 3),
        ('---\nkillatamata: storyboard/1\ntitle: ""\n---\n', 3),
        ("---\nkillatamata: storyboard/1\ntitle: T\ndefaults: {\n---\n", 4),
    ],
)
def test_a_text_without_its_front_matter_is_refused(text: str, line: int) -> None:
    assert get_refusal(text).members["line"] == line


def test_whatever_is_empty_is_absent() -> None:
    given = {"title": " T ", "logline": "", "notes": " \n", "defaults": {}, "characters": []}
    document = Storyboard.model_validate(given)
    assert json.loads(document.model_dump_json(by_alias=True)) == {
        "title": "T",
        "characters": [],
        "scenes": [],
    }
