"""Wire form of names, arguments and submit bodies."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic import BaseModel

from killatamata.fields import ItemOptions, JobOptions
from killatamata.operations import TYPED_INPUTS

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object without fixed fields: the gateway defines those of a task, an event or a document.
The input of a task may hold a `Path`, bytes or an open file where the field is media."""
UNDERSCORE = re.compile(r"_([a-z0-9])")
JOB_OPTIONS = frozenset(JobOptions.__annotations__) | frozenset(ItemOptions.__annotations__)
OPEN_OPTIONS = {"metadata"}  # its names are the caller's own


def to_wire_name(name: str) -> str:
    """Return the wire name: `start_frame_image` is `startFrameImage`."""
    return UNDERSCORE.sub(lambda match: match[1].upper(), name.strip("_"))


def to_wire_names(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with wire names at every depth."""
    if isinstance(value, Mapping):
        return {to_wire_name(name): to_wire_names(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_wire_names(each) for each in value]
    return to_wire_value(value)


def to_wire_input(name: str, given: Mapping[str, Any]) -> JsonObject:
    """Return the input of a task or step with wire names.

    That of one that this version does not know stays as it is: only the gateway knows its names.
    """
    wire_input: JsonObject = to_wire_names(given) if name in TYPED_INPUTS else _to_json(given)
    return wire_input


def to_wire_step(step: Mapping[str, Any]) -> JsonObject:
    """Return a step of a plan with wire names."""
    rest = {name: each for name, each in step.items() if name != "input"}
    wire_step: JsonObject = to_wire_names(rest)
    if "input" in step:
        wire_step["input"] = to_wire_input(step.get("operation", ""), step["input"])
    return wire_step


def _to_json(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {name: _to_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(each) for each in value]
    return to_wire_value(value)


def to_wire_document(document: BaseModel | Mapping[str, Any] | None) -> JsonObject | None:
    """Return a document under its wire names, from a model of an answer or from fields."""
    if isinstance(document, BaseModel):
        return document.model_dump(mode="json", by_alias=True, exclude_unset=True)
    wire_document: JsonObject | None = to_wire_names(document)
    return wire_document


def build_wire_fields(**arguments: Any) -> JsonObject:  # noqa: ANN401 - JSON values
    """Build a body of the arguments that are not None, under their wire names."""
    return {
        to_wire_name(name): to_wire_value(value)
        for name, value in arguments.items()
        if value is not None
    }


def to_wire_value(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold, and times
    """Return a time as ISO 8601, an amount as text, a number of NumPy as one of Python.

    Any other value stays as it is.
    """
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def build_query(**arguments: Any) -> dict[str, str | int | float]:  # noqa: ANN401
    """Build a query of the arguments that are not None; true is 1."""
    fields = build_wire_fields(**arguments)
    return {
        name: int(value) if isinstance(value, bool) else value for name, value in fields.items()
    }


def split_item(item: Any) -> tuple[str, Mapping[str, Any]]:  # noqa: ANN401 - both forms
    """Return task and fields of an item; until 0.7 an item was a pair of them."""
    if isinstance(item, tuple):
        task, fields = item
        return task, fields
    return item["task"], {name: each for name, each in item.items() if name != "task"}


def build_submit_body(task: str, fields: Mapping[str, Any]) -> JsonObject:
    """Build the body of a submit: job options at the top, the rest in the input of the task.

    `input` among the fields is the rest of the input; its names are never taken for options, and
    those of a task that this version does not know go as they are.
    """
    options = {name: each for name, each in fields.items() if name in JOB_OPTIONS}
    inputs = {name: each for name, each in fields.items() if name not in {*JOB_OPTIONS, "input"}}
    given = fields.get("input") or {}
    if task in TYPED_INPUTS:
        wire_input = to_wire_names(build_wire_fields(**{**given, **inputs}))
    else:
        wire_input = to_wire_input(task, given) | to_wire_names(build_wire_fields(**inputs))
    wire_options = {
        to_wire_name(name): to_wire_value(each) if name in OPEN_OPTIONS else to_wire_names(each)
        for name, each in options.items()
        if each is not None
    }
    if "maxPriceUsd" in wire_options:
        wire_options["maxPriceUsd"] = str(wire_options["maxPriceUsd"])  # a number will do
    return {
        "task": task,
        "input": wire_input,
        **wire_options,
    }
