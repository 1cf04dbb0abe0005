"""One valid value for a schema, so that each body is shown by example."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.openapi import vocabulary

DEEPEST = 8
DATES = {"date-time": "2026-11-25T14:00:00Z", "date": "2026-11-25"}
# For patterns that the usual text of a name does not match.
OTHERS = ("opening-1", "0.30", "Ada")


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return a value that the schema takes; `schemas` are the components it may refer to."""
    return _value(schema, schemas, name, DEEPEST)


def _value(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, left: int) -> Any:  # noqa: ANN401 - JSON
    schema = _meant(schema, schemas)
    for told in ("examples", "const", "enum"):
        if told in schema:
            values = schema[told] if told != "const" else [schema[told]]
            return next(each for each in values if each is not None)
    kinds = schema.get("type")
    match kinds[0] if isinstance(kinds, list) else kinds:
        case "array":
            return [_value(schema.get("items", {}), schemas, name, left - 1)] if left else []
        case "string":
            return _text(schema, name)
        case "integer" | "number" as kind:
            return _number(schema, name, kind)
        case "boolean":
            return schema.get("default", False)
        case _:
            return _object(schema, schemas, left)


def _meant(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow references, and in a union the first that is not null."""
    while True:
        if "examples" in schema:
            return schema
        kinds = schema.get("anyOf") or ("properties" not in schema and schema.get("oneOf"))
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        elif kinds:
            schema = next(each for each in kinds if each.get("type") != "null")
        else:
            return schema


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], left: int) -> dict[str, Any]:
    return {
        field: _value(each, schemas, field, left - 1)
        for field, each in schema.get("properties", {}).items()
        if left or field in schema.get("required", [])
    }


def _text(schema: Mapping[str, Any], name: str) -> str:
    """Return the text that a name usually holds, or the first that the pattern takes."""
    if schema.get("format") in DATES:
        return DATES[schema["format"]]
    pattern = schema.get("pattern", "")
    prefix = re.match(r"\^([a-z]+)_", pattern)
    named = [f"{prefix[1]}_{vocabulary.ULID}"] if prefix else []
    for text in (vocabulary.string(name)[1], *named, *OTHERS):
        cut = text[: schema.get("maxLength", vocabulary.LONGEST)]
        if re.search(pattern, cut):
            return cut
    raise LookupError(f"{name} needs an example: {pattern}")


def _number(schema: Mapping[str, Any], name: str, kind: str) -> float:
    shown = (vocabulary.integer if kind == "integer" else vocabulary.number)(name)[1]
    lowest, highest = schema.get("minimum", shown), schema.get("maximum", shown)
    found: float = max(lowest, min(shown, highest))
    return found
