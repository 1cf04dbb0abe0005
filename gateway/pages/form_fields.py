"""Form fields from the JSON Schema of a task, and the input that a filled-in form stands for."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from gateway.kit.wire.json_schema import describe_limits, drop_null
from gateway.media.tasks.input_json import InputJson
from gateway.pages.field_words import get_field_words

FormClip: TypeAlias = dict[str, str | int | float]
"""A clip in a form: its URL, and the trims that were typed."""

Control = Literal["line", "area", "number", "choice", "check", "media", "list", "clips"]
LONG_TEXT_CHARACTERS = 200
# Fields that a form shows at once; all others are under "more options".
FIRST_FIELDS = frozenset(
    {
        *("prompt", "aspectRatio", "width", "height", "count", "durationSeconds", "extendSeconds"),
        *("scale", "target", "direction"),
    }
)
# Media fields for experts; the other media fields are shown at once.
LATER_MEDIA_FIELDS = frozenset({"imageUrls", "maskUrl", "overlapFrameImageUrls"})
# Fields that a form omits, because another field of it means the same.
TWINS = {
    "jobId": "a reference names a job too, as job://ID/0",
    "videoUrls": "the rows of clips say the same, and their trims",
}
INLINE_MARKS = ("InlineMedia", "^data:")
CLIPS_FIELD: Final = "clips"
CLIP_FIELD_NAME = re.compile(
    rf"{CLIPS_FIELD}\.([0-9]{{1,3}})\.(videoUrl|trimHeadFrames|trimTailFrames)"
)
FEWEST_ROWS, MOST_ROWS = 2, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form. `accept` is the kind of media that it takes, if any."""

    name: str
    label: str
    words: str
    limits: str
    control: Control
    first: bool
    required: bool
    default: Any
    placeholder: str = ""
    options: Sequence[str] = ()
    option_words: Mapping[str, str]
    accept: str = ""
    lowest: float | None = None
    highest: float | None = None
    step: str = "any"
    most_characters: int | None = None

    def describe_option(self, value: str) -> str:
        """Return the words of a choice; one without words is read as it stands on the wire."""
        return self.option_words.get(value) or value.replace("_", " ").capitalize()

    def rows(self, values: Mapping[str, str]) -> list[dict[str, str]]:
        """Return the rows of clips in a form: as many as it has, at least two and at most 100."""
        rows_by_number: dict[int, dict[str, str]] = {}
        for name, text in values.items():
            if (part := CLIP_FIELD_NAME.fullmatch(name)) is not None:
                rows_by_number.setdefault(int(part[1]), {})[part[2]] = text.strip()
        count = max([FEWEST_ROWS, *(number + 1 for number in rows_by_number)])
        return [rows_by_number.get(number, {}) for number in range(min(count, MOST_ROWS))]

    def parse_value(self, text: str) -> Any:  # noqa: ANN401 - any JSON value
        """Parse the text of this field; text that cannot be read goes to the schema as it is."""
        if self.control == "list":
            return [line.strip() for line in text.splitlines() if line.strip()]
        if self.control == "number" or (self.control == "choice" and self.step != "any"):
            return _parse_number(text)
        return text.replace("\r\n", "\n")


def build_form_fields(schema: Mapping[str, Any]) -> list[FormField]:
    """Build the fields of a task's form: media by reference, never as bytes."""
    required, properties = schema.get("required", ()), schema["properties"]
    fields = []
    for name, raw in properties.items():
        field = drop_null(raw)
        kind = json.dumps(field)
        is_twin = name == "jobId" or (name == "videoUrls" and CLIPS_FIELD in properties)
        if is_twin or any(mark in kind for mark in INLINE_MARKS):
            continue
        fields.append(_build_field(name, field, raw, required=name in required))
    return sorted(fields, key=lambda each: not each.first)


def read_form_input(fields: Sequence[FormField], posted_fields: Mapping[str, str]) -> InputJson:
    """Read the input from a posted form, without empty and default values."""
    form_input: InputJson = {}
    for field in fields:
        if field.control == "check":
            value: Any = field.name in posted_fields
        elif field.control == CLIPS_FIELD:
            value = [_read_clip_row(row) for row in field.rows(posted_fields) if any(row.values())]
        else:
            text = posted_fields.get(field.name, "")
            value = field.parse_value(text) if text.strip() else None
        if value in (None, []) or value == field.default:
            continue
        form_input[field.name] = value
    return form_input


