"""Input schema of a task: which fields are media, what types and values they take."""

from collections.abc import Iterator, Mapping
from typing import Any

BOOLEANS = ("true", "false")


def is_media_field(name: str, schema: Mapping[str, Any]) -> bool:
    """Return True for a field with a twin with `Url`, as media have; so for an unknown one."""
    plural = name.endswith("s")
    twin = f"{name.removesuffix('s')}Url{'s' * plural}"
    properties = schema.get("properties", {})
    return "Url" in name or twin in properties or name not in properties


def list_values(field: Mapping[str, Any]) -> Iterator[str]:
    """Yield the values of a field that takes only a few."""
    yield from (str(each) for each in field.get("enum", ()) if each is not None)
    if field.get("type") == "boolean":
        yield from BOOLEANS
    for part in (*field.get("anyOf", ()), *field.get("oneOf", ())):
        yield from list_values(part)


def describe_values(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield a few words for each kind of value that a field takes."""
    parts = (*field.get("anyOf", ()), *field.get("oneOf", ()))
    if "enum" in field:
        yield ", ".join(map(str, field["enum"]))
    elif parts:
        for part in parts:
            yield from describe_values(part, schema)
    elif "$ref" in field:
        yield "object"
    elif field.get("type") not in (None, "null"):
        least, most = field.get("minimum"), field.get("maximum")
        bounds = (
            "" if least is None and most is None else f" {_to_bound(least)} to {_to_bound(most)}"
        )
        yield f"{field['type']}{bounds}"


def _to_bound(bound: object) -> str:
    return "…" if bound is None else str(bound)


def collect_types(field: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    """Collect the JSON types that a field takes, of a list also those of its items."""
    return set(_walk_types(field, schema))


def _walk_types(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in field:
        target: Any = schema
        for part in field["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from _walk_types(target, schema)
    kind = field.get("type")
    yield from [kind] if isinstance(kind, str) else kind or []
    for part in (*field.get("anyOf", ()), *field.get("oneOf", ())):
        yield from _walk_types(part, schema)
    if "items" in field:
        yield from (each for each in _walk_types(field["items"], schema) if each != "object")
