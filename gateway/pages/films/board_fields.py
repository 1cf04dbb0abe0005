"""The fields of a shot as its forms hold them: texts, read from a form and compared.

Two people may change one shot at once, and a plan may choose its take meanwhile. So a form names
the version that it shows: only a field that was changed on both sides is a conflict.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.kit.errors import InvalidInput
from gateway.kit.wire.json_text import JsonObject
from gateway.media.tasks.rules import lengths
from gateway.media.tasks.video_generate import DEFAULT_FRAMES
from gateway.studio.storyboards.model import Dialogue, Measures, Shot, Storyboard

DEFAULT_FPS = 24
CARD_FIELDS = ("action", "said", "seconds", "movement", "size", "angle")
TEXT_FIELDS = ("title", "prompt", "negativePrompt", "lens", "camera", "sfx", "music", "notes")
LIST_FIELDS = ("characters", "references")
DETAIL_FIELDS = (
    *TEXT_FIELDS,
    *LIST_FIELDS,
    *("status", "startFrame", "finalFrame", "continues"),
)
FORM_FIELDS = {"card": CARD_FIELDS, "details": DETAIL_FIELDS, "take": ("take",)}
SPOKEN_LINE = re.compile(r"([^:()\n]{1,100})(?:\(([^()\n]*)\)\s*)?:\s*(\S.*)")
SPEAKER_HINT = "Begin each line with who says it, as in “FOX: Now.”"
SECONDS_WORDS = "Seconds must be a number above 0 and at most {most}."


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that two people changed: what stands there now, beside the text of a form."""

    name: str
    now: str


@dataclass(frozen=True, slots=True)
class FormChanges:
    """The fields that a form changed, and those of them that somebody else changed meanwhile."""

    changed: Mapping[str, str]
    conflicts: Sequence[FieldConflict]


def read_shot_form(posted: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """Read the fields of a shot from a form; a list is checkboxes called `name.item`."""
    texts = {name: posted.get(name, "").strip() for name in names}
    for name in LIST_FIELDS:
        if name in names:
            marked = [each.partition(".")[2] for each in posted if each.startswith(f"{name}.")]
            added = posted.get(f"{name}Added", "")
            texts[name] = " ".join(dict.fromkeys([*marked, *([added] if added else [])]))
    return texts


def to_form_texts(shot: Shot, document: Storyboard) -> dict[str, str]:
    """Return every field of a shot as its forms hold it."""
    values = shot.model_dump(mode="json", by_alias=True)
    plain = (*TEXT_FIELDS, "action", "movement", "size", "angle", "status", "take")
    return {
        **{name: str(values.get(name) or "").strip() for name in plain},
        "said": format_dialogue(shot.dialogue),
        "seconds": format_own_seconds(shot, document),
        "characters": " ".join(shot.characters),
        "references": " ".join(shot.references),
        "startFrame": shot.start_frame or "",
        "finalFrame": shot.final_frame or "",
        "continues": shot.continuity.from_shot_id if shot.continuity else "",
    }


def compare_form(
    written: Mapping[str, str], base: Mapping[str, str], current: Mapping[str, str]
) -> FormChanges:
    """Compare a form with the version it showed, and with the newest one."""
    changed = {name: text for name, text in written.items() if text != base[name]}
    conflicts = [
        FieldConflict(name, current[name])
        for name, text in changed.items()
        if current[name] not in {base[name], text}
    ]
    return FormChanges(changed, conflicts)


def build_shot_fields(changed: Mapping[str, str], shot: Shot, document: Storyboard) -> JsonObject:
    """Build the fields of an edit from the changed texts of a form.

    Raises:
        InvalidInput: seconds that are no number, or a line that nobody says.
    """
    fields: JsonObject = {}
    for name, text in changed.items():
        if name == "said":
            fields["dialogue"] = parse_dialogue(text, _list_names(shot, document))
        elif name == "seconds":
            fields |= {"durationSeconds": parse_seconds(text), "durationFrames": None}
        elif name in LIST_FIELDS:
            fields[name] = [*text.split()] or None
        elif name == "continues":
            fields["continuity"] = {"fromShotId": text} if text else None
        else:
            fields[name] = text or None
    return fields


def format_dialogue(lines: Sequence[Dialogue]) -> str:
    """Format dialogue as it is written on a card: a line each, as `FOX (low): Now`."""
    return "\n".join(
        f"{each.character}{f' ({each.parenthetical})' if each.parenthetical else ''}: {each.line}"
        for each in lines
    )


def parse_dialogue(text: str, names: Sequence[str]) -> list[JsonObject]:
    """Parse dialogue as it is written on a card; a shot with one character needs no names.

    Raises:
        InvalidInput: nobody says a line.
    """
    spoken: list[JsonObject] = []
    for line in filter(None, (each.strip() for each in text.split("\n"))):
        found = SPOKEN_LINE.fullmatch(line)
        if found is not None:
            how = (found[2] or "").strip()
            said: JsonObject = {"character": found[1].strip(), "line": found[3]}
            spoken.append(said | ({"parenthetical": how} if how else {}))
        elif len(names) == 1:
            spoken.append({"character": names[0], "line": line})
        else:
            raise InvalidInput(f"Nobody says “{line[:60]}”.", hint=SPEAKER_HINT)
    return spoken


def parse_seconds(text: str) -> float | None:
    """Parse the seconds of a card; empty is the length of the film's other shots.

    Raises:
        InvalidInput: it is no number of seconds that a shot can have.
    """
    if not text:
        return None
    words = SECONDS_WORDS.format(most=lengths.MOST_SECONDS)
    try:
        seconds = float(text.replace(",", "."))
    except ValueError:
        raise InvalidInput(words) from None
    if not 0 < seconds <= lengths.MOST_SECONDS:
        raise InvalidInput(words)
    return seconds


def format_own_seconds(shot: Shot, document: Storyboard) -> str:
    """Format the length that a shot sets itself; empty if it has the usual one."""
    if shot.duration_seconds is None and shot.duration_frames is None:
        return ""
    return f"{measure_seconds(shot, document):g}"


def measure_seconds(shot: Shot, document: Storyboard) -> float:
    """Return the length of a shot in seconds, rounded to hundredths."""
    defaults = document.defaults or Measures()
    fps = shot.fps or defaults.fps or DEFAULT_FPS
    for measures in (shot, defaults):
        if measures.duration_seconds is not None:
            return round(measures.duration_seconds, 2)
        if measures.duration_frames is not None:
            return round((measures.duration_frames - 1) / fps, 2)
    return round((DEFAULT_FRAMES - 1) / fps, 2)


def _list_names(shot: Shot, document: Storyboard) -> list[str]:
    """List the names of the characters of a shot, as screenplays write them."""
    names = {each.id: each.name or each.id for each in document.characters}
    return [names[each].upper() for each in shot.characters if each in names]
