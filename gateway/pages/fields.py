"""A form from the JSON Schema of a task, and the input that a filled-in form means."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gateway.kit.json_schema import limits_of, plain

Control = Literal["line", "area", "number", "choice", "check", "media", "list"]
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
REFERENCES = re.compile(r": https://…[^.]*\.| Excludes its (?:inline twin|…Url twin)\.")
LONG_TEXT = 200
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
# A reference names a job too: job://ID/0.
TWINS = frozenset({"jobId"})
INLINE = ("InlineMedia", "^data:")


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

    def given(self, text: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value that this text stands for; what cannot be read goes on as it is."""
        if self.control == "list":
            return [line.strip() for line in text.splitlines() if line.strip()]
        if self.control == "number" or (self.control == "choice" and self.step != "any"):
            return _number(text)
        return text.replace("\r\n", "\n")


def fields_of(schema: Mapping[str, Any]) -> list[Field]:
    """Return the fields of a task's input that a form can take: media by reference, no objects."""
    required = schema.get("required", ())
    found = []
    for name, raw in schema["properties"].items():
        field = plain(raw)
        kind = json.dumps(field)
        if name in TWINS or any(mark in kind for mark in INLINE) or "$ref" in kind:
            continue
        found.append(_field(name, field, raw, required=name in required))
    return sorted(found, key=lambda each: not each.first)


def input_of(fields: Sequence[Field], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the input that a posted form means; what is empty or usual is left out."""
    found: dict[str, Any] = {}
    for field in fields:
        if field.control == "check":
            value: Any = field.name in given
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
        elif isinstance(one, list):
            found[field.name] = "\n".join(map(str, one))
        elif one is not None:
            found[field.name] = str(one)
    return found


def again(schema: Mapping[str, Any], effective: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input that asks for the same as this effective input did.

    Media are named by where they came from; bytes that came inside a request are not kept, so such
    a field is left out. What a task would choose by itself is left out too.
    """
    known = schema["properties"]
    found: dict[str, Any] = {}
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


def _clips(clips: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"clips": [_clip(clip) for clip in clips]}


def _clip(clip: Mapping[str, Any]) -> dict[str, Any] | None:
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
        label=_label(name),
        words=words,
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


def _label(name: str) -> str:
    if name in LABELS:
        return LABELS[name]
    bare = re.sub(r"Urls?$", "", name)
    return HUMP.sub(" ", bare).capitalize() + ("s" if name.endswith("Urls") else "")


def _control(name: str, field: Mapping[str, Any]) -> tuple[Control, str]:
    if "enum" in field:
        return "choice", ""
    kind = field.get("type")
    if kind == "array":
        return "list", _media(name)
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
