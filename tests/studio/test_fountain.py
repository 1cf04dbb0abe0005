import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kit.errors import Unprocessable
from gateway.studio.storyboards.fountain_reader import parse_screenplay
from gateway.studio.storyboards.markdown import render_markdown
from gateway.studio.storyboards.markdown_reader import parse_markdown as read_markdown
from gateway.studio.storyboards.model import check_storyboard

SAMPLES = sorted((Path(__file__).parent / "fountain").glob("*.fountain"))
SCRIPT = """\
Title:
    _**THE HATCH**_
    A Short Walk
Credit: written by
Author: A. Person
Draft date: 2026-11-25
Contact:
    12 Any Street
    Anytown

FADE IN:

# Act I

= A fox wakes up on a ship that should be empty.

INT. AIRLOCK - NIGHT #1A#

= It finds the hatch.

Red light. A grey FOX in a worn suit
leans on a wheel hatch. [[hold on the eyes]]

FOX
(low)
Now.
Or never.
(beat)
{pause}
No. Now!

The wheel turns.

!SNAP

[[ sound first,
then picture ]]

CUT TO:

.THE SHIP ITSELF

@McFinn (V.O.) (CONT'D)
~Row, row, row
I know this one.

OWL ^
So do I.

===

~Gently down the stream

> THE END <

/* A long
comment. */

> BURN TO WHITE.

EXT. DUNES - DAY

Nobody. ...nothing.
""".replace("{pause}", "  ")


def parse_board(text: str) -> dict[str, Any]:
    return check_storyboard(parse_screenplay(text).document).model_dump(mode="json", by_alias=True)


def parse_shots(text: str) -> list[dict[str, Any]]:
    return [shot for scene in parse_board(text)["scenes"] for shot in scene["shots"]]


def test_a_whole_script_becomes_scenes_and_shots() -> None:
    found = parse_board(SCRIPT)
    assert found["title"] == "THE HATCH A Short Walk"
    assert found["notes"].split("\n") == [
        "Credit: written by",
        "Author: A. Person",
        "Draft date: 2026-11-25",
        "Contact: 12 Any Street",
        "Anytown",
    ]
    headings = ["INT. AIRLOCK - NIGHT", "THE SHIP ITSELF", "EXT. DUNES - DAY"]
    assert [scene["heading"] for scene in found["scenes"]] == headings
    ids = [[shot["id"] for shot in scene["shots"]] for scene in found["scenes"]]
    assert ids == [["s1a", "s1b", "s1c"], ["s2a", "s2b"], ["s3a"]]


def test_sections_synopses_and_numbers_are_notes_of_the_scene() -> None:
    assert parse_board(SCRIPT)["scenes"][0]["notes"].split("\n") == [
        "FADE IN:",
        "# Act I",
        "= A fox wakes up on a ship that should be empty.",
        "Scene number: 1A",
        "= It finds the hatch.",
    ]


def test_dialogue_joins_the_shot_before_it() -> None:
    first, second, third, fourth, *_ = parse_shots(SCRIPT)
    assert first["action"] == ("Red light. A grey FOX in a worn suit\nleans on a wheel hatch.")
    assert first["dialogue"] == [
        {"character": "FOX", "parenthetical": "low", "line": "Now. Or never."},
        {"character": "FOX", "parenthetical": "beat", "line": "No. Now!"},
    ]
    assert first["notes"] == "hold on the eyes"
    assert second["action"] == "The wheel turns."
    assert third["action"] == "SNAP"
    assert third["notes"] == "sound first,\nthen picture\nCUT TO:"
    assert fourth["dialogue"] == [
        {
            "character": "McFinn",
            "parenthetical": "V.O., CONT'D, sings",
            "line": "Row, row, row I know this one.",
        },
        {"character": "OWL", "line": "So do I."},
    ]
    assert fourth["music"] == "Gently down the stream"


