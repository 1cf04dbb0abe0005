"""The answers of an operation in the document: bodies with examples, headers, links, refusals."""

from collections.abc import Mapping
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

from gateway.kit import errors
from gateway.kit.operation import JSON, Operation
from gateway.openapi.examples import example
from gateway.openapi.problems import PROBLEM_JSON, example_of, problems_of, takes_key
from gateway.openapi.schemas import ref

SUBMIT = "submitJob"
BINARY = {"type": "string", "format": "binary"}
TEXT: dict[str, Any] = {"type": "string", "maxLength": 2000}
SECONDS = {"type": "integer", "minimum": 0, "maximum": 86_400}
# What an answer that is not JSON looks like.
OTHER: Mapping[str, dict[str, Any]] = {
    "text/event-stream": {
        "schema": {"description": "Frames of `id`, `event` and `data`."},
        "example": 'id: 3\nevent: status\ndata: {"status": "running"}\n\n',
    },
    "text/csv": {
        "schema": {"type": "string", "maxLength": 2**24},
        "example": "day,jobs,succeeded,charged_usd\n2026-11-25,2,2,0.04\n",
    },
    "text/markdown": {
        "schema": {"type": "string", "maxLength": 2**22},
        "example": '---\nkillatamata: storyboard/1\ntitle: "The hatch"\n---\n',
    },
    "image/jpeg": {"schema": BINARY},
}
BODY = "$response.body#/"
READ_JOB = {"operationId": "getJob", "parameters": {"jobId": f"{BODY}jobId"}}
LINKS: Mapping[str, dict[str, Any]] = {
    SUBMIT: {
        "read": READ_JOB,
        "cancel": {"operationId": "cancelJob", "requestBody": {"jobId": f"{BODY}jobId"}},
    },
    "quoteJobs": {
        "submit": {
            "operationId": SUBMIT,
            "requestBody": {
                "task": f"{BODY}items/0/task",
                "input": f"{BODY}items/0/effectiveInput",
                "quoteId": f"{BODY}quoteId",
            },
        }
    },
    "preparePlan": {
        "read": {"operationId": "getPlans", "parameters": {"planId": f"{BODY}planId"}},
        "execute": {
            "operationId": "executePlan",
            "requestBody": {"planId": f"{BODY}planId", "planHash": f"{BODY}planHash"},
        },
        "reject": {"operationId": "rejectPlan", "requestBody": {"planId": f"{BODY}planId"}},
    },
    "startStripeCheckout": {
        "claim": {
            "operationId": "claimStripe",
            "requestBody": {"checkoutId": f"{BODY}checkoutId"},
        }
    },
    "startCryptoCheckout": {
        "claim": {
            "operationId": "claimCrypto",
            "requestBody": {"checkoutId": f"{BODY}checkoutId"},
        },
        "read": {
            "operationId": "getCryptoCheckout",
            "parameters": {"checkoutId": f"{BODY}checkoutId"},
        },
    },
    "createKey": {"revoke": {"operationId": "revokeKey", "requestBody": {"keyId": f"{BODY}id"}}},
}
WIRE_NAMES = {
    "RequestId": "X-Request-Id",
    "RetryAfter": "Retry-After",
    "Replayed": "Idempotency-Replayed",
    "Redirect": "Location",
    "RateLimitPolicy": "RateLimit-Policy",
    "CreditsRemaining": "X-Credits-Remaining-Usd",
    "ShouldRetry": "X-Should-Retry",
}


def _header(description: str, shown: Any, *, required: bool = False) -> dict[str, Any]:  # noqa: ANN401
    schema = SECONDS if isinstance(shown, int) else TEXT
    needed = {"required": True} if required else {}
    return {"description": description, **needed, "schema": schema, "example": shown}


