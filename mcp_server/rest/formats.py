"""Formats that the list of tools has no room for: whole schemas from the OpenAPI document.

A tool lists its arguments; of an argument that is a document it shows only that it is an object.
The whole schema is a resource, and refusals of the tool name its URI.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcp_server.json_types import Schema
from mcp_server.rest.offers import TOOL_SCHEMA_URI, ToolOffer

COMPONENT_PREFIX, DEFS_PREFIX = "#/components/schemas/", "#/$defs/"
CONTROL_PATTERN_PREFIX = (
    "^[^\\u0000-"  # the start of every pattern that only excludes control characters
)


class Formats:
    """The formats of one OpenAPI document and of the tools read from it."""

    def __init__(self, document: Schema, offers: Sequence[ToolOffer]) -> None:
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self._offers = {offer.name: offer for offer in offers}

    @property
    def tool_names(self) -> list[str]:
        """Return the names of the tools, sorted."""
        return sorted(self._offers)

    @property
    def storyboard_example(self) -> Schema | None:
        """Return a small valid storyboard; None if an older gateway's document has none."""
        example: Schema | None = _find_first_example(self._schemas.get("Storyboard", {}))
        return example

    def build_storyboard_format(self) -> Schema:
        """Build the format of storyboards: in words, by example, and as JSON Schema.

        Parts that an older gateway's document lacks are left out.
        """
        storyboard, shot = (self._schemas.get(name, {}) for name in ("Storyboard", "Shot"))
        import_fields = self._schemas.get("ImportStoryboard", {}).get("properties", {})
        parts = {
            "storyboard": storyboard.get("description"),
            "shot": shot.get("description"),
            "example": self.storyboard_example,
            "exampleAsMarkdown": _find_first_example(import_fields.get("text", {})),
            "operations": TOOL_SCHEMA_URI.format(tool="studio_storyboard_update"),
            "schema": self._inline_references({"$ref": f"{COMPONENT_PREFIX}Storyboard"})
            if storyboard
            else None,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def find_tool_schema(self, name: str) -> Schema | None:
        """Return the whole schema of a tool's arguments; None if there is no such tool."""
        offer = self._offers.get(name)
        if offer is None:
            return None
        required = offer.parameters.get("required", [])
        properties = offer.parameters["properties"] | offer.argument_schemas
        return self._inline_references(
            {"type": "object", "properties": properties, "required": required}
        )

    def _inline_references(self, schema: Schema) -> Schema:
        """Return a schema with every schema that it refers to under its own `$defs`."""
        defs: dict[str, Schema] = {}
        pending = list(_list_references(schema))
        while pending:
            name = pending.pop()
            if name not in defs:
                defs[name] = _simplify_schema(self._schemas[name])
                pending += _list_references(self._schemas[name])
        whole: Schema = _simplify_schema(schema)
        return whole | ({"$defs": dict(sorted(defs.items()))} if defs else {})


def _find_first_example(schema: Schema) -> Any:  # noqa: ANN401 - JSON
    """Return the first example of a schema, or None."""
    return next(iter(schema.get("examples", ())), None)


def _list_references(schema: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(schema, list):
        for each in schema:
            yield from _list_references(each)
    elif isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix(COMPONENT_PREFIX)
        for each in schema.values():
            yield from _list_references(each)


def _simplify_schema(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema that refers to its own `$defs`, without keywords of no use to a model."""
    if isinstance(schema, list):
        return [_simplify_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: _simplify_schema(each) for name, each in schema.items() if not _is_noise(name, each)
    }
    if isinstance(reference := kept.get("$ref"), str):
        kept["$ref"] = reference.replace(COMPONENT_PREFIX, DEFS_PREFIX)
    return kept


def _is_noise(name: str, value: Any) -> bool:  # noqa: ANN401 - JSON
    if name in {"default", "discriminator"}:
        return value is None or isinstance(value, dict)
    return name == "pattern" and isinstance(value, str) and value.startswith(CONTROL_PATTERN_PREFIX)
