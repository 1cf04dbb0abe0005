"""Chips of the prompt bar: the few choices of a task that people make each time.

A chip is a group of radio buttons. Which values a task takes, and its default, come from the task's
own schema.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.media.tasks.image_generate import SIZES
from gateway.media.tasks.rules.anchors import LANDSCAPE
from gateway.pages.field_words import format_label, list_options
from gateway.pages.form_fields import FormField

SIZE_FIELD = "size"  # width and height as one choice, for tasks that name no shapes
CHIP_FIELDS = (
    *("aspectRatio", SIZE_FIELD, "durationSeconds", "extendSeconds", "count", "scale"),
    *("target", "direction", "highDetail"),
)
SECONDS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60)
SECONDS_FIELDS = {"durationSeconds", "extendSeconds"}
FRAMES_TWINS = {"durationSeconds": "durationFrames", "extendSeconds": "extendFrames"}
USUAL_SHAPE = "1:1"
USUAL_SECONDS = "5"  # of a clip, and of what is added to one
# A clip without a size takes the shape of its frames.
FRAME_FIELDS = ("startFrameImageUrl", "finalFrameImageUrl", "overlapFrameImageUrls")
FRAME_SHAPE = "Shape of the frame"
# The default of the task, which the empty choice stands for.
HIDDEN_TWINS = {
    "aspectRatio": USUAL_SHAPE,
    SIZE_FIELD: f"{LANDSCAPE[0]}x{LANDSCAPE[1]}",
    "scale": "2",
    "durationSeconds": USUAL_SECONDS,
    "extendSeconds": USUAL_SECONDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One choice of the bar: its values with words for each, and the chosen one."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str

    @property
    def words(self) -> str:
        """Return the words of the chosen value, which the chip shows."""
        return dict(self.options)[self.chosen]


def build_chips(fields: Sequence[FormField], values: Mapping[str, str]) -> list[Chip]:
    """Build the chips of a task; a value that is none of the usual ones becomes a choice too."""
    by_name = {field.name: field for field in fields}
    chips = []
    for name in CHIP_FIELDS:
        if name == SIZE_FIELD:
            if has_size_chip(by_name):
                chips.append(_build_size_chip(values))
        elif name in by_name:
            field = by_name[name]
            chip = _build_chip(name, _list_options(field), _get_value(field, values))
            if values.get(FRAMES_TWINS.get(name, "")):
                words = {**dict(chip.options), "": "By frames"}
                chip = replace(chip, options=list(words.items()))
            chips.append(chip)
    return chips


def list_chip_names(fields: Sequence[FormField]) -> set[str]:
    """Return the names of the fields that the chips of a task stand for."""
    names = {field.name for field in fields}
    sides = {"width", "height"} if has_size_chip(names) else set()
    return (names & set(CHIP_FIELDS)) | sides


def has_size_chip(names: Mapping[str, FormField] | set[str]) -> bool:
    """Return True if a task chooses its shape by width and height, and takes no media for it."""
    return "width" in names and "durationSeconds" in names


def read_chip_values(posted: Mapping[str, str]) -> dict[str, str]:
    """Read the values of a posted bar: the size becomes two sides, an empty check none."""
    values = {name: text for name, text in posted.items() if name != SIZE_FIELD}
    if not values.get("highDetail"):
        values.pop("highDetail", None)
    width, _, height = posted.get(SIZE_FIELD, "").partition("x")
    if height:
        values |= {"width": width, "height": height}
    return values


def to_chip_input(task_input: Mapping[str, object]) -> dict[str, object]:
    """Return an input with a shape in place of its size, and seconds in place of frames.

    So a repeated job shows in the chips that it was made with, and they can be changed alone.
    """
    changed = dict(task_input)
    shapes: dict[tuple[object, object], str] = {size: shape for shape, size in SIZES.items()}
    size = (changed.get("width"), changed.get("height"))
    if "durationFrames" not in changed and "fps" not in changed:
        shape = shapes.get(size)
        if shape is not None:
            changed.pop("width")
            changed.pop("height")
            changed["aspectRatio"] = shape
    frames, fps = changed.get("durationFrames"), changed.get("fps", 24)
    if isinstance(frames, int) and isinstance(fps, int) and (frames - 1) % fps == 0:
        changed.pop("durationFrames")
        changed["durationSeconds"] = (frames - 1) // fps
    return changed


def _build_size_chip(values: Mapping[str, str]) -> Chip:
    """Build the choice of a size; with frames the empty choice is their shape, not the usual."""
    sizes, chosen = list(list_options(SIZE_FIELD)), _get_size(values)
    if not any(values.get(each) for each in FRAME_FIELDS):
        sizes.remove(HIDDEN_TWINS[SIZE_FIELD])
        return _build_chip(SIZE_FIELD, sizes, chosen)
    options = [(each, _to_words(SIZE_FIELD, each) if each else FRAME_SHAPE) for each in sizes]
    if chosen not in sizes:
        options.append((chosen, _to_words(SIZE_FIELD, chosen)))
    return Chip(name=SIZE_FIELD, label=format_label(SIZE_FIELD), options=options, chosen=chosen)


def _build_chip(name: str, values: Sequence[str], chosen: str) -> Chip:
    if "" in values and chosen == HIDDEN_TWINS.get(name):
        chosen = ""
    known = [*values, *([] if chosen in values else [chosen])]
    return Chip(
        name=name,
        label=format_label(name),
        options=[(value, _to_words(name, value)) for value in known],
        chosen=chosen,
    )


def _list_options(field: FormField) -> list[str]:
    if field.name in SECONDS_FIELDS:
        lowest, highest = field.lowest or 0, field.highest or SECONDS[-1]
        fitting = [str(each) for each in SECONDS if lowest <= each <= highest]
        if field.default is not None:
            return fitting
        return [each if each != USUAL_SECONDS else "" for each in fitting]
    if field.control == "check":
        return ["", "on"]
    if field.control == "number":
        lowest, highest = int(field.lowest or 1), int(field.highest or 1)
        return [str(each) for each in range(lowest, highest + 1)]
    options = [each for each in field.options if each != HIDDEN_TWINS.get(field.name)]
    return options if field.default is not None else ["", *options]


def _get_value(field: FormField, values: Mapping[str, str]) -> str:
    default = "" if field.default in (None, False) else str(field.default)
    text = values.get(field.name, "").strip() or default
    return text.removesuffix(".0") if field.name in SECONDS_FIELDS else text


def _get_size(values: Mapping[str, str]) -> str:
    width, height = values.get("width", ""), values.get("height", "")
    return f"{width}x{height}" if width and height else ""


def _to_words(name: str, value: str) -> str:
    if (words := list_options(name).get(value)) is not None:
        return words
    if name in SECONDS_FIELDS:
        return f"{value} s" if value else f"{USUAL_SECONDS} s"
    if name == "count":
        return f"×{value}"  # noqa: RUF001 - multiplication
    if name == SIZE_FIELD:
        return value.replace("x", " × ")  # noqa: RUF001 - multiplication
    return f"{value}×" if name == "scale" else value  # noqa: RUF001 - multiplication
