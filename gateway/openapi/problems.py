"""Refusals in the document: which an operation may give, their one schema, an example of each."""

from typing import Any

from gateway.kit import errors
from gateway.kit.browser import SAFE
from gateway.kit.operation import Operation

# Operations that keep the answers of their keys themselves.
KEPT_BY_HAND = frozenset({"submitJob", "uploadAsset", "keepAsset", "preparePlan", "prepareRender"})
PROBLEM_JSON = "application/problem+json"
REQUEST_ID = "rid_01J8ZQ4V8Y6T3N5R7W9XABCDEF"
MONEY = r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"


def takes_key(each: Operation) -> bool:
    """Say whether an operation heeds an idempotency key."""
    return each.idempotent or each.id in KEPT_BY_HAND


def problems_of(each: Operation) -> list[type[errors.Problem]]:
    """Return every refusal an operation documents, by status."""
    found: list[type[errors.Problem]] = [errors.RateLimited, errors.Unavailable, *each.problems]
    if not each.public:
        found.append(errors.Unauthorized)
    if each.scopes:
        found.append(errors.ScopeDenied)
    if each.session != "no" and not each.public:
        found.append(errors.LiveModeDisabled)
    if each.session != "no" and each.method not in SAFE:
        found.append(errors.CrossSiteRefused)
    if each.body is not None:
        found += [errors.InvalidJson, errors.PayloadTooLarge, errors.UnsupportedContentType]
    if each.body is not None or each.query is not None:
        found.append(errors.InvalidInput)
    if each.key_required:
        found.append(errors.IdempotencyKeyRequired)
    if takes_key(each):
        found += [errors.IdempotencyKeyInvalid, errors.IdempotencyConflict]
    return sorted(set(found), key=lambda kind: (kind.status, kind.code))


def problem_schema() -> dict[str, Any]:
    """Return the schema of every refusal."""
    return {
        "type": "object",
        "description": "RFC 9457: what went wrong, and the next step.",
        "required": ["type", "title", "status", "detail", "code", "hint", "requestId"],
        "properties": {
            "type": {"type": "string", "format": "uri", "maxLength": 200},
            "title": _text(),
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": _text(),
            "instance": {"type": "string", "format": "uri-reference", "maxLength": 2000},
            "code": {"type": "string", "enum": sorted(codes())},
            "hint": _text(),
            "retryable": {"type": "boolean", "description": "Whether the same request may do."},
            "requestId": _text(),
            "field": _text(),
            "errors": {
                "type": "array",
                "maxItems": 100,
                "items": {
                    "type": "object",
                    "properties": {"field": _text(), "message": _text(), "hint": _text()},
                },
            },
            "requiredUsd": _text(20, pattern=MONEY),
            "balanceUsd": _text(20, pattern=MONEY),
            "topUpUrl": {"type": "string", "format": "uri", "maxLength": 2000},
            "retryAfterSeconds": {"type": "integer", "minimum": 0, "maximum": 86_400},
        },
    }


def _text(most: int = 2000, **more: str) -> dict[str, Any]:
    """Return a schema of its own, because a description is put into it."""
    return {"type": "string", **more, "maxLength": most}


def codes() -> set[str]:
    """Return the code of every refusal there is."""
    return {errors.Problem.code, *(kind.code for kind in errors.declared_problems())}


def shown(kind: type[errors.Problem]) -> dict[str, Any]:
    """Return a refusal as an example, without what only a request can tell."""
    return {
        "type": f"urn:killatamata:problem:{kind.code}",
        "title": kind.title(),
        "status": kind.status,
        "detail": errors.first_line(kind),
        "instance": "/api/v1",
        "code": kind.code,
        "hint": kind.hint,
        "retryable": kind.retryable,
        "requestId": REQUEST_ID,
    }


def examples() -> dict[str, Any]:
    """Return an example of each refusal, by its code."""
    kinds: list[type[errors.Problem]] = [errors.Problem, *errors.declared_problems()]
    return {kind.code: {"summary": kind.title(), "value": shown(kind)} for kind in kinds}
