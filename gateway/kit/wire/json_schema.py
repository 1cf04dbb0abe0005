"""JSON Schema in words, for people and agents."""

from collections.abc import Mapping
from typing import Any, TypeAlias

JsonSchema: TypeAlias = dict[str, Any]
"""A JSON Schema or a part of an OpenAPI document: open, for their specifications say its shape."""

NULL_SCHEMA: JsonSchema = {"type": "null"}


def describe_kind(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Name the kind of value that a schema takes, such as `list of text`.

    `definitions` are the schemas that its references point to.
    """
    schema = drop_null(schema)
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        target = definitions.get(name, {})
        return describe_kind(target, definitions) if "enum" in target else name
    for union in ("anyOf", "oneOf"):
        if union in schema:
            kinds = [describe_kind(each, definitions) for each in schema[union]]
            return " or ".join(dict.fromkeys(kinds))
    if "const" in schema:
        return f"{schema['const']}"
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"] if each is not None)
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {describe_kind(schema.get('items', {}), definitions)}"
    return {"string": "text", "boolean": "true | false"}.get(kind, str(kind))


def describe_limits(schema: Mapping[str, Any]) -> str:
    """Describe the limits of a schema, such as `1 to 4`; empty if it has none."""
    schema = drop_null(schema)
    kind = schema.get("type")
    if kind == "string":
        return _describe_span(schema.get("minLength"), schema.get("maxLength"), "characters")
    if kind == "array":
        return _describe_span(schema.get("minItems"), schema.get("maxItems"), "items")
    lowest = schema.get("minimum")
    if "exclusiveMinimum" in schema:
        return f"above {schema['exclusiveMinimum']}, at most {schema.get('maximum')}"
    return _describe_span(lowest, schema.get("maximum"), "")


def drop_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema without `null`, by which a field may be left out."""
    if isinstance(schema.get("type"), list):
        return {**schema, "type": next(kind for kind in schema["type"] if kind != "null")}
    if "anyOf" in schema and NULL_SCHEMA in schema["anyOf"]:
        rest = [each for each in schema["anyOf"] if each != NULL_SCHEMA]
        return rest[0] if len(rest) == 1 else {"anyOf": rest}
    return schema


def _describe_span(lowest: object, highest: object, unit: str) -> str:
    if highest is None:
        return "" if lowest is None else f"at least {lowest} {unit}".rstrip()
    if lowest is None:
        return f"at most {highest} {unit}".rstrip()
    return f"{lowest} to {highest} {unit}".rstrip()
