"""The reader of screenplays in Fountain (fountain.io): a storyboard of scenes and shots.

A heading begins a scene, and a paragraph of action begins a shot; dialogue joins the shot before
it. Words are kept as they are, emphasis marks too, and what has no field of its own goes into
notes. Only comments (boneyard) and page breaks are dropped, with a warning.

Comments and notes may span lines and stand inside a line. So they are taken out of the whole text
first, each replaced by marks that keep the number of lines, and then the lines are read once. The
marks are control characters, which `plain_lines` has refused in the text, so none can be forged.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from pydantic_core import to_json

from gateway.kit.validation import problem_from_validation
from gateway.studio.storyboards.model import (
    MOST_SCENES,
    MOST_SHOTS,
    Storyboard,
    too_many_scenes,
    too_many_shots,
)
from gateway.studio.storyboards.normal_form import BLANKS, UNTITLED
from gateway.studio.storyboards.reader import Imported, Warned, plain_lines

# NUL, a number, NUL stands for a note; U+0001 for the rest of something taken out of a line.
NOTE_MARK = re.compile(r"\x00(\d+)\x00")
GAP = "\x01"
NOTE, BONEYARD = ("[[", "]]"), ("/*", "*/")
# Possessive quantifiers (`++`, `*+`): no hostile line makes a match backtrack.
TITLE_KEY = re.compile(r"([A-Za-z][A-Za-z ]*+):[ \t]*+(.*)")
KNOWN_KEYS = frozenset(
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
CUE = re.compile(r"(@?+)([^():^]*+)((?:\([^()]*+\)[ \t]*+)*+)(\^?)")
EXTENSION = re.compile(r"\(([^()]*)\)")
PARENTHETICAL = re.compile(r"\((.*)\)")
BRACKETS = str.maketrans("()", "[]")
EMPHASIS = "*_"
LONGEST_LINE, LONGEST_NAME = 2_000, 100
ALPHABET = 26


def read(text: str) -> Imported:
    """Parse a screenplay in Fountain.

    Raises:
        StoryboardSyntax: the text has a control character.
        InvalidInput: the text has more than a storyboard can hold.
    """
    script = _Script()
    lines = script.prepare("\n".join(plain_lines(text)))
    last = _last(lines)
    for number in range(script.title_page(lines), len(lines)):
        script.take(lines[number], number + 1, last=last[number])
    return script.finish()


def _last(lines: Sequence[str]) -> list[bool]:
    """Return True for each line after which a blank line or the end comes.

    Lines that were taken out whole (one gap mark) do not count as lines in between.
    """
    flags, ends = [], True
    for line in reversed(lines):
        flags.append(ends)
        if line != GAP:
            ends = not line.strip(BLANKS)
    return flags[::-1]


@dataclass(slots=True)
class _Shot:
    """One shot while it is read."""

    action: list[str] = field(default_factory=list)
    dialogue: list[dict[str, str]] = field(default_factory=list)
    music: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def built(self, name: str) -> dict[str, object]:
        """Return the shot as JSON, with the id `name`."""
        texts = {"action": self.action, "music": self.music, "notes": self.notes}
        blocks = {field: "\n".join(lines) for field, lines in texts.items()}
        return {"id": name, "dialogue": self.dialogue, **blocks}


@dataclass(slots=True)
class _Scene:
    """One scene while it is read."""

    heading: str | None = None
    notes: list[str] = field(default_factory=list)
    shots: list[_Shot] = field(default_factory=list)


@dataclass(slots=True)
class _Speech:
    """The speech of one character, up to the next blank line.

    `how` are parentheticals that wait for the words they belong to.
    """

    name: str
    how: list[str]
    line: dict[str, str] | None = None


class _Script:
    """The screenplay as far as it is read.

    `notes` are those taken out of the text, by number; `about` are notes of the whole storyboard,
    `ahead` those for the next scene. `acting`: the line before was action. `before` is the newest
    of `count` shots.
    """

    def __init__(self) -> None:
        self.title = ""
        self.about: list[str] = []
        self.notes: list[str] = []
        self.scenes: list[_Scene] = []
        self.ahead: list[str] = []
        self.warnings: list[Warned] = []
        self.speech: _Speech | None = None
        self.acting = False
        self.before: _Shot | None = None
        self.count = 0

    def prepare(self, text: str) -> list[str]:
        """Return the lines of a text, their number kept, with marks for its comments and notes."""

        def dropped(comment: str, line: int) -> str:
            self.warnings.append(Warned(line, "A comment (boneyard) was left out."))
            return _gaps(comment)

        def marked(note: str, _line: int) -> str:
            self.notes.append(note[2:-2].strip().replace(GAP, ""))
            return f"\x00{len(self.notes) - 1}\x00{_gaps(note)}"

        return _replaced(_replaced(text, BONEYARD, dropped), NOTE, marked).split("\n")

    def title_page(self, lines: Sequence[str]) -> int:
        """Read the title page, if the text has one, and return the number of its lines.

        The first line opens one if it is `KEY:` with a known key, a value, or an indented line
        below: `CUT TO:` alone is a transition.
        """
        first = TITLE_KEY.fullmatch(lines[0])
        indented = len(lines) > 1 and lines[1].startswith((" ", "\t"))
        if (
            first is None
            or not (first[2] or indented or first[1].lower() in KNOWN_KEYS)
            or HEADING.fullmatch(lines[0])
        ):
            return 0
        end = next((n for n, line in enumerate(lines) if not line.strip(BLANKS)), len(lines))
        values: dict[str, list[str]] = {}
        key = first[1]
        for line in lines[:end]:
            if match := TITLE_KEY.fullmatch(line):
                key = match[1]
            words = self._restored((match[2] if match else line).strip(BLANKS))
            values.setdefault(key, []).extend([words] if words else [])
        for key, texts in values.items():
            if key.lower() == "title":
                self.title = " ".join(words.strip(EMPHASIS) for words in texts)
            else:
                self.about.append("\n".join([f"{key}: {' '.join(texts[:1])}", *texts[1:]]))
        return end

    def take(self, raw: str, number: int, *, last: bool) -> None:
        """Read one line; `last`: a blank line or the end comes after it."""
        line = raw.replace(GAP, "")
        # A line of which all was taken out is no blank line: it ends nothing.
        if GAP in raw and not line.strip(BLANKS):
            return
        # A line of blanks alone is a pause inside a speech; only an empty line ends that.
        if not line.strip(BLANKS):
            if self.speech is None or not line:
                self._end()
            return
        marks = [int(mark) for mark in NOTE_MARK.findall(line)]
        line = NOTE_MARK.sub("", line).rstrip(BLANKS)
        if words := line.strip(BLANKS):
            if self.speech is not None:
                self._say(self.speech, words)
            else:
                self._read(line, words, number, last=last)
        self._annotate([self.notes[mark] for mark in marks])

    def finish(self) -> Imported:
        """Return the storyboard, with ids s1, s1a, s1b, … for scenes and shots.

        Raises:
            InvalidInput: the text has more than a storyboard can hold.
        """
        self._end()
        (self.scenes[-1].notes if self.scenes else self.about).extend(self.ahead)
        if not self.title:
            self.warnings.append(Warned(1, f"There is no title; it is named {UNTITLED}."))
        scenes = [
            {
                "id": f"s{number}",
                "heading": scene.heading,
                "notes": "\n".join(scene.notes),
                "shots": [
                    shot.built(f"s{number}{_letters(place)}")
                    for place, shot in enumerate(scene.shots)
                ],
            }
            for number, scene in enumerate(self.scenes, 1)
        ]
        whole = {"title": self.title or UNTITLED, "notes": "\n".join(self.about), "scenes": scenes}
        try:
            document = Storyboard.model_validate_json(to_json(whole), strict=True)
        except ValidationError as error:
            raise problem_from_validation(error, Storyboard, "document") from None
        return Imported(document, sorted(self.warnings, key=lambda each: each.line))

    def _read(self, line: str, words: str, number: int, *, last: bool) -> None:
        """Read a line that belongs to no speech.

        The order of the branches is that of Fountain: forced marks come before what a line looks
        like. A heading or cue is none in the middle of a paragraph of action.
        """
        acting, self.acting = self.acting, False
        if PAGE_BREAK.fullmatch(words):
            self.warnings.append(Warned(number, "A page break was left out."))
        elif words.startswith("#"):
            self.ahead.append(words)
        elif words.startswith("="):
            (self.ahead if self.ahead or not self.scenes else self.scenes[-1].notes).append(words)
        elif words.startswith("~"):
            self._shot().music.append(words[1:].strip(BLANKS))
        elif words.startswith(">") and not words.endswith("<"):
            self._transition(words[1:].strip(BLANKS))
        elif not acting and HEADING.fullmatch(words):
            self._heading(words)
        elif not acting and last and TRANSITION.fullmatch(words):
            self._transition(words)
        elif acting or last or not self._cue(words, number):
            self._act(line, words, acting=acting)

    def _act(self, line: str, words: str, *, acting: bool) -> None:
        if words.startswith("!"):
            line = line.replace("!", "", 1)
        elif words.startswith(">"):
            line = words[1:-1].strip(BLANKS)
        if not acting:
            self._begin_shot(self._scene())
        self._shot().action.append(line)
        self.acting = True

    def _heading(self, words: str) -> None:
        heading = words.removeprefix(".").strip(BLANKS)
        notes, self.ahead = self.ahead, []
        words, mark, number = heading.removesuffix("#").rpartition("#")
        if mark and heading.endswith("#") and SCENE_NUMBER.fullmatch(number):
            heading = words.rstrip(BLANKS)
            notes.append(f"Scene number: {number}")
        self.scenes.append(_Scene(heading, notes))
        if len(self.scenes) > MOST_SCENES:
            raise too_many_scenes("document")

    def _transition(self, words: str) -> None:
        (self.ahead if self.before is None else self.before.notes).append(words)

    def _cue(self, words: str, number: int) -> bool:
        """Begin a speech and return True if this line is a cue: a name in capitals, or after @."""
        match = CUE.fullmatch(words)
        name = match[2].strip(BLANKS + EMPHASIS) if match else ""
        if match is None or not name or len(name) > LONGEST_NAME:
            return False
        if not match[1] and not name.isupper():
            return False
        if match[4]:
            message = "Dialogue at the same time is kept one after the other."
            self.warnings.append(Warned(number, message))
        extensions = [each.strip(BLANKS) for each in EXTENSION.findall(match[3])]
        self.speech = _Speech(name, [each for each in extensions if each])
        self._shot()
        return True

    def _say(self, speech: _Speech, words: str) -> None:
        if match := PARENTHETICAL.fullmatch(words):
            speech.how.append(match[1].strip(BLANKS).translate(BRACKETS))
            return
        if words.startswith("~"):
            words = words[1:].strip(BLANKS)
            speech.how.append("sings")
        line = speech.line
        if line and not speech.how and len(line["line"]) + len(words) < LONGEST_LINE:
            line["line"] += f" {words}"
            return
        speech.line = {"character": speech.name, "line": words}
        if speech.how:
            speech.line["parenthetical"] = ", ".join(speech.how)
            speech.how = []
        self._shot().dialogue.append(speech.line)

    def _end(self) -> None:
        """End a speech or a paragraph; a parenthetical without words becomes a note."""
        if self.speech is not None and self.speech.how:
            self._shot().notes.append(f"{self.speech.name} ({', '.join(self.speech.how)})")
        self.speech, self.acting = None, False

    def _annotate(self, notes: Sequence[str]) -> None:
        if not self.scenes:
            self.ahead += notes
        elif self.scenes[-1].shots:
            self.scenes[-1].shots[-1].notes += notes
        else:
            self.scenes[-1].notes += notes

    def _scene(self) -> _Scene:
        if not self.scenes:
            self.scenes.append(_Scene(notes=self.ahead))
            self.ahead = []
        return self.scenes[-1]

    def _shot(self) -> _Shot:
        scene = self._scene()
        return scene.shots[-1] if scene.shots else self._begin_shot(scene)

    def _begin_shot(self, scene: _Scene) -> _Shot:
        self.before = _Shot()
        scene.shots.append(self.before)
        self.count += 1
        if self.count > MOST_SHOTS:
            raise too_many_shots("document")
        return self.before

    def _restored(self, words: str) -> str:
        return NOTE_MARK.sub(lambda mark: f"[[{self.notes[int(mark[1])]}]]", words).replace(GAP, "")


def _replaced(text: str, ends: tuple[str, str], by: Callable[[str, int], str]) -> str:
    """Replace each text between two brackets, brackets included, by `by(text, line)`.

    `line` is that on which it begins, counted from 1. An opening bracket that is never closed is
    left as it is.
    """
    opening, closing = ends
    parts: list[str] = []
    at, line = 0, 1
    while (start := text.find(opening, at)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        end += len(closing)
        line += text.count("\n", at, start)
        parts += [text[at:start], by(text[start:end], line)]
        line += text.count("\n", start, end)
        at = end
    return "".join([*parts, text[at:]])


def _gaps(text: str) -> str:
    """Return a gap mark for each line of a text that was taken out, to keep the number of lines."""
    return GAP + f"\n{GAP}" * text.count("\n")


def _letters(place: int) -> str:
    """Return the letters of a place, counted from 0: a, b … z, aa, ab …."""
    tail = chr(ord("a") + place % ALPHABET)
    return tail if place < ALPHABET else _letters(place // ALPHABET - 1) + tail
