"""Refusals in the document: those of each operation, their one schema, an example of each."""

from functools import cache

from gateway.kit import errors
from gateway.kit.http.browser import SAFE_METHODS
from gateway.kit.operation import Operation
from gateway.kit.roles import Role
from gateway.kit.wire.json_schema import JsonSchema
from gateway.recorded import load_problems

# Operations that store the answers of their idempotency keys themselves.
SELF_STORED_OPERATIONS = frozenset(
    {"submitJob", "uploadAsset", "keepAsset", "preparePlan", "prepareRender"}
)
PROBLEM_JSON = "application/problem+json"
EXAMPLE_REQUEST_ID = "rid_01J8ZQ4V8Y6T3N5R7W9XABCDEF"
USD_AMOUNT_PATTERN = r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"


def takes_idempotency_key(each: Operation) -> bool:
    """Return True if an operation takes an idempotency key."""
    return each.idempotent or each.id in SELF_STORED_OPERATIONS


def list_problems(each: Operation) -> list[type[errors.Problem]]:
    """List the refusals that an operation documents, by status."""
    kinds: list[type[errors.Problem]] = [errors.RateLimited, errors.Unavailable, *each.problems]
    if not each.public:
        kinds.append(errors.Unauthorized)
    if each.scopes:
        kinds.append(errors.ScopeDenied)
    if each.needed_role != Role.VIEWER:
        kinds.append(errors.RoleDenied)
    if each.session != "no" and not each.public:
        kinds.append(errors.LiveModeDisabled)
    if each.session != "no" and each.method not in SAFE_METHODS:
        kinds.append(errors.CrossSiteRefused)
    if each.body is not None:
        kinds += [errors.InvalidJson, errors.PayloadTooLarge, errors.UnsupportedContentType]
    if each.body is not None or each.query is not None:
        kinds.append(errors.InvalidInput)
    if each.key_required:
        kinds.append(errors.IdempotencyKeyRequired)
    if takes_idempotency_key(each):
        kinds += [errors.IdempotencyKeyInvalid, errors.IdempotencyConflict]
    return sorted(set(kinds), key=lambda kind: (kind.status, kind.code))


def build_problem_schema() -> JsonSchema:
    """Build the one schema of all refusals."""
    return {
        "type": "object",
        "description": "RFC 9457: what went wrong, and the next step; some have more members.",
        "additionalProperties": True,
        "required": ["type", "title", "status", "detail", "code", "hint", "requestId"],
        "properties": {
            "type": _build_text_schema("The kind of error, as a URN.", 200, format="uri"),
            "title": _build_text_schema("The kind in words; the same for every error of its kind."),
            "status": {
                "type": "integer",
                "minimum": 400,
                "maximum": 599,
                "description": "The HTTP status, again.",
            },
            "detail": _build_text_schema("What was wrong with this request."),
            "instance": _build_text_schema("The path requested.", format="uri-reference"),
            "code": {
                "type": "string",
                "enum": sorted(list_problem_codes()),
                "description": "The kind, for programs to branch on.",
            },
            "hint": _build_text_schema("What to do next."),
            "retryable": {
                "type": "boolean",
                "description": "Whether retrying the same request may succeed.",
            },
            "requestId": _build_text_schema("Give this to the operator."),
            "field": _build_text_schema("The first invalid field."),
            "errors": _build_errors_schema(),
            "example": {
                "type": ["object", "string"],
                "maxLength": 2000,
                "maxProperties": 100,
                "description": "A small document that is valid where one was refused.",
            },
            "requiredUsd": _build_text_schema(
                "The price of the request.", 20, pattern=USD_AMOUNT_PATTERN
            ),
            "balanceUsd": _build_text_schema(
                "The amount the account may spend.", 20, pattern=USD_AMOUNT_PATTERN
            ),
            "topUpUrl": _build_text_schema("Where to buy credit.", format="uri"),
            "retryAfterSeconds": {
                "type": "integer",
                "minimum": 0,
                "maximum": 86_400,
                "description": "How long to wait, as in `Retry-After`.",
            },
        },
    }


def _build_errors_schema() -> JsonSchema:
    return {
        "type": "array",
        "maxItems": 100,
        "description": "Every invalid field.",
        "items": {
            "type": "object",
            "additionalProperties": True,
            "properties": {
                "field": _build_text_schema("Its path, such as `input.prompt`."),
                "message": _build_text_schema("What is wrong with it."),
                "hint": _build_text_schema("What would be valid."),
            },
        },
    }


def _build_text_schema(description: str, most: int = 2000, **more: str) -> JsonSchema:
    return {"type": "string", **more, "maxLength": most, "description": description}


def list_problem_codes() -> set[str]:
    """Return the codes of all refusals."""
    return {errors.Problem.code, *(kind.code for kind in errors.list_declared_problems())}


def render_problem(kind: type[errors.Problem]) -> JsonSchema:
    """Render a refusal as it was recorded, else from the words of its declaration."""
    recorded: JsonSchema = load_problems().get(kind.code, {}).get("body", {})
    if recorded.get("status") == kind.status:
        # Linters take any object with `type` and `example` for a schema.
        return {name: value for name, value in recorded.items() if name != "example"}
    return {
        "type": f"urn:killatamata:problem:{kind.code}",
        "title": kind.title(),
        "status": kind.status,
        "detail": errors.read_default_detail(kind),
        "instance": "/api/v1",
        "code": kind.code,
        "hint": kind.hint,
        "retryable": kind.retryable,
        "requestId": EXAMPLE_REQUEST_ID,
    }


def build_problem_examples() -> JsonSchema:
    """Build an example of each refusal, by its code."""
    return {kind.code: _build_example(kind) for kind in _list_kinds()}


def refer_to_example(kind: type[errors.Problem]) -> JsonSchema:
    """Return a reference to the example of a refusal, or the example if it is not a shared one."""
    if kind in _list_kinds():
        return {"$ref": f"#/components/examples/{kind.code}"}
    return _build_example(kind)


def _build_example(kind: type[errors.Problem]) -> JsonSchema:
    return {"summary": kind.title(), "value": render_problem(kind)}


@cache
def _list_kinds() -> list[type[errors.Problem]]:
    """List all refusals; called only when all operations, and so all slices, are imported."""
    return [errors.Problem, *errors.list_declared_problems()]
