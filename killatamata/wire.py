"""Wire form of names, arguments and submit bodies."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object without fixed fields: the gateway defines those of a task, an event or a document.
The input of a task may hold a `Path`, bytes or an open file where the field is media."""
UNDERSCORE = re.compile(r"_([a-z0-9])")
JOB_OPTIONS = (
    "max_price_usd",
    "quote_id",
    "queue_timeout_seconds",
    "deadline_seconds",
    "metadata",
    "project_id",
    "webhook",
    "strict",
    "parent",
    "preset_ids",
)


def to_wire_name(name: str) -> str:
    """Return the wire name: `start_frame_image` is `startFrameImage`."""
    return UNDERSCORE.sub(lambda match: match[1].upper(), name.strip("_"))


def to_wire_names(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with wire names at every depth."""
    if isinstance(value, Mapping):
        return {to_wire_name(name): to_wire_names(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_wire_names(each) for each in value]
    return value


def build_wire_fields(**arguments: Any) -> JsonObject:  # noqa: ANN401 - JSON values
    """Build a body of the arguments that are not None, under their wire names."""
    return {
        to_wire_name(name): to_wire_value(value)
        for name, value in arguments.items()
        if value is not None
    }


def to_wire_value(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold, and times
    """Return a date or time as ISO 8601, and any other value unchanged."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def build_query(**arguments: Any) -> dict[str, str | int | float]:  # noqa: ANN401
    """Build a query of the arguments that are not None; true is 1."""
    fields = build_wire_fields(**arguments)
    return {
        name: int(value) if isinstance(value, bool) else value for name, value in fields.items()
    }


def build_submit_body(task: str, fields: Mapping[str, Any]) -> JsonObject:
    """Build the body of a submit: job options at the top, the rest in the input of the task."""
    options = build_wire_fields(**{name: fields.get(name) for name in JOB_OPTIONS})
    if "maxPriceUsd" in options:
        options["maxPriceUsd"] = str(options["maxPriceUsd"])  # a Decimal will do
    if "parent" in options:
        options["parent"] = to_wire_names(options["parent"])
    inputs = {name: each for name, each in fields.items() if name not in JOB_OPTIONS}
    return {"task": task, "input": to_wire_names(build_wire_fields(**inputs)), **options}
