"""Formats that the list of tools has no room for: whole schemas, read off the OpenAPI document.

A tool shows the fields of its arguments; of an argument that is a document it shows only that it is
an object. Its whole schema is a resource, which refusals of the tool name.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcp_server.offers import TOOL_SCHEMA, Offer
from mcp_server.open_json import Schema

REF, DEFS = "#/components/schemas/", "#/$defs/"
NO_CONTROL = "^[^\\u0000-"  # how the patterns begin that only keep control characters out


class Formats:
    """The formats of one OpenAPI document and the tools that were read off it."""

    def __init__(self, document: Schema, offers: Sequence[Offer]) -> None:
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self._offers = {offer.name: offer for offer in offers}

    @property
    def tools(self) -> list[str]:
        """Return the names of the tools."""
        return sorted(self._offers)

    @property
    def example(self) -> Schema | None:
        """Return a small storyboard that is valid; None: an older gateway gives none."""
        found: Schema | None = _example_of(self._schemas.get("Storyboard", {}))
        return found

    def storyboard(self) -> Schema:
        """Return the format of storyboards: as words, by example, and as JSON Schema.

        What an older gateway does not tell is left out.
        """
        told = {name: self._schemas.get(name, {}) for name in ("Storyboard", "Shot")}
        imported = self._schemas.get("ImportStoryboard", {}).get("properties", {})
        parts = {
            "storyboard": told["Storyboard"].get("description"),
            "shot": told["Shot"].get("description"),
            "example": self.example,
            "exampleAsMarkdown": _example_of(imported.get("text", {})),
            "operations": TOOL_SCHEMA.format(tool="studio_storyboard_update"),
            "schema": self._whole({"$ref": f"{REF}Storyboard"}) if told["Storyboard"] else None,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def tool(self, name: str) -> Schema | None:
        """Return the whole schema of a tool's arguments; None: there is no such tool."""
        offer = self._offers.get(name)
        if offer is None:
            return None
        needed = offer.parameters.get("required", [])
        properties = offer.parameters["properties"] | offer.fields
        return self._whole({"type": "object", "properties": properties, "required": needed})

    def _whole(self, schema: Schema) -> Schema:
        """Return a schema with all that it refers to inside it."""
        defs: dict[str, Schema] = {}
        left = list(_references(schema))
        while left:
            name = left.pop()
            if name not in defs:
                defs[name] = _plain(self._schemas[name])
                left += _references(self._schemas[name])
        whole: Schema = _plain(schema)
        return whole | ({"$defs": dict(sorted(defs.items()))} if defs else {})


def _example_of(schema: Schema) -> Any:  # noqa: ANN401 - JSON
    """Return the first example of a schema; None: it has none."""
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
    """Return a schema that refers to its own parts, without what tells a model nothing."""
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