HEADERS = {
    "RequestId": _header(
        "Give this to the operator.", "rid_01J8ZQ4V8Y6T3N5R7W9XABCDEF", required=True
    ),
    "RetryAfter": _header("Seconds to wait; given wherever waiting helps.", 2),
    "RateLimitPolicy": _header(
        "The rate this request counted towards: `q` requests in `w` seconds.", '"read";q=1200;w=60'
    ),
    "RateLimit": _header(
        "What is left of it, `r`, and the seconds until it resets, `t`.",
        '"read";r=1199;t=1',
    ),
    "CreditsRemaining": _header("What the account may spend after this request.", "4.98"),
    "ShouldRetry": _header("`false`: the same request will be refused again.", "false"),
    "Location": _header(
        "The path to read the job.",
        "/api/v1/media/jobs?jobId=job_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
        required=True,
    ),
    "Redirect": _header("The page it redirects to.", "https://example.com/api-docs", required=True),
    "ETag": _header("Changes with the answer.", '"7-9f86d081"'),
    "Replayed": _header("`true`: the stored answer of the first such request.", "true"),
    "Deprecation": _header("Since when (RFC 9745).", "@1795564800", required=True),
    "Sunset": _header("Until when (RFC 8594).", "Thu, 25 Nov 2027 00:00:00 GMT", required=True),
    "Link": _header(
        "What replaces it.", '</api/v1/balance>; rel="successor-version"', required=True
    ),
}


def responses_of(each: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return every answer of an operation by its status."""
    responses: dict[str, Any] = {str(each.status): _good(each, each.status, schemas)}
    responses |= {str(status): _good(each, status, schemas) for status in each.also}
    if each.id == SUBMIT:
        responses["200"] = _good(each, HTTPStatus.OK, schemas)
        responses["200"]["description"] = "The finished job, or the dry run."
    if each.conditional:
        responses["304"] = {
            "description": "Unchanged since you read it.",
            "headers": _headers("RequestId", "ETag"),
        }
    for kind in problems_of(each):
        _add_problem(responses, kind)
    return responses


def _add_problem(responses: dict[str, Any], kind: type[errors.Problem]) -> None:
    """Add a refusal; those of one status are one answer with several examples."""
    line = f"`{kind.code}`: {errors.first_line(kind)}"
    known = responses.get(str(kind.status))
    shown = {kind.code: example_of(kind)}
    if known is not None:
        known["description"] += f" {line}"
        known["content"][PROBLEM_JSON]["examples"] |= shown
        return
    waits = issubclass(kind, errors.RateLimited | errors.Unavailable)
    names = ["RequestId", "RateLimitPolicy", "RateLimit", "CreditsRemaining"]
    names += ["RetryAfter"] * waits + ["ShouldRetry"] * (not kind.retryable)
    responses[str(kind.status)] = {
        "description": line,
        "headers": _headers(*names),
        "content": {PROBLEM_JSON: {"schema": ref("Problem"), "examples": shown}},
    }


def _good(each: Operation, status: int, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an answer that is no refusal; alternatives are answers of status 200."""
    models = [each.response, *(each.alternatives if status == HTTPStatus.OK else ())]
    names = ["RequestId", *_standing(each), *_deprecation(each)]
    names += ["ETag"] * (each.conditional or each.if_match) + ["Replayed"] * takes_key(each)
    good: dict[str, Any] = {"description": cleandoc(each.response.__doc__ or "")}
    if each.media_types:
        shown = {
            "schema": ref(models[0]) if len(models) == 1 else {"anyOf": [ref(m) for m in models]},
            "examples": {
                model.__name__: {"value": example(schemas[model.__name__], schemas)}
                for model in models
            },
        }
        good["content"] = {
            kind: shown if kind == JSON else OTHER[kind] for kind in each.media_types
        }
    if each.id == SUBMIT and status == HTTPStatus.ACCEPTED:
        names += ["Location", "RetryAfter"]
    if status == HTTPStatus.FOUND:
        names.append("Redirect")
    if each.id in LINKS and status == each.status:
        good["links"] = LINKS[each.id]
    return good | {"headers": _headers(*names)}


def _standing(each: Operation) -> list[str]:
    """Name the headers that say what is left of a rate and of the credit."""
    rates = [] if each.rate == "none" else ["RateLimitPolicy", "RateLimit"]
    return rates if each.public else [*rates, "CreditsRemaining"]


def _deprecation(each: Operation) -> list[str]:
    return [] if each.deprecation is None else ["Deprecation", "Sunset", "Link"]


def _headers(*names: str) -> dict[str, Any]:
    return {WIRE_NAMES.get(name, name): {"$ref": f"#/components/headers/{name}"} for name in names}
