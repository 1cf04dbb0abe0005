"""Schemas of arguments as a model sees them: slimmed, because each one takes room in its context.

Words, patterns and lower bounds are dropped: REST checks them. Of an argument that has parts, only
the parts that its tool names are shown.
"""

from collections.abc import Iterable, Mapping

from mcp_server.json_types import Schema

SHOWN_KEYWORDS = (
    "type",
    "enum",
    "const",
    "maximum",
    "maxItems",
)
TYPE_KEYWORDS = ("type", "enum", "items", "properties", "required")
MAX_SHOWN_MAXIMUM, MAX_SHOWN_ITEMS = 2**31 - 2, 25
NUMBERS = frozenset({"integer", "number"})
Parts = dict[str, "Parts"]


def parse_parts(paths: Iterable[str]) -> Parts:
    """Parse the paths of parts: `a.b` is part b of a."""
    parts: Parts = {}
    for path in paths:
        part = parts
        for name in path.split("."):
            part = part.setdefault(name, {})
    return parts


class SchemaSlimmer:
    """Slims the schemas of one OpenAPI document."""

    def __init__(self, components: Schema) -> None:
        self._components = components

    def resolve_reference(self, schema: Schema) -> Schema:
        """Return the schema that a reference names; another schema as it is."""
        while "$ref" in schema:
            kind, _, name = schema["$ref"].removeprefix("#/components/").partition("/")
            schema = self._components[kind][name]
        return schema

    def strip_null(self, schema: Schema) -> Schema:
        """Return a schema without its references and without null.

        The document writes "or null" in three ways: as `anyOf`, a list of types, and in `enum`.
        """
        plain = self.resolve_reference(schema)
        for variant in plain.get("anyOf", ()):
            if variant.get("type") != "null":
                return self.resolve_reference(variant)
        if isinstance(plain.get("type"), list):
            kinds = [kind for kind in plain["type"] if kind != "null"]
            plain = {**plain, "type": kinds[0]}
        if None in plain.get("enum", ()):
            plain = {**plain, "enum": [each for each in plain["enum"] if each is not None]}
        return plain

    def slim(self, schema: Schema, parts: Parts) -> Schema:
        """Return a schema without words, patterns and null.

        Of an object only its `parts` are shown, without their bounds; without any it is just an
        object.
        """
        plain = self.strip_null(schema)
        slim = {name: plain[name] for name in SHOWN_KEYWORDS if plain.get(name) is not None}
        if "oneOf" in plain:
            plain = self._merge_variants([self.strip_null(each) for each in plain["oneOf"]])
            slim["type"] = "object"
        if slim.get("maximum", 0) > MAX_SHOWN_MAXIMUM:
            del slim["maximum"]
        if slim.get("maxItems", 0) > MAX_SHOWN_ITEMS:
            del slim["maxItems"]
        if "items" in plain:
            slim["items"] = self.slim(plain["items"], parts)
        if parts and "properties" in plain:
            slim["properties"] = {
                name: keep_types(self.slim(plain["properties"][name], parts[name]))
                for name in parts
                if name in plain["properties"]
            }
            if required := [name for name in parts if name in plain.get("required", ())]:
                slim["required"] = required
        return slim

    def slim_to_type(self, schema: Schema) -> Schema:
        """Return only the type of a part of an answer; several types become `anyOf`.

        Not a list of types: clients that know only a part of JSON Schema refuse the whole tool.
        """
        kinds: list[str] = []
        for each in map(self.resolve_reference, schema.get("anyOf", [schema])):
            declared = each.get("type", "object")
            kinds += declared if isinstance(declared, list) else [declared]
        variants = [{"type": kind} for kind in kinds]
        return variants[0] if len(variants) == 1 else {"anyOf": variants}

    def _merge_variants(self, variants: Iterable[Schema]) -> Schema:
        """Merge objects of several models into one with the fields of all, for one short schema.

        Many clients refuse a tool whose schema has `oneOf`.
        """
        merged: Schema = {}
        required: set[str] | None = None
        for variant in variants:
            for name, field in variant.get("properties", {}).items():
                plain = self.strip_null(field)
                merged[name] = merge_schemas(merged.get(name, plain), plain)
            asked = set(variant.get("required", ()))
            required = asked if required is None else required & asked
        return {"type": "object", "properties": merged, "required": sorted(required or ())}


def keep_types(schema: Schema) -> Schema:
    """Return a slim schema without its bounds."""
    kept = {name: value for name, value in schema.items() if name in TYPE_KEYWORDS}
    if "items" in kept:
        kept["items"] = keep_types(kept["items"])
    return kept


def merge_schemas(one: Schema, other: Schema) -> Schema:
    """Return a schema that takes the values of two; what they disagree about is left open."""
    merged = {name: value for name, value in one.items() if other.get(name) == value}
    if one.get("type") != other.get("type"):
        merged["type"] = "number" if {one["type"], other["type"]} <= NUMBERS else "string"
    choices = [_list_choices(each) for each in (one, other)]
    if all(choices) and choices[0] != choices[1]:
        merged.pop("const", None)
        merged["enum"] = list(dict.fromkeys(choices[0] + choices[1]))
    return merged


def _list_choices(schema: Mapping[str, object]) -> list[object]:
    choices = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return list(choices) if isinstance(choices, list) else []
