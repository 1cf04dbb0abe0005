"""Slots of the prompt bar: media as thumbnails with a name, and how presses change them.

A slot keeps the references of its media in hidden fields, so nobody sees or types one. The base
picture and the references of an edit are one list to people: its first is changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gateway.pages.form_fields import CLIPS_FIELD, MOST_ROWS, FormField

SINGLE_PICTURE, PICTURES = "imageUrl", "imageUrls"
MOST_ITEMS = {PICTURES: 4, "overlapFrameImageUrls": 25, CLIPS_FIELD: MOST_ROWS}
TRIMS = ("trimHeadFrames", "trimTailFrames")
Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotItem:
    """One piece of media in a slot; its hidden fields keep the reference, and trims of a clip."""

    row: Mapping[str, str]
    name: str
    has_picture: bool

    @property
    def reference(self) -> str:
        """Return the reference of the media."""
        return self.row["videoUrl"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for media of one field: a single one, or a list that can be reordered."""

    name: str
    label: str
    accept: str
    most: int
    first: bool
    items: Sequence[SlotItem] = field(default_factory=tuple)

    @property
    def joined(self) -> str:
        """Return the value of the hidden field that keeps all references."""
        return "\n".join(item.reference for item in self.items)


def list_slot_fields(fields: Sequence[FormField]) -> list[FormField]:
    """Return the media fields of a task that have a slot; the list stands for the single one."""
    names = {each.name for each in fields}
    return [
        each
        for each in fields
        if each.accept and not (each.name == SINGLE_PICTURE and PICTURES in names)
    ]


def build_slot(form_field: FormField, items: Sequence[SlotItem]) -> Slot:
    """Build the slot of a media field."""
    name = form_field.name
    return Slot(
        name=name,
        label=form_field.label,
        accept=form_field.accept,
        most=MOST_ITEMS.get(name, 1),
        first=form_field.first or name == PICTURES,
        items=items,
    )


def list_rows(name: str, values: Mapping[str, str]) -> list[Row]:
    """Return what a slot holds: references in order, for clips with their trims."""
    if name == CLIPS_FIELD:
        rows = []
        for number in range(MOST_ROWS):
            parts = {
                part: values.get(f"{name}.{number}.{part}", "") for part in ("videoUrl", *TRIMS)
            }
            if parts["videoUrl"]:
                rows.append(parts)
        return rows
    text = values.get(name, "")
    if name == PICTURES:
        text = f"{values.get(SINGLE_PICTURE, '')}\n{text}"
    return [{"videoUrl": line.strip()} for line in text.splitlines() if line.strip()]


def set_rows(values: Mapping[str, str], name: str, rows: Sequence[Row]) -> dict[str, str]:
    """Return the values of a form whose slot holds these rows."""
    changed = (
        {key: text for key, text in values.items() if not key.startswith(f"{CLIPS_FIELD}.")}
        if name == CLIPS_FIELD
        else dict(values)
    )
    if name == CLIPS_FIELD:
        for number, row in enumerate(rows[:MOST_ROWS]):
            changed |= {f"{name}.{number}.{part}": text for part, text in row.items() if text}
        return changed
    references = [row["videoUrl"] for row in rows]
    if name == PICTURES:
        return changed | split_pictures(references)
    return changed | {name: "\n".join(references)}


def split_pictures(references: Sequence[str]) -> dict[str, str]:
    """Return the fields of an edit for its pictures: one alone goes into the single field."""
    alone = len(references) == 1
    return {
        SINGLE_PICTURE: references[0] if alone else "",
        PICTURES: "" if alone else "\n".join(references),
    }


def change_slot(values: Mapping[str, str], decision: str) -> dict[str, str]:
    """Apply a press to a slot: `put:`, `drop:`, `up:`, `down:` or `order:`, field and argument.

    A decision that fits nothing changes nothing: a page may be older than the form.
    """
    verb, _, rest = decision.partition(":")
    name, _, argument = rest.partition(":")
    rows = list_rows(name, values)
    if verb == "put" and argument:
        most = MOST_ITEMS.get(name, 1)
        rows = (
            [*rows, {"videoUrl": argument}][-most:]
            if most == 1
            else [
                *rows[: most - 1],
                {"videoUrl": argument},
            ]
        )
    elif verb == "order":
        rows = _reorder(rows, argument.split(","))
    elif argument.isdecimal() and int(argument) < len(rows):
        place = int(argument)
        row = rows.pop(place)
        if verb != "drop":
            rows.insert(max(0, place + (-1 if verb == "up" else 1)), row)
    return set_rows(values, name, rows)


def _reorder(rows: list[Row], places: Sequence[str]) -> list[Row]:
    numbers = [int(place) for place in places if place.isdecimal()]
    if sorted(numbers) != list(range(len(rows))):
        return rows
    return [rows[number] for number in numbers]


def describe_link(reference: str) -> str:
    """Return words for media that are on another site: its file name, or the site."""
    parts = urlsplit(reference)
    return parts.path.rpartition("/")[2] or parts.netloc or reference
