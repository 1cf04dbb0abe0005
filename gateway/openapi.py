"""All operations as one OpenAPI 3.1.1 document; nothing in it is written twice."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.kit import errors
from gateway.kit.browser import SAFE, SESSION, Site
from gateway.kit.operation import JSON, Operation
from gateway.media.tasks.catalogue import TASKS

PROBLEM_JSON = "application/problem+json"
TAGS = {
    "health": "Whether the gateway works.",
    "keys": "API keys with scopes and hard spending caps.",
    "balance": "Prepaid credit: available, held, by kind.",
    "credits": "Deprecated forms of balance and spending.",
    "catalog": "What is for sale.",
    "media": "Media jobs: exact price first, charged only on success.",
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
    "description": "`wait=N`: answer 200 with the job if it ends within N seconds (0 to 60).",
    "schema": {"type": "string", "maxLength": 100},
    "example": "wait=30",
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
            "parameters": {"IdempotencyKey": IDEMPOTENCY_KEY, "Prefer": PREFER},
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
    models: dict[type[BaseModel], str] = {each.response: "serialization" for each in operations}
    models |= {each.body: "validation" for each in operations if each.body is not None}
    models |= {task.model: "validation" for task in TASKS.values()}
    _, definitions = models_json_schema(
        [(model, mode) for model, mode in models.items()],  # type: ignore[misc]
        by_alias=True,
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Any] = definitions["$defs"]
    if "SubmitJob" in schemas:
        inputs = [{"$ref": f"#/components/schemas/{t.model.__name__}"} for t in TASKS.values()]
        schemas["SubmitJob"]["properties"]["input"] = {"anyOf": inputs}
        schemas["SubmitJob"]["properties"]["task"]["enum"] = list(TASKS)
    schemas["Problem"] = _problem_schema()
    return schemas


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
    if _takes_key(each):
        found += [errors.IdempotencyKeyInvalid, errors.IdempotencyConflict]
    return sorted(set(found), key=lambda kind: (kind.status, kind.code))


def _takes_key(each: Operation) -> bool:
    return each.idempotent or each.id == "submitJob"


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
    if each.public:
        shown["security"] = []
    elif each.session != "no":
        shown["security"] = [*BY_KEY] * (each.session == "also") + [{"BrowserSession": []}]
    if each.deprecation is not None:
        shown["deprecated"] = True
    if each.body is not None:
        content = {"schema": {"$ref": f"#/components/schemas/{each.body.__name__}"}}
        example = _example(schemas[each.body.__name__])
        shown["requestBody"] = {"required": True, "content": {JSON: content | example}}
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
            found.append(
                {
                    "name": name,
                    "in": "query",
                    "required": name in required,
                    "description": description,
                    "schema": field,
                }
            )
    if _takes_key(each):
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if each.id == "submitJob":
        found.append({"$ref": "#/components/parameters/Prefer"})
    return found


def _responses(each: Operation) -> dict[str, Any]:
    schema = {"schema": {"$ref": f"#/components/schemas/{each.response.__name__}"}}
    text = {"schema": {"type": "string"}}
    content = {kind: schema if kind == JSON else text for kind in each.media_types}
    good = {"description": each.response.__doc__ or "", "content": content}
    responses: dict[str, Any] = {str(each.status): good}
    if each.id == "submitJob":
        responses["200"] = good | {"description": "The finished job, or the dry run."}
    for kind in problems_of(each):
        status = str(kind.status)
        line = f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}"
        if status in responses:
            responses[status]["description"] += f" {line}"
        else:
            problem = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            responses[status] = {"description": line, "content": problem}
    return responses
