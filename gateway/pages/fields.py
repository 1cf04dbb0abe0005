"""A form from the JSON Schema of a task, and the input that a filled-in form means."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from gateway.kit.json_schema import limits_of, plain
from gateway.media.tasks.base import InputJson

FormClip: TypeAlias = dict[str, str | int | float]
"""A clip as a form says it: its URL, and its trims as far as they were typed."""

Control = Literal["line", "area", "number", "choice", "check", "media", "list", "clips"]
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
REFERENCES = re.compile(r": https://…[^.]*\.| Excludes its (?:inline twin|…Url twin)\.")
LONG_TEXT = 200
CLIP_WORDS = "Joined in this order. Cuts are in frames; empty rows are ignored."
# What a form shows at once; everything else is under more options.
FIRST = frozenset(
    {
        *("prompt", "aspectRatio", "width", "height", "count", "durationSeconds", "extendSeconds"),
        *("scale", "target", "direction"),
    }
)
# Media for those who know; the others stand at once.
LATER = frozenset({"imageUrls", "maskUrl", "overlapFrameImageUrls"})
LABELS = {
    "durationSeconds": "Seconds",
    "extendSeconds": "Seconds more",
    "durationFrames": "Frames",
    "extendFrames": "Frames more",
    "fps": "Frames per second",
}
# What a form leaves out, because another field of it says the same.
TWINS = {
    "jobId": "a reference names a job too, as job://ID/0",
    "videoUrls": "the rows of clips say the same, and their trims",
}
INLINE = ("InlineMedia", "^data:")
CLIPS: Final = "clips"
CLIP = re.compile(rf"{CLIPS}\.([0-9]{{1,3}})\.(videoUrl|trimHeadFrames|trimTailFrames)")
FEWEST_ROWS, MOST_ROWS = 2, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input of a form. `accept` is the kind of media, where it takes one."""

    name: str
    label: str
    words: str
    limits: str
    control: Control
    first: bool
    required: bool
    default: Any
    options: Sequence[str] = ()
    accept: str = ""
    lowest: float | None = None
    highest: float | None = None
    step: str = "any"
    most_characters: int | None = None

    def rows(self, values: Mapping[str, str]) -> list[dict[str, str]]:
        """Return the rows that a form of clips shows: as many as it holds, and at least two."""
        found: dict[int, dict[str, str]] = {}
        for name, text in values.items():
            if (part := CLIP.fullmatch(name)) is not None:
                found.setdefault(int(part[1]), {})[part[2]] = text.strip()
        count = max([FEWEST_ROWS, *(number + 1 for number in found)])
        return [found.get(number, {}) for number in range(min(count, MOST_ROWS))]

    def given(self, text: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value that this text stands for; what cannot be read goes on as it is."""
        if self.control == "list":
            return [line.strip() for line in text.splitlines() if line.strip()]
        if self.control == "number" or (self.control == "choice" and self.step != "any"):
            return _number(text)
        return text.replace("\r\n", "\n")


def fields_of(schema: Mapping[str, Any]) -> list[Field]:
    """Return the fields of a task's input that a form can take: media by reference, no bytes."""
    required, known = schema.get("required", ()), schema["properties"]
    found = []
    for name, raw in known.items():
        field = plain(raw)
        kind = json.dumps(field)
        left = name == "jobId" or (name == "videoUrls" and CLIPS in known)
        if left or any(mark in kind for mark in INLINE):
            continue
        found.append(_field(name, field, raw, required=name in required))
    return sorted(found, key=lambda each: not each.first)


def input_of(fields: Sequence[Field], given: Mapping[str, str]) -> InputJson:
    """Return the input that a posted form means; what is empty or usual is left out."""
    found: InputJson = {}
    for field in fields:
        if field.control == "check":
            value: Any = field.name in given
        elif field.control == CLIPS:
            value = [_clip_given(row) for row in field.rows(given) if any(row.values())]
        else:
            text = given.get(field.name, "")
            value = field.given(text) if text.strip() else None
        if value in (None, []) or value == field.default:
            continue
        found[field.name] = value
    return found


def values_of(fields: Sequence[Field], value: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form holds that is filled in with this input, as a browser would send it."""
    found: dict[str, str] = {}
    for field in fields:
        one = value.get(field.name, field.default)
        if field.control == "check":
            if one is True:
                found[field.name] = "on"
        elif field.control == CLIPS:
            for number, clip in enumerate(one or ()):
                found |= {f"{CLIPS}.{number}.{part}": str(each) for part, each in clip.items()}
        elif isinstance(one, list):
            found[field.name] = "\n".join(map(str, one))
        elif one is not None:
            found[field.name] = str(one)
    return found


def again(schema: Mapping[str, Any], effective: Mapping[str, Any]) -> InputJson:
    """Return the input that asks for the same as this effective input did.

    Media are named by where they came from; bytes that came inside a request are not kept, so such
    a field is left out. What a task would choose by itself is left out too.
    """
    known = schema["properties"]
    found: InputJson = {}
    for name, value in effective.items():
        if isinstance(value, dict) and f"{name}Url" in known:
            found[f"{name}Url"] = _source(value)
        elif isinstance(value, list) and f"{name[:-1]}Urls" in known:
            urls = f"{name[:-1]}Urls"
            found |= _clips(value) if name == "clips" else {urls: [_source(one) for one in value]}
        elif name == "clips":
            found |= _clips(value)
        elif name in known and not isinstance(value, dict | list):
            found[name] = value
    return {
        name: value
        for name, value in found.items()
        if value != known[name].get("default") and value is not None and None not in _all(value)
    }


def one_more(values: Mapping[str, str]) -> dict[str, str]:
    """Return a form with a further row of clips."""
    rows = [int(part[1]) for name in values if (part := CLIP.fullmatch(name)) is not None]
    return {**values, f"{CLIPS}.{max(rows, default=-1) + 1}.videoUrl": ""}


def _clip_given(row: Mapping[str, str]) -> FormClip:
    """Return a clip as a row says it; what is empty is left to the task."""
    url, trims = row.get("videoUrl"), [name for name in row if name != "videoUrl" and row[name]]
    return ({"videoUrl": url} if url else {}) | {name: _number(row[name]) for name in trims}


def _clips(clips: Sequence[Mapping[str, Any]]) -> dict[str, list[FormClip | None]]:
    return {"clips": [_clip(clip) for clip in clips]}


def _clip(clip: Mapping[str, Any]) -> FormClip | None:
    url = _source(clip["video"])
    return (
        None
        if url is None
        else {"videoUrl": url} | {name: value for name, value in clip.items() if name != "video"}
    )


def _all(value: Any) -> Sequence[Any]:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, list) else [value]


def _source(described: Mapping[str, Any]) -> str | None:
    source: str = described["source"]
    return source if "://" in source else None


def _field(name: str, field: Mapping[str, Any], raw: Mapping[str, Any], *, required: bool) -> Field:
    control, accept = _control(name, field)
    words = REFERENCES.sub(lambda found: "." if found[0].startswith(":") else "", _words(raw))
    whole = field.get("type") == "integer"
    return Field(
        name=name,
        label=label_of(name),
        words=CLIP_WORDS if control == CLIPS else words,
        limits=limits_of(field) if control == "number" else "",
        control=control,
        first=required or name in FIRST or (bool(accept) and name not in LATER),
        required=required,
        default=raw.get("default"),
        options=[str(each) for each in field.get("enum", ()) if each is not None],
        accept=accept,
        lowest=field.get("minimum"),
        highest=field.get("maximum"),
        step=str(field.get("multipleOf", 1)) if whole else _step(field),
        most_characters=field.get("maxLength"),
    )


def _step(field: Mapping[str, Any]) -> str:
    """Return the step of a number; a choice among numbers has one, so that it is read as one."""
    return "1" if field.get("type") == "number" and "enum" in field else "any"


def _words(raw: Mapping[str, Any]) -> str:
    words: str = raw.get("description", "")
    return words


def label_of(name: str) -> str:
    """Return what people call a field of the wire."""
    if name in LABELS:
        return LABELS[name]
    bare = re.sub(r"Urls?$", "", name)
    return HUMP.sub(" ", bare).capitalize() + ("s" if name.endswith("Urls") else "")


def _control(name: str, field: Mapping[str, Any]) -> tuple[Control, str]:
    if "enum" in field:
        return "choice", ""
    kind = field.get("type")
    if kind == "array":
        return (CLIPS, "video") if name == CLIPS else ("list", _media(name))
    if kind == "boolean":
        return "check", ""
    if kind in ("integer", "number"):
        return "number", ""
    if name.endswith("Url"):
        return "media", _media(name)
    return ("area" if field.get("maxLength", 0) > LONG_TEXT else "line"), ""


def _media(name: str) -> str:
    low = name.lower()
    return next((kind for kind in ("audio", "video") if kind in low), "image")


def _number(text: str) -> int | float | str:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
