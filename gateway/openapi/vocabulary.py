"""What a name on the wire means: the bounds of its values.

An answer's models say only `str` or `int`; these are the limits that all values of a name keep.
"""

import re
from typing import Any

from gateway.kit.json_schema import NULL
from gateway.openapi.words import words_for

SAFE_INTEGER = 2**53 - 1
LONGEST, LONGEST_DOCUMENT, MOST_ITEMS = 4_096, 2**22, 10_000
SIGNED_USD = r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
# What holds further schemas, beside `properties`.
NESTING = frozenset({"items", "additionalProperties", "propertyNames", "anyOf", "oneOf", "allOf"})


def string(name: str) -> dict[str, Any]:
    """Return the bounds of a text of this name."""
    if name.endswith("Usd"):
        return {"pattern": SIGNED_USD, "maxLength": 20}
    if re.search(r"(^at|At|Moment)$", name):
        return {"format": "date-time", "maxLength": 40}
    if re.search(r"(^url|Url|Uri|UriComplete|Urls)$", name):
        return {"format": "uri", "maxLength": LONGEST}
    if name.lower().endswith("sha256"):
        return {"pattern": "^[0-9a-f]{64}$"}
    if re.search(r"(^id|Id|Ids|Cursor)$", name):
        return {"maxLength": 255}
    return {"maxLength": LONGEST_DOCUMENT if name in {"content", "markdown"} else LONGEST}


def number(name: str) -> dict[str, Any]:
    """Return the bounds of a number of this name."""
    if name.endswith("Microusd"):
        return {"minimum": -SAFE_INTEGER, "maximum": SAFE_INTEGER}
    if name == "httpStatus":
        return {"minimum": 100, "maximum": 599}
    return {"minimum": 0, "maximum": SAFE_INTEGER}


def tell(schema: Any, name: str = "", *, bounded: bool = True) -> None:  # noqa: ANN401 - JSON
    """Describe the fields of a schema, and which of them may be null.

    If `bounded`, each text, number and list without limits gets those of its name.
    """
    if isinstance(schema, list):
        for each in schema:
            tell(each, name, bounded=bounded)
    if not isinstance(schema, dict):
        return
    nullable(schema)
    _step(schema)
    if schema.get("type") == "array":
        schema.setdefault("items", {})
    if bounded:
        _bound_one(schema, name)
    for field, each in schema.get("properties", {}).items():
        each.pop("title", None)  # pydantic's, which only spells the name
        if "$ref" not in each:
            each.setdefault("description", words_for(field))
        tell(each, field, bounded=bounded)
    for key in NESTING & schema.keys():
        tell(schema[key], name, bounded=bounded)


def nullable(schema: dict[str, Any]) -> None:
    """Write a choice between one plain type and null as one schema with both types."""
    kinds = [each for each in schema.get("anyOf", ()) if each != NULL]
    if len(kinds) != 1 or len(schema["anyOf"]) == 1 or not isinstance(kinds[0].get("type"), str):
        return
    (kind,) = kinds
    if {"oneOf", "anyOf", "const"} & kind.keys():
        return
    del schema["anyOf"]
    schema.update(kind | {key: each for key, each in schema.items() if key != "title"})
    schema["type"] = [kind["type"], "null"]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]


def _step(schema: dict[str, Any]) -> None:
    """Write a choice of fractions as a range with a step: code generators know no such enums."""
    values = [each for each in schema.get("enum", ()) if each is not None]
    if not any(isinstance(each, float) for each in values):
        return
    step = values[1] - values[0]
    if any(each % step for each in values):
        raise ValueError(f"{values} have no common step")
    del schema["enum"]
    schema.update(minimum=min(values), maximum=max(values), multipleOf=step)


def _bound_one(schema: dict[str, Any], name: str) -> None:
    kinds = schema.get("type")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if {"enum", "const"} & schema.keys():
        return
    if kind == "string" and not {"maxLength", "pattern", "format"} & schema.keys():
        schema.update(string(name))
    elif kind == "array":
        schema.setdefault("maxItems", MOST_ITEMS)
    elif kind in {"integer", "number"}:
        limits = number(name)
        if not {"minimum", "exclusiveMinimum"} & schema.keys():
            schema["minimum"] = limits["minimum"]
        if not {"maximum", "exclusiveMaximum"} & schema.keys():
            schema["maximum"] = limits["maximum"]
