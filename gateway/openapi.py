"""All operations as one OpenAPI 3.1.1 document; nothing in it is written twice."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway import tools
from gateway.kit import errors
from gateway.kit.browser import SAFE, SESSION, Site
from gateway.kit.operation import JSON, Operation
from gateway.kit.wire import may_be_empty
from gateway.media.tasks.catalogue import TASKS

ANYTHING = "application/octet-stream"
PROBLEM_JSON = "application/problem+json"
SUBMIT = "submitJob"
# Operations that keep the answers of their keys themselves.
KEPT_BY_HAND = frozenset({SUBMIT, "uploadAsset", "keepAsset", "preparePlan", "prepareRender"})
LINKS = {
    "read": {"operationId": "getJob", "parameters": {"jobId": "$response.body#/jobId"}},
    "cancel": {"operationId": "cancelJob", "requestBody": {"jobId": "$response.body#/jobId"}},
}
TAGS = {
    "health": "Whether the gateway works.",
    "auth": "Sign-in by e-mail or Google, browser sessions, identities.",
    "keys": "API keys with scopes and hard spending caps.",
    "device": "Linking a device: it shows a code, a person approves, it gets its own key.",
    "balance": "Prepaid credit: available, held, by kind.",
    "credits": "Deprecated forms of balance and spending.",
    "catalog": "What is for sale.",
    "checkout": "Buying credit.",
    "claim": "Settling what was bought, and its receipts.",
    "studio": "Projects, assets, documents, and plans: frozen steps at exact prices, run once.",
    "media": "Media jobs: exact price first, charged only on success.",
    "webhooks": "Events from payment providers.",
    "media-webhooks": "Signed messages about jobs: secret, log, redelivery, test.",
}
DESCRIPTION = (
    "Prepaid gateway for AI media generation. Money is exact: a job's price is reserved when it "
    "is submitted, charged only if it succeeds, and released on every other end."
)
BY_KEY: list[dict[str, list[str]]] = [{"BearerAuth": []}, {"ApiKeyHeader": []}]
IDEMPOTENCY_KEY = {
    "name": "X-Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "One key per intended operation. Send the SAME key when you retry. "
    "`Idempotency-Key` is an alias.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "fox-astronaut-1",
}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`wait=N`: answer 200 with the job if it ends within N seconds (0 to 60). "
    "Anything else is ignored.",
    "schema": {"type": "string"},
    "example": "wait=30",
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of the answer you have: 304 without a body if it is still so.",
    "schema": {"type": "string"},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `etag` of the version that you read; 428 without it where one is replaced.",
    "schema": {"type": "string"},
}
# What `kit.wire` refuses in every text: control characters but tab, line feed, carriage return.
PLAIN_TEXT = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$"
TEXT, SECONDS = {"type": "string"}, {"type": "integer", "minimum": 0}
WIRE_NAMES = {
    "RequestId": "X-Request-Id",
    "RetryAfter": "Retry-After",
    "Replayed": "Idempotency-Replayed",
    "RateLimitPolicy": "RateLimit-Policy",
    "CreditsRemaining": "X-Credits-Remaining-Usd",
    "ShouldRetry": "X-Should-Retry",
}
HEADERS = {
    "RequestId": {"description": "Name this to the operator.", "required": True, "schema": TEXT},
    "RetryAfter": {"description": "Seconds to wait.", "required": True, "schema": SECONDS},
    "RateLimitPolicy": {
        "description": "The rate this counted towards: `q` requests in `w` seconds.",
        "schema": TEXT,
    },
    "RateLimit": {
        "description": "What is left of it, `r`, and the seconds until all of it is back, `t`.",
        "schema": TEXT,
    },
    "CreditsRemaining": {
        "description": "What the account may spend after this request.",
        "schema": TEXT,
    },
    "ShouldRetry": {
        "description": "`false`: the same request will be refused again.",
        "schema": TEXT,
    },
    "Location": {"description": "Where the job is read.", "required": True, "schema": TEXT},
    "ETag": {"description": "Changes with the answer.", "schema": TEXT},
    "Replayed": {"description": "`true`: the answer of the first such request.", "schema": TEXT},
    "Deprecation": {"description": "Since when (RFC 9745).", "required": True, "schema": TEXT},
    "Sunset": {"description": "Until when (RFC 8594).", "required": True, "schema": TEXT},
}


def openapi(operations: Sequence[Operation], *, api_url: str, public_url: str) -> dict[str, Any]:
    """Return the document for these addresses."""
    schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Killa Tamata AI",
            "version": version("killatamata"),
            "description": DESCRIPTION,
            "termsOfService": f"{public_url}/api-docs",
            "contact": {"name": "Killa Tamata", "url": public_url},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": api_url, "description": "This gateway"}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "security": BY_KEY,
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name[0].isupper()},
            "parameters": {
                "IdempotencyKey": IDEMPOTENCY_KEY,
                "IfMatch": IF_MATCH,
                "IfNoneMatch": IF_NONE_MATCH,
                "Prefer": PREFER,
            },
            "headers": HEADERS,
            "securitySchemes": {
                "BearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "API key"},
                "ApiKeyHeader": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "BrowserSession": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": Site(public_url).cookie_name(SESSION),
                },
            },
        },
    }


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    answers = [model for each in operations for model in (each.response, *each.alternatives)]
    models: dict[type[BaseModel], str] = dict.fromkeys(answers, "serialization")
    models |= {each.body: "validation" for each in operations if each.body is not None}
    models |= {task.model: "validation" for task in TASKS.values()}
    _, definitions = models_json_schema(
        [(model, mode) for model, mode in models.items()],  # type: ignore[misc]
        by_alias=True,
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Any] = definitions["$defs"]
    for name in {"SubmitJob", "TaskRequest"} & schemas.keys():
        _name_inputs(schemas[name])
    for each in operations:
        if each.body is not None:
            _require_plain_text(schemas[each.body.__name__], schemas)
    schemas["Problem"] = _problem_schema()
    return schemas


def _name_inputs(submit: dict[str, Any]) -> None:
    """Say which input belongs to which task."""
    submit["properties"]["task"]["enum"] = list(TASKS)
    submit["oneOf"] = [
        {
            "title": task.name,
            "properties": {
                "task": {"const": task.name},
                "input": {"$ref": f"#/components/schemas/{task.model.__name__}"},
            },
        }
        for task in TASKS.values()
    ]


def _require_plain_text(schema: Any, schemas: Mapping[str, Any]) -> None:  # noqa: ANN401 - JSON
    """Say of every free text in a request, and of what it refers to, what `kit.wire` asks of it."""
    if isinstance(schema, list):
        for each in schema:
            _require_plain_text(each, schemas)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        schema.setdefault("pattern", PLAIN_TEXT)
    for name, each in schema.items():
        if name == "propertyNames":
            each.setdefault("pattern", PLAIN_TEXT)
        elif name == "$ref":
            _require_plain_text(schemas[each.rpartition("/")[2]], schemas)
        elif name not in {"default", "examples"}:
            _require_plain_text(each, schemas)


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string", "maxLength": 2000}
    return {
        "type": "object",
        "description": "RFC 9457: what went wrong, and the next step.",
        "required": ["type", "title", "status", "detail", "code", "hint", "requestId"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": text,
            "instance": text,
            "code": {"type": "string", "enum": sorted(codes())},
            "hint": text,
            "retryable": {"type": "boolean"},
            "requestId": text,
            "field": text,
            "errors": {"type": "array", "maxItems": 100, "items": {"type": "object"}},
        },
    }


def codes() -> set[str]:
    """Return the code of every refusal there is."""

    def below(kind: type[errors.Problem]) -> Iterable[str]:
        yield kind.code
        for each in kind.__subclasses__():
            yield from below(each)

    return set(below(errors.Problem))


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
    if _takes_key(each):
        found += [errors.IdempotencyKeyInvalid, errors.IdempotencyConflict]
    return sorted(set(found), key=lambda kind: (kind.status, kind.code))


def _takes_key(each: Operation) -> bool:
    return each.idempotent or each.id in KEPT_BY_HAND


def _operation(each: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": each.id,
        "tags": [each.tag],
        "summary": each.summary[:60],
        "description": each.description,
        "parameters": _parameters(each),
        "responses": _responses(each),
        "x-problem-codes": [kind.code for kind in problems_of(each)],
    }
    if each.scopes:
        shown["x-required-scopes"] = list(each.scopes)
    if offered := tools.of(each.id):
        shown["x-mcp"] = offered
    if each.public:
        shown["security"] = []
    elif each.ticket is not None:
        shown["security"] = [*BY_KEY, {}]
    elif each.session != "no":
        shown["security"] = [*BY_KEY] * (each.session == "also") + [{"BrowserSession": []}]
    if each.deprecation is not None:
        shown["deprecated"] = True
    if each.body is not None:
        content = {"schema": {"$ref": f"#/components/schemas/{each.body.__name__}"}}
        example = _example(schemas[each.body.__name__])
        shown["requestBody"] = {
            "required": not may_be_empty(each.body),
            "content": {JSON: content | example},
        }
    if each.streamed:
        anything = {"schema": {"type": "string", "format": "binary"}}
        shown["requestBody"] = {"required": True, "content": {ANYTHING: anything}}
    if each.raw_body:
        shown["requestBody"] = {"required": True, "content": {JSON: {"schema": {"type": "object"}}}}
    return shown


def _example(schema: dict[str, Any]) -> dict[str, Any]:
    examples = {
        name: field["examples"][0]
        for name, field in schema.get("properties", {}).items()
        if "examples" in field
    }
    return {"example": examples} if examples else {}


def _parameters(each: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if each.query is not None:
        schema = each.query.model_json_schema(by_alias=True)
        required = schema.get("required", [])
        for name, field in schema["properties"].items():
            description = field.pop("description", name)
            _require_plain_text(field, {})
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in required,
                    "description": description,
                    "schema": field,
                }
            )
    names = ["IdempotencyKey"] * _takes_key(each) + ["IfNoneMatch"] * each.conditional
    names += ["IfMatch"] * each.if_match
    names += ["Prefer"] * (each.id == SUBMIT)
    return found + [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _responses(each: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {str(each.status): _good(each, each.status)}
    responses |= {str(status): _good(each, status) for status in each.also}
    if each.id == SUBMIT:
        responses["200"] = _good(each, HTTPStatus.OK)
        responses["200"]["description"] = "The finished job, or the dry run."
    if each.conditional:
        responses["304"] = {
            "description": "Still as you have it.",
            "headers": _headers("RequestId", "ETag"),
        }
    for kind in problems_of(each):
        status = str(kind.status)
        line = f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}"
        if status in responses:
            responses[status]["description"] += f" {line}"
        else:
            content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            waits = issubclass(kind, errors.RateLimited | errors.Unavailable)
            names = ["RequestId", *_standing(each), *_deprecation(each)]
            names += ["RetryAfter"] * waits + ["ShouldRetry"] * (not kind.retryable)
            responses[status] = {
                "description": line,
                "headers": _headers(*names),
                "content": content,
            }
    return responses


def _good(each: Operation, status: int) -> dict[str, Any]:
    """Describe an answer that is no refusal; alternatives are answers of status 200."""
    models = [each.response, *(each.alternatives if status == HTTPStatus.OK else ())]
    schemas = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in models]
    names = ["RequestId", *_standing(each), *_deprecation(each)]
    names += ["ETag"] * (each.conditional or each.if_match) + ["Replayed"] * _takes_key(each)
    shown = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
    good: dict[str, Any] = {
        "description": each.response.__doc__ or "",
        "content": {kind: shown if kind == JSON else {} for kind in each.media_types},
    }
    if not each.media_types:
        del good["content"]
    if each.id == SUBMIT and status == HTTPStatus.ACCEPTED:
        names += ["Location", "RetryAfter"]
        good["links"] = LINKS
    return good | {"headers": _headers(*names)}


def _standing(each: Operation) -> list[str]:
    """Name the headers that say what is left of a rate and of the credit."""
    rates = [] if each.rate == "none" else ["RateLimitPolicy", "RateLimit"]
    return rates if each.public else [*rates, "CreditsRemaining"]


def _deprecation(each: Operation) -> list[str]:
    return [] if each.deprecation is None else ["Deprecation", "Sunset"]


def _headers(*names: str) -> dict[str, Any]:
    return {WIRE_NAMES.get(name, name): {"$ref": f"#/components/headers/{name}"} for name in names}
