"""Answers as an OpenAPI document declares them, built from its schemas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_server.rest.offers import ToolOffer

MAX_DEPTH = 6
PLAIN_VALUES = {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "null": None}
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Samples:
    """Builds values of the schemas of one document."""

    document: Mapping[str, Any]

    def build_answers(self, offer: ToolOffer) -> Iterator[dict[str, Any]]:
        """Build answers of the tool's operation, two of each kind that its document declares."""
        operation = self.document["paths"][offer.path][offer.method.lower()]
        for status, response in operation["responses"].items():
            name = response.get("$ref", "").rpartition("/")[2]
            whole = self.document["components"]["responses"][name] if name else response
            content = whole.get("content", {}).get("application/json", {})
            if not status.startswith("2") or "schema" not in content:
                continue
            for variant in content["schema"].get("anyOf", [content["schema"]]):
                for nulls in (False, True):
                    yield self.build(variant, nulls=nulls)

    def build(self, schema: Schema, *, nulls: bool = False, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """Build a value of a schema: with null wherever that is allowed, or nowhere."""
        schema = self._resolve(schema)
        kinds = schema.get("type", "object")
        variants = schema.get("anyOf") or schema.get("oneOf")
        if variants is None and isinstance(kinds, list):
            variants = [schema | {"type": kind} for kind in kinds]
        if variants:
            ordered = sorted(variants, key=lambda each: (each.get("type") == "null") != nulls)
            return self.build(ordered[0], nulls=nulls, depth=depth)
        if kinds == "null" or "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        if depth > MAX_DEPTH:
            return {}
        if kinds == "array":
            return [self.build(schema.get("items", {}), nulls=nulls, depth=depth + 1)]
        if kinds == "object":
            return {
                name: self.build(each, nulls=nulls, depth=depth + 1)
                for name, each in schema.get("properties", {}).items()
            }
        return PLAIN_VALUES[kinds]

    def _resolve(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema
