"""Portable schemas: pydantic's, rewritten into forms that every code generator can read."""

from typing import Any

from gateway.kit.wire.json_schema import NULL_SCHEMA, JsonSchema

# The keys that hold further schemas, beside `properties`.
NESTING_KEYS = frozenset(
    {"items", "additionalProperties", "propertyNames", "anyOf", "oneOf", "allOf"}
)


def make_portable(schema: Any) -> None:  # noqa: ANN401 - JSON
    """Rewrite a schema and all within it, in place; it accepts the same values as before."""
    if isinstance(schema, list):
        for each in schema:
            make_portable(each)
    if not isinstance(schema, dict):
        return
    _merge_null(schema)
    _write_step(schema)
    if schema.get("type") == "array":
        schema.setdefault("items", {})
    for field in schema.get("properties", {}).values():
        field.pop("title", None)  # pydantic's, which only spells the name
        make_portable(field)
    for key in NESTING_KEYS & schema.keys():
        make_portable(schema[key])


def _merge_null(schema: JsonSchema) -> None:
    """Write a choice between one plain type and null as one schema with both types."""
    kinds = [each for each in schema.get("anyOf", ()) if each != NULL_SCHEMA]
    if len(kinds) != 1 or len(schema["anyOf"]) == 1 or not isinstance(kinds[0].get("type"), str):
        return
    (kind,) = kinds
    if {"oneOf", "anyOf"} & kind.keys():
        return
    del schema["anyOf"]
    schema.update(kind | {key: each for key, each in schema.items() if key != "title"})
    allow_null(schema)


def allow_null(schema: JsonSchema) -> None:
    """Let a schema of one type accept null too, in place."""
    if isinstance(schema["type"], list):
        return
    schema["type"] = [schema["type"], "null"]
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]


def _write_step(schema: JsonSchema) -> None:
    """Write a choice of fractions as a range with a step: code generators know no such enums."""
    values = [each for each in schema.get("enum", ()) if each is not None]
    if not any(isinstance(each, float) for each in values):
        return
    step = values[1] - values[0]
    if any(each % step for each in values):
        raise ValueError(f"{values} have no common step")
    del schema["enum"]
    schema.update(minimum=min(values), maximum=max(values), multipleOf=step)
