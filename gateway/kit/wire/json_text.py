"""JSON text, as we write it to rows and to the wire."""

from typing import Any, TypeAlias

from pydantic_core import to_json

JsonObject: TypeAlias = dict[str, Any]
"""A parsed JSON object whose shape is not ours to know: a body that no model has read yet, or an
answer of a provider or a chain."""


def write_json(value: object) -> str:
    """Write a value as JSON without white space; models by wire names, without `MISSING` fields."""
    return to_json(value).decode()
