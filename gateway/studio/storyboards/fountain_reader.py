"""The reader of screenplays in Fountain (fountain.io): a storyboard of scenes and shots.

A heading begins a scene, and a paragraph of action begins a shot; dialogue joins the shot before
it. Words are kept as they are, emphasis marks too, and what has no field of its own goes into
notes. Only comments (boneyard) and page breaks are dropped, with a warning.

Comments and notes may span lines and stand inside a line. So they are taken out of the whole text
first, each replaced by marks that keep the number of lines, and then the lines are read once. The
marks are control characters, which `split_lines` has refused in the text, so none can be forged.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from pydantic_core import to_json

from gateway.kit.wire.validation import problem_from_validation
from gateway.studio.storyboards.markdown_reader import LineWarning, ParsedStoryboard, split_lines
from gateway.studio.storyboards.model import (
    MOST_SCENES,
    MOST_SHOTS,
    Storyboard,
    build_scene_limit_problem,
    build_shot_limit_problem,
)
from gateway.studio.storyboards.normal_form import BLANKS, UNTITLED

# NUL, a number, NUL stands for a note; U+0001 for the rest of something taken out of a line.
NOTE_MARK = re.compile(r"\x00(\d+)\x00")
GAP_MARK = "\x01"
NOTE_BRACKETS, BONEYARD_BRACKETS = ("[[", "]]"), ("/*", "*/")
# Possessive quantifiers (`++`, `*+`): no hostile line makes a match backtrack.
TITLE_KEY = re.compile(r"([A-Za-z][A-Za-z ]*+):[ \t]*+(.*)")
TITLE_PAGE_KEYS = frozenset(
    [
        *("title", "credit", "author", "authors", "source", "date", "draft date", "contact"),
        *("copyright", "notes", "revision", "format"),
    ]
)
HEADING = re.compile(
    r"(?:INT\.?/EXT|EXT\.?/INT|INT|EXT|EST|I/E)[. ].*|\.(?=[^.\s]).*", re.IGNORECASE
)
SCENE_NUMBER = re.compile(r"[A-Za-z0-9.-]+")
TRANSITION = re.compile(r"[^a-z]*TO:|FADE (?:IN|OUT)[:.]?")
PAGE_BREAK = re.compile(r"={3,}")
CHARACTER_CUE = re.compile(r"(@?+)([^():^]*+)((?:\([^()]*+\)[ \t]*+)*+)(\^?)")
EXTENSION = re.compile(r"\(([^()]*)\)")
PARENTHETICAL = re.compile(r"\((.*)\)")
BRACKETS = str.maketrans("()", "[]")
EMPHASIS_MARKS = "*_"
MOST_LINE_CHARACTERS, MOST_NAME_CHARACTERS = 2_000, 100
ALPHABET_LETTERS = 26


def parse_screenplay(text: str) -> ParsedStoryboard:
    """Parse a screenplay in Fountain.

    Raises:
        StoryboardSyntax: the text has a control character.
        InvalidInput: the text has more than a storyboard can hold.
    """
    script = _ScreenplayReader()
    lines = script.mark_comments_and_notes("\n".join(split_lines(text)))
    last = _mark_last_lines(lines)
    for number in range(script.read_title_page(lines), len(lines)):
        script.read_line(lines[number], number + 1, is_last=last[number])
    return script.build_storyboard()


def _mark_last_lines(lines: Sequence[str]) -> list[bool]:
    """Return True for each line after which a blank line or the end comes.

    Lines that were taken out whole (one gap mark) do not count as lines in between.
    """
    flags, ends = [], True
    for line in reversed(lines):
        flags.append(ends)
        if line != GAP_MARK:
            ends = not line.strip(BLANKS)
    return flags[::-1]


@dataclass(slots=True)
class _ShotDraft:
    """One shot while it is read."""

    action: list[str] = field(default_factory=list)
    dialogue: list[dict[str, str]] = field(default_factory=list)
    music: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def build_shot(self, name: str) -> dict[str, object]:
        """Return the shot as JSON, with the id `name`."""
        texts = {"action": self.action, "music": self.music, "notes": self.notes}
        blocks = {field: "\n".join(lines) for field, lines in texts.items()}
        return {"id": name, "dialogue": self.dialogue, **blocks}


@dataclass(slots=True)
class _SceneDraft:
    """One scene while it is read."""

    heading: str | None = None
    notes: list[str] = field(default_factory=list)
    shots: list[_ShotDraft] = field(default_factory=list)


@dataclass(slots=True)
class _Speech:
    """The speech of one character, up to the next blank line.

    `parentheticals` are parentheticals that wait for the words they belong to.
    """

    name: str
    parentheticals: list[str]
    line: dict[str, str] | None = None


class _ScreenplayReader:
    """The screenplay as far as it is read.

    `notes` are those taken out of the text, by number; `board_notes` are those of the whole
    storyboard, `notes_for_next_scene` those for the next scene. `in_action`: the line before was
    action. `last_shot` is the newest of `shot_count` shots.
    """

    def __init__(self) -> None:
        self.title = ""
        self.board_notes: list[str] = []
        self.notes: list[str] = []
        self.scenes: list[_SceneDraft] = []
        self.notes_for_next_scene: list[str] = []
        self.warnings: list[LineWarning] = []
        self.speech: _Speech | None = None
        self.in_action = False
        self.last_shot: _ShotDraft | None = None
        self.shot_count = 0

    def mark_comments_and_notes(self, text: str) -> list[str]:
        """Return the lines of a text, their number kept, with marks for its comments and notes."""

        def dropped(comment: str, line: int) -> str:
            self.warnings.append(LineWarning(line, "A comment (boneyard) was left out."))
            return _build_gaps(comment)

        def marked(note: str, _line: int) -> str:
            self.notes.append(note[2:-2].strip().replace(GAP_MARK, ""))
            return f"\x00{len(self.notes) - 1}\x00{_build_gaps(note)}"

        return _replace_bracketed(
            _replace_bracketed(text, BONEYARD_BRACKETS, dropped), NOTE_BRACKETS, marked
        ).split("\n")

    def read_title_page(self, lines: Sequence[str]) -> int:
        """Read the title page, if the text has one, and return the number of its lines.

        The first line opens one if it is `KEY:` with a known key, a value, or an indented line
        below: `CUT TO:` alone is a transition.
        """
        first = TITLE_KEY.fullmatch(lines[0])
        indented = len(lines) > 1 and lines[1].startswith((" ", "\t"))
        if (
            first is None
            or not (first[2] or indented or first[1].lower() in TITLE_PAGE_KEYS)
            or HEADING.fullmatch(lines[0])
        ):
            return 0
        end = next((n for n, line in enumerate(lines) if not line.strip(BLANKS)), len(lines))
        values: dict[str, list[str]] = {}
        key = first[1]
        for line in lines[:end]:
            if match := TITLE_KEY.fullmatch(line):
                key = match[1]
            words = self._restore_notes((match[2] if match else line).strip(BLANKS))
            values.setdefault(key, []).extend([words] if words else [])
        for key, texts in values.items():
            if key.lower() == "title":
                self.title = " ".join(words.strip(EMPHASIS_MARKS) for words in texts)
            else:
                self.board_notes.append("\n".join([f"{key}: {' '.join(texts[:1])}", *texts[1:]]))
        return end

    def read_line(self, raw: str, number: int, *, is_last: bool) -> None:
        """Read one line; `is_last`: a blank line or the end comes after it."""
        line = raw.replace(GAP_MARK, "")
        # A line of which all was taken out is no blank line: it ends nothing.
        if GAP_MARK in raw and not line.strip(BLANKS):
            return
        # A line of blanks alone is a pause inside a speech; only an empty line ends that.
        if not line.strip(BLANKS):
            if self.speech is None or not line:
                self._end_paragraph()
            return
        marks = [int(mark) for mark in NOTE_MARK.findall(line)]
        line = NOTE_MARK.sub("", line).rstrip(BLANKS)
        if words := line.strip(BLANKS):
            if self.speech is not None:
                self._add_spoken_words(self.speech, words)
            else:
                self._read_outside_dialogue(line, words, number, is_last=is_last)
        self._attach_notes([self.notes[mark] for mark in marks])

    def build_storyboard(self) -> ParsedStoryboard:
        """Return the storyboard, with ids s1, s1a, s1b, … for scenes and shots.

        Raises:
            InvalidInput: the text has more than a storyboard can hold.
        """
        self._end_paragraph()
        last_notes = self.scenes[-1].notes if self.scenes else self.board_notes
        last_notes.extend(self.notes_for_next_scene)
        if not self.title:
            self.warnings.append(LineWarning(1, f"There is no title; it is named {UNTITLED}."))
        scenes = [
            {
                "id": f"s{number}",
                "heading": scene.heading,
                "notes": "\n".join(scene.notes),
                "shots": [
                    shot.build_shot(f"s{number}{_to_letters(place)}")
                    for place, shot in enumerate(scene.shots)
                ],
            }
            for number, scene in enumerate(self.scenes, 1)
        ]
        whole = {
            "title": self.title or UNTITLED,
            "notes": "\n".join(self.board_notes),
            "scenes": scenes,
        }
        try:
            document = Storyboard.model_validate_json(to_json(whole), strict=True)
        except ValidationError as error:
            raise problem_from_validation(error, Storyboard, "document") from None
        return ParsedStoryboard(document, sorted(self.warnings, key=lambda each: each.line))

    def _read_outside_dialogue(self, line: str, words: str, number: int, *, is_last: bool) -> None:
        """Read a line that belongs to no speech.

        The order of the branches is that of Fountain: forced marks come before what a line looks
        like. A heading or cue is none in the middle of a paragraph of action.
        """
        acting, self.in_action = self.in_action, False
        if PAGE_BREAK.fullmatch(words):
            self.warnings.append(LineWarning(number, "A page break was left out."))
        elif words.startswith("#"):
            self.notes_for_next_scene.append(words)
        elif words.startswith("="):
            (
                self.notes_for_next_scene
                if self.notes_for_next_scene or not self.scenes
                else self.scenes[-1].notes
            ).append(words)
        elif words.startswith("~"):
            self._get_shot().music.append(words[1:].strip(BLANKS))
        elif words.startswith(">") and not words.endswith("<"):
            self._add_transition(words[1:].strip(BLANKS))
        elif not acting and HEADING.fullmatch(words):
            self._begin_scene(words)
        elif not acting and is_last and TRANSITION.fullmatch(words):
            self._add_transition(words)
        elif acting or is_last or words[0] == "!" or not self._begin_speech(words, number):
            self._add_action(line, words, in_action=acting)

    def _add_action(self, line: str, words: str, *, in_action: bool) -> None:
        if words.startswith("!"):
            line = line.replace("!", "", 1)
        elif words.startswith(">"):
            line = words[1:-1].strip(BLANKS)
        if not in_action:
            self._begin_shot(self._get_scene())
        self._get_shot().action.append(line)
        self.in_action = True

    def _begin_scene(self, words: str) -> None:
        heading = words.removeprefix(".").strip(BLANKS)
        notes, self.notes_for_next_scene = self.notes_for_next_scene, []
        words, mark, number = heading.removesuffix("#").rpartition("#")
        if mark and heading.endswith("#") and SCENE_NUMBER.fullmatch(number):
            heading = words.rstrip(BLANKS)
            notes.append(f"Scene number: {number}")
        self.scenes.append(_SceneDraft(heading, notes))
        if len(self.scenes) > MOST_SCENES:
            raise build_scene_limit_problem("document")

    def _add_transition(self, words: str) -> None:
        notes = self.notes_for_next_scene if self.last_shot is None else self.last_shot.notes
        notes.append(words)

    def _begin_speech(self, words: str, number: int) -> bool:
        """Begin a speech and return True if this line is a cue: a name in capitals, or after @."""
        match = CHARACTER_CUE.fullmatch(words)
        name = match[2].strip(BLANKS + EMPHASIS_MARKS) if match else ""
        if match is None or not name or len(name) > MOST_NAME_CHARACTERS:
            return False
        if not match[1] and not name.isupper():
            return False
        if match[4]:
            message = "Dialogue at the same time is kept one after the other."
            self.warnings.append(LineWarning(number, message))
        extensions = [each.strip(BLANKS) for each in EXTENSION.findall(match[3])]
        self.speech = _Speech(name, [each for each in extensions if each])
        self._get_shot()
        return True

    def _add_spoken_words(self, speech: _Speech, words: str) -> None:
        if match := PARENTHETICAL.fullmatch(words):
            speech.parentheticals.append(match[1].strip(BLANKS).translate(BRACKETS))
            return
        if words.startswith("~"):
            words = words[1:].strip(BLANKS)
            speech.parentheticals.append("sings")
        line = speech.line
        if (
            line
            and not speech.parentheticals
            and len(line["line"]) + len(words) < MOST_LINE_CHARACTERS
        ):
            line["line"] += f" {words}"
            return
        speech.line = {"character": speech.name, "line": words}
        if speech.parentheticals:
            speech.line["parenthetical"] = ", ".join(speech.parentheticals)
            speech.parentheticals = []
        self._get_shot().dialogue.append(speech.line)

    def _end_paragraph(self) -> None:
        """End a speech or a paragraph; a name or parenthetical without words becomes a note."""
        speech = self.speech
        if speech is not None and (speech.parentheticals or speech.line is None):
            said = f" ({', '.join(speech.parentheticals)})" if speech.parentheticals else ""
            self._get_shot().notes.append(f"{speech.name}{said}")
        self.speech, self.in_action = None, False

    def _attach_notes(self, notes: Sequence[str]) -> None:
        if not self.scenes:
            self.notes_for_next_scene += notes
        elif self.scenes[-1].shots:
            self.scenes[-1].shots[-1].notes += notes
        else:
            self.scenes[-1].notes += notes

    def _get_scene(self) -> _SceneDraft:
        if not self.scenes:
            self.scenes.append(_SceneDraft(notes=self.notes_for_next_scene))
            self.notes_for_next_scene = []
        return self.scenes[-1]

    def _get_shot(self) -> _ShotDraft:
        scene = self._get_scene()
        return scene.shots[-1] if scene.shots else self._begin_shot(scene)

    def _begin_shot(self, scene: _SceneDraft) -> _ShotDraft:
        self.last_shot = _ShotDraft()
        scene.shots.append(self.last_shot)
        self.shot_count += 1
        if self.shot_count > MOST_SHOTS:
            raise build_shot_limit_problem("document")
        return self.last_shot

    def _restore_notes(self, words: str) -> str:
        restored = NOTE_MARK.sub(lambda mark: f"[[{self.notes[int(mark[1])]}]]", words)
        return restored.replace(GAP_MARK, "")


def _replace_bracketed(
    text: str, brackets: tuple[str, str], replacement: Callable[[str, int], str]
) -> str:
    """Replace each text between two brackets, brackets included, by `replacement(text, line)`.

    `line` is that on which it begins, counted from 1. An opening bracket that is never closed is
    left as it is.
    """
    opening, closing = brackets
    parts: list[str] = []
    at, line = 0, 1
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        end += len(closing)
        line += text.count("\n", at, start)
        parts += [text[at:start], replacement(text[start:end], line)]
        line += text.count("\n", start, end)
        at = end
    return "".join([*parts, text[at:]])


def _build_gaps(text: str) -> str:
    """Return a gap mark for each line of a text that was taken out, to keep the number of lines."""
    return GAP_MARK + f"\n{GAP_MARK}" * text.count("\n")


def _to_letters(place: int) -> str:
    """Return the letters of a place, counted from 0: a, b … z, aa, ab …."""
    tail = chr(ord("a") + place % ALPHABET_LETTERS)
    return tail if place < ALPHABET_LETTERS else _to_letters(place // ALPHABET_LETTERS - 1) + tail
