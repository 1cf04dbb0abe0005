"""Formats that the list of tools has no room for: whole schemas from the OpenAPI document.

A tool lists its arguments; of an argument that is a document it shows only that it is an object.
The whole schema is a resource, and refusals of the tool name its URI.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcp_server.offers import TOOL_SCHEMA, Offer
from mcp_server.open_json import Schema

REF, DEFS = "#/components/schemas/", "#/$defs/"
NO_CONTROL = "^[^\\u0000-"  # the start of every pattern that only excludes control characters


class Formats:
    """The formats of one OpenAPI document and of the tools read from it."""

    def __init__(self, document: Schema, offers: Sequence[Offer]) -> None:
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self._offers = {offer.name: offer for offer in offers}

    @property
    def tools(self) -> list[str]:
        """Return the names of the tools, sorted."""
        return sorted(self._offers)

    @property
    def example(self) -> Schema | None:
        """Return a small valid storyboard; None if an older gateway's document has none."""
        example: Schema | None = _example_of(self._schemas.get("Storyboard", {}))
        return example

    def storyboard(self) -> Schema:
        """Build the format of storyboards: in words, by example, and as JSON Schema.

        Parts that an older gateway's document lacks are left out.
        """
        storyboard, shot = (self._schemas.get(name, {}) for name in ("Storyboard", "Shot"))
        import_fields = self._schemas.get("ImportStoryboard", {}).get("properties", {})
        parts = {
            "storyboard": storyboard.get("description"),
            "shot": shot.get("description"),
            "example": self.example,
            "exampleAsMarkdown": _example_of(import_fields.get("text", {})),
            "operations": TOOL_SCHEMA.format(tool="studio_storyboard_update"),
            "schema": self._whole({"$ref": f"{REF}Storyboard"}) if storyboard else None,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def tool(self, name: str) -> Schema | None:
        """Return the whole schema of a tool's arguments; None if there is no such tool."""
        offer = self._offers.get(name)
        if offer is None:
            return None
        required = offer.parameters.get("required", [])
        properties = offer.parameters["properties"] | offer.fields
        return self._whole({"type": "object", "properties": properties, "required": required})

    def _whole(self, schema: Schema) -> Schema:
        """Return a schema with every schema that it refers to under its own `$defs`."""
        defs: dict[str, Schema] = {}
        pending = list(_references(schema))
        while pending:
            name = pending.pop()
            if name not in defs:
                defs[name] = _plain(self._schemas[name])
                pending += _references(self._schemas[name])
        whole: Schema = _plain(schema)
        return whole | ({"$defs": dict(sorted(defs.items()))} if defs else {})


def _example_of(schema: Schema) -> Any:  # noqa: ANN401 - JSON
    """Return the first example of a schema, or None."""
    return next(iter(schema.get("examples", ())), None)


def _references(schema: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)
    elif isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix(REF)
        for each in schema.values():
            yield from _references(each)


def _plain(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema that refers to its own `$defs`, without keywords of no use to a model."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _plain(each) for name, each in schema.items() if not _is_noise(name, each)}
    if isinstance(reference := kept.get("$ref"), str):
        kept["$ref"] = reference.replace(REF, DEFS)
    return kept


def _is_noise(name: str, value: Any) -> bool:  # noqa: ANN401 - JSON
    if name in {"default", "discriminator"}:
        return value is None or isinstance(value, dict)
    return name == "pattern" and isinstance(value, str) and value.startswith(NO_CONTROL)
