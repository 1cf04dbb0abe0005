"""What a name on the wire means: the bounds of its values, and one value to show.

An answer's models say only `str` or `int`; these are the limits that all values of a name keep.
"""

import re
from collections.abc import Mapping
from typing import Any

from gateway.kit.json_schema import NULL
from gateway.openapi.words import words_for

ULID = "01J8ZQ4V8Y6T3N5R7W9XABCDEF"
SAFE_INTEGER = 2**53 - 1
LONGEST, LONGEST_DOCUMENT, MOST_ITEMS = 4_096, 2**22, 10_000
SIGNED_USD = r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PREFIXES = {
    "accountId": "acc", "assetId": "ast", "challengeId": "chal", "checkoutId": "chk",
    "deliveryId": "whd", "externalJobId": "job", "jobId": "job", "keyId": "key",
    "messageId": "msg", "planId": "plan", "projectId": "proj", "purchaseId": "pur",
    "quoteId": "quote", "requestId": "req", "selectedProjectId": "proj",
    "selectedThreadId": "thr", "stepId": "step", "threadId": "thr", "transferId": "tr",
    "jobIds": "job", "planIds": "plan",
}  # fmt: skip
# What holds further schemas, beside `properties`.
NESTING = frozenset({"items", "additionalProperties", "propertyNames", "anyOf", "oneOf", "allOf"})
SHOWN: Mapping[str, Any] = {
    "apiKey": "kt_test_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "blockedBy": "insufficient_credits",
    "code": "starter",
    "content": "# Notes",
    "curl": "curl --data-binary @fox.png 'https://example.com/upload'",
    "currency": "USD",
    "description": "One picture",
    "deviceCode": "0f3c9a",
    "email": "ada@example.com",
    "buyerEmail": "ada@example.com",
    "etag": '"7-9f86d081"',
    "filename": "fox.png",
    "fps": 24,
    "frames": 121,
    "height": 1024,
    "httpStatus": 200,
    "ip": "192.0.2.7",
    "keyPrefix": "kt_test_4fT9x2Lk",
    "kind": "image",
    "label": "my agent",
    "last4": "9xQz",
    "markdown": "# The hatch",
    "mimeType": "image/png",
    "mode": "test",
    "name": "Fox",
    "number": "KT-2026-000001",
    "receiptNumber": "KT-2026-000001",
    "operation": "image.generate",
    "priceVersion": "1",
    "scopes": "media",
    "secret": "whsec_EXAMPLE",
    "seller": "Killa Tamata",
    "task": "image.generate",
    "title": "Teaser",
    "userCode": "BCDF-GHJK",
    "version": 1,
    "width": 1024,
}


def string(name: str) -> tuple[dict[str, Any], str]:
    """Return the bounds of a text of this name, and an example."""
    found: tuple[dict[str, Any], str]
    if name.endswith("Usd"):
        found = {"pattern": SIGNED_USD, "maxLength": 20}, "0.02"
    elif re.search(r"(^at|At|Moment)$", name):
        found = {"format": "date-time", "maxLength": 40}, "2026-11-25T14:00:00Z"
    elif re.search(r"(^url|Url|Uri|UriComplete|Urls)$", name):
        found = {"format": "uri", "maxLength": LONGEST}, f"https://example.com/{ULID}"
    elif name.lower().endswith("sha256"):
        found = {"pattern": "^[0-9a-f]{64}$"}, SHA256
    elif name in PREFIXES or re.search(r"(^id|Id|Cursor)$", name):
        found = {"maxLength": 255}, f"{PREFIXES.get(name, 'id')}_{ULID}"
    elif name in {"content", "markdown"}:
        found = {"maxLength": LONGEST_DOCUMENT}, str(SHOWN[name])
    else:
        found = {"maxLength": LONGEST}, str(SHOWN.get(name, name))
    return found


def integer(name: str) -> tuple[dict[str, Any], int]:
    """Return the bounds of a whole number of this name, and an example."""
    if name.endswith("Microusd"):
        return {"minimum": -SAFE_INTEGER, "maximum": SAFE_INTEGER}, 20_000
    if name == "httpStatus":
        return {"minimum": 100, "maximum": 599}, 200
    shown = SHOWN.get(name, 1)
    return {"minimum": 0, "maximum": SAFE_INTEGER}, shown if isinstance(shown, int) else 1


def number(name: str) -> tuple[dict[str, Any], float]:
    """Return the bounds of a number of this name, and an example."""
    return {"minimum": 0, "maximum": SAFE_INTEGER}, float(SHOWN.get(name, 5))


def tell(schema: Any, name: str = "", *, bounded: bool = True) -> None:  # noqa: ANN401 - JSON
    """Say what the fields of a schema mean, and plainly what may be null.

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
        schema.update(string(name)[0])
    elif kind == "array":
        schema.setdefault("maxItems", MOST_ITEMS)
    elif kind in {"integer", "number"}:
        limits = (integer if kind == "integer" else number)(name)[0]
        if not {"minimum", "exclusiveMinimum"} & schema.keys():
            schema["minimum"] = limits["minimum"]
        if not {"maximum", "exclusiveMaximum"} & schema.keys():
            schema["maximum"] = limits["maximum"]
