"""JSON as we write it, to rows and to the wire."""

from typing import Any, TypeAlias

from pydantic_core import to_json

JsonObject: TypeAlias = dict[str, Any]
"""A parsed JSON object whose shape is not ours to know: a body that no model has read yet, or an
answer of a provider or a chain."""


def write_json(value: object) -> str:
    """Return JSON without white space; models have their wire names, without what is `MISSING`."""
    return to_json(value).decode()
