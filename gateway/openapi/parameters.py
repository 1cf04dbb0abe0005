"""What an operation takes beside its body: query and headers, each with an example."""

from typing import Any

from pydantic import BaseModel

from gateway.kit.operation import Operation
from gateway.openapi import vocabulary
from gateway.openapi.examples import example
from gateway.openapi.problems import takes_key
from gateway.openapi.schemas import require_plain_text
from gateway.openapi.words import words_for

HEADER: dict[str, Any] = {"in": "header", "required": False}
# Whatever these hold, nothing is refused for it.
TAG = {"type": "string"}
SHARED: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "X-Idempotency-Key",
        **HEADER,
        "description": "One key per intended operation. Send the SAME key when you retry. "
        "`Idempotency-Key` is an alias.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "fox-astronaut-1",
    },
    "Prefer": {
        "name": "Prefer",
        **HEADER,
        "description": "`wait=N`: answer 200 with the job if it ends within N seconds (0 to 60). "
        "Anything else is ignored.",
        "schema": TAG,
        "example": "wait=30",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        **HEADER,
        "description": "The `ETag` of the answer you have: 304 without a body if it is current.",
        "schema": TAG,
        "example": '"7-9f86d081"',
    },
    "IfMatch": {
        "name": "If-Match",
        **HEADER,
        "description": "The `etag` of the version you read; without it, replacing a "
        "version is 428.",
        "schema": TAG,
        "example": '"7-9f86d081"',
    },
    "Limit": {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "Maximum number to return in a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "example": 20,
    },
    "Limit50": {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "Maximum number to return in a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
        "example": 50,
    },
}


def parameters_of(each: Operation) -> list[dict[str, Any]]:
    """Return every parameter of an operation; those that several share by reference."""
    found = [] if each.query is None else _query(each.query)
    names = ["IdempotencyKey"] * takes_key(each) + ["IfNoneMatch"] * each.conditional
    names += ["IfMatch"] * each.if_match
    names += ["Prefer"] * (each.id == "submitJob")
    return found + [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _query(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    found: list[dict[str, Any]] = []
    for name, field in schema["properties"].items():
        require_plain_text(field, {})
        vocabulary.tell(field, name)
        field.pop("title", None)  # pydantic's, which only spells the name
        description = field.pop("description", words_for(name))
        _never_null(field)
        if (shared := _shared(name, field)) is not None:
            found.append({"$ref": f"#/components/parameters/{shared}"})
            continue
        found.append(
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "description": description,
                "schema": field,
                "example": example(field, {}, name),
            }
        )
    return found


def _never_null(field: dict[str, Any]) -> None:
    """Take null away: what is not in a query is simply not there."""
    if isinstance(field.get("type"), list):
        field["type"] = field["type"][0]
    if field.get("default", "") is None:
        del field["default"]
    if "enum" in field:
        field["enum"] = [each for each in field["enum"] if each is not None]


def _shared(name: str, field: dict[str, Any]) -> str | None:
    """Return the component that is this very parameter, if there is one."""
    return next(
        (key for key, each in SHARED.items() if each["name"] == name and each["schema"] == field),
        None,
    )