def to_form_values(fields: Sequence[FormField], task_input: Mapping[str, Any]) -> dict[str, str]:
    """Fill a form with an input; return its values as a browser would send them."""
    form_values: dict[str, str] = {}
    for field in fields:
        field_value = task_input.get(field.name, field.default)
        if field.control == "check":
            if field_value is True:
                form_values[field.name] = "on"
        elif field.control == CLIPS_FIELD:
            for number, clip in enumerate(field_value or ()):
                form_values |= {
                    f"{CLIPS_FIELD}.{number}.{part}": str(each) for part, each in clip.items()
                }
        elif isinstance(field_value, list):
            form_values[field.name] = "\n".join(map(str, field_value))
        elif field_value is not None:
            form_values[field.name] = str(field_value)
    return form_values


def input_from_effective(schema: Mapping[str, Any], effective: Mapping[str, Any]) -> InputJson:
    """Build the input that repeats a job from its effective input.

    Media are named by their source. Bytes that came inside a request have none and are not kept, so
    their field is omitted. Defaults of the task are omitted too.
    """
    properties = schema["properties"]
    repeat_input: InputJson = {}
    for name, value in effective.items():
        if isinstance(value, dict) and f"{name}Url" in properties:
            repeat_input[f"{name}Url"] = _find_source_url(value)
        elif isinstance(value, list) and f"{name[:-1]}Urls" in properties:
            urls = f"{name[:-1]}Urls"
            repeat_input |= (
                _to_form_clips(value)
                if name == "clips"
                else {urls: [_find_source_url(item) for item in value]}
            )
        elif name == "clips":
            repeat_input |= _to_form_clips(value)
        elif name in properties and not isinstance(value, dict | list):
            repeat_input[name] = value
    return {
        name: value
        for name, value in repeat_input.items()
        if value != properties[name].get("default")
        and value is not None
        and None not in _as_list(value)
    }


def add_clip_row(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a form with one more row of clips."""
    rows = [
        int(part[1]) for name in values if (part := CLIP_FIELD_NAME.fullmatch(name)) is not None
    ]
    return {**values, f"{CLIPS_FIELD}.{max(rows, default=-1) + 1}.videoUrl": ""}


def _read_clip_row(row: Mapping[str, str]) -> FormClip:
    """Read a clip from its row; the task chooses what was left empty."""
    url, trims = row.get("videoUrl"), [name for name in row if name != "videoUrl" and row[name]]
    return ({"videoUrl": url} if url else {}) | {name: _parse_number(row[name]) for name in trims}


def _to_form_clips(clips: Sequence[Mapping[str, Any]]) -> dict[str, list[FormClip | None]]:
    return {"clips": [_to_form_clip(clip) for clip in clips]}


def _to_form_clip(clip: Mapping[str, Any]) -> FormClip | None:
    url = _find_source_url(clip["video"])
    return (
        None
        if url is None
        else {"videoUrl": url} | {name: value for name, value in clip.items() if name != "video"}
    )


def _as_list(value: Any) -> Sequence[Any]:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, list) else [value]


def _find_source_url(described: Mapping[str, Any]) -> str | None:
    source: str = described["source"]
    return source if "://" in source else None


def _build_field(
    name: str, field: Mapping[str, Any], raw: Mapping[str, Any], *, required: bool
) -> FormField:
    control, accept = _choose_control(name, field)
    words = get_field_words(name)
    is_integer = field.get("type") == "integer"
    return FormField(
        name=name,
        label=words.label,
        words=words.hint,
        placeholder=words.placeholder,
        limits=describe_limits(field) if control == "number" else "",
        control=control,
        first=required or name in FIRST_FIELDS or (bool(accept) and name not in LATER_MEDIA_FIELDS),
        required=required,
        default=raw.get("default"),
        options=[str(each) for each in field.get("enum", ()) if each is not None],
        option_words=words.options,
        accept=accept,
        lowest=field.get("minimum"),
        highest=field.get("maximum"),
        step=str(field.get("multipleOf", 1)) if is_integer else _choose_step(field),
        most_characters=field.get("maxLength"),
    )


def _choose_step(field: Mapping[str, Any]) -> str:
    """Return the step of a field; a choice of numbers has one, so its text is read as a number."""
    return "1" if field.get("type") == "number" and "enum" in field else "any"


def _choose_control(name: str, field: Mapping[str, Any]) -> tuple[Control, str]:
    if "enum" in field:
        return "choice", ""
    kind = field.get("type")
    if kind == "array":
        return (CLIPS_FIELD, "video") if name == CLIPS_FIELD else ("list", _guess_media_kind(name))
    if kind == "boolean":
        return "check", ""
    if kind in ("integer", "number"):
        return "number", ""
    if name.endswith("Url"):
        return "media", _guess_media_kind(name)
    return ("area" if field.get("maxLength", 0) > LONG_TEXT_CHARACTERS else "line"), ""


def _guess_media_kind(name: str) -> str:
    low = name.lower()
    return next((kind for kind in ("audio", "video") if kind in low), "image")


def _parse_number(text: str) -> int | float | str:
    for parse in (int, float):
        try:
            return parse(text)
        except ValueError:
            continue
    return text