def test_centred_text_is_action_and_a_forced_transition_a_note() -> None:
    *_, fifth, last = parse_shots(SCRIPT)
    assert (fifth["action"], fifth["notes"]) == ("THE END", "BURN TO WHITE.")
    assert last["action"] == "Nobody. ...nothing."


def test_what_is_left_out_is_said_with_its_line() -> None:
    lines = SCRIPT.split("\n")
    told = [
        (lines[each.line - 1], each.message.split(" ")[0])
        for each in parse_screenplay(SCRIPT).warnings
    ]
    assert told == [("OWL ^", "Dialogue"), ("===", "A"), ("/* A long", "A")]


def test_every_kind_of_heading_opens_a_scene() -> None:
    heads = ["INT. A", "EXT. B", "EST. C", "INT./EXT. D", "INT/EXT E", "I/E F", "int g", ".H"]
    scenes = parse_board("\n\n".join(heads))["scenes"]
    assert [scene["heading"] for scene in scenes] == [*heads[:-1], "H"]
    assert [shot["action"] for shot in parse_shots("...and then\n\nInternal affairs.")] == [
        "...and then",
        "Internal affairs.",
    ]


def test_a_cue_needs_words_below_it() -> None:
    assert [shot["action"] for shot in parse_shots("A FOX\n\nNOW!")] == ["A FOX", "NOW!"]
    (only,) = parse_shots("FOX\n(waits)\n\n")
    assert only["notes"] == "FOX (waits)"
    (only,) = parse_shots("INT. HALL\n\nR2D2 (O.S.)\nBeep.")
    assert only["dialogue"][0]["character"] == "R2D2"
    (only,) = parse_shots("INT. HALL\n\n!SNAP\n[[sound\nfirst]]")
    assert (only["action"], only["notes"]) == ("SNAP", "sound\nfirst")
    (only,) = parse_shots("INT. HALL\n\nFOX\n[[sound\nfirst]]")
    assert only["notes"] == "sound\nfirst\nFOX"


def test_a_script_without_title_page_says_so() -> None:
    found = parse_screenplay("FADE IN:\n\nINT. HALL\n\nA fox.")
    assert found.document.title == "Untitled"
    assert [each.line for each in found.warnings] == [1]
    assert found.document.scenes[0].notes == "FADE IN:"


def test_marks_that_do_not_end_are_text() -> None:
    assert [shot["action"] for shot in parse_shots("A [[note\n\nB /* c")] == ["A [[note", "B /* c"]


@settings(max_examples=150)
@given(st.lists(st.sampled_from([*SCRIPT.split("\n"), "", "[[", "]]"]) | st.text(max_size=8)))
def test_any_script_is_read_and_survives_markdown(lines: list[str]) -> None:
    try:
        document = parse_screenplay("\n".join(lines)).document
    except Unprocessable:
        return
    assert read_markdown(render_markdown(document)).document == document


@settings(max_examples=100)
@given(st.lists(st.sampled_from(SCRIPT.replace("CUT", "Q").split("\n")), max_size=30))
def test_no_word_is_lost_but_comments(lines: list[str]) -> None:
    text = "\n".join(["INT. START", "", *[each for each in lines if "/*" not in each]])
    kept = parse_screenplay(text).document.model_dump_json()
    for word in ("fox", "Gently", "WHITE", "beat", "SNAP", "THE END", "McFinn", "Anytown", "V.O."):
        assert (word in text) <= (word in kept), word


def test_there_are_samples() -> None:
    assert len(SAMPLES) == 16


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_samples_of_fountain_itself_are_read_without_loss(sample: Path) -> None:
    """They are those of the reference implementation; its licence lies beside them."""
    text = sample.read_text()
    document = check_storyboard(parse_screenplay(text).document)
    markdown = render_markdown(document)
    assert render_markdown(read_markdown(markdown).document) == markdown
    kept = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    lost = {word for word in re.findall(r"[A-Za-z]{2,}", kept) if word not in markdown}
    assert lost <= {"Title"}
