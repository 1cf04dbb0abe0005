"""The answers of an operation in the document: bodies with examples, headers, links, refusals."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from inspect import getdoc
from typing import Any

from pydantic import BaseModel

from gateway.kit import errors
from gateway.kit.operation import JSON_MEDIA_TYPE, Operation
from gateway.kit.telemetry.tracing import TRACE_ID_HEADER
from gateway.kit.wire.json_schema import JsonSchema
from gateway.openapi.examples import build_answer_examples, find_text_example
from gateway.openapi.problems import (
    PROBLEM_JSON,
    list_problems,
    refer_to_example,
    takes_idempotency_key,
)
from gateway.openapi.schemas import refer_to_schema
from gateway.recorded import find_header, load_problems

SUBMIT_JOB = "submitJob"
NAMES_TRACE = frozenset({SUBMIT_JOB, "getJob", "cancelJob"})
BINARY_SCHEMA = {"type": "string", "format": "binary"}
TEXT_SCHEMA: JsonSchema = {"type": "string", "maxLength": 2000}
SECONDS_SCHEMA = {"type": "integer", "minimum": 0, "maximum": 86_400}
# The schemas of answers that are not JSON, by media type.
NON_JSON_SCHEMAS: Mapping[str, JsonSchema] = {
    "text/event-stream": {"description": "Frames of `id`, `event` and `data`."},
    "text/csv": {"type": "string", "maxLength": 2**24},
    "text/markdown": {"type": "string", "maxLength": 2**22},
    "image/jpeg": BINARY_SCHEMA,
    "application/pdf": BINARY_SCHEMA,
}
BODY_POINTER = "$response.body#/"
READ_JOB_LINK = {"operationId": "getJob", "parameters": {"jobId": f"{BODY_POINTER}jobId"}}
LINKS: Mapping[str, JsonSchema] = {
    SUBMIT_JOB: {
        "read": READ_JOB_LINK,
        "cancel": {"operationId": "cancelJob", "requestBody": {"jobId": f"{BODY_POINTER}jobId"}},
    },
    "quoteJobs": {
        "submit": {
            "operationId": SUBMIT_JOB,
            "requestBody": {
                "task": f"{BODY_POINTER}items/0/task",
                "input": f"{BODY_POINTER}items/0/effectiveInput",
                "quoteId": f"{BODY_POINTER}quoteId",
            },
        }
    },
    "preparePlan": {
        "read": {"operationId": "getPlans", "parameters": {"planId": f"{BODY_POINTER}planId"}},
        "execute": {
            "operationId": "executePlan",
            "requestBody": {
                "planId": f"{BODY_POINTER}planId",
                "planHash": f"{BODY_POINTER}planHash",
            },
        },
        "reject": {"operationId": "rejectPlan", "requestBody": {"planId": f"{BODY_POINTER}planId"}},
    },
    "startStripeCheckout": {
        "claim": {
            "operationId": "claimStripe",
            "requestBody": {"checkoutId": f"{BODY_POINTER}checkoutId"},
        }
    },
    "startCryptoCheckout": {
        "claim": {
            "operationId": "claimCrypto",
            "requestBody": {"checkoutId": f"{BODY_POINTER}checkoutId"},
        },
        "read": {
            "operationId": "getCryptoCheckout",
            "parameters": {"checkoutId": f"{BODY_POINTER}checkoutId"},
        },
    },
    "createKey": {
        "revoke": {"operationId": "revokeKey", "requestBody": {"keyId": f"{BODY_POINTER}id"}}
    },
}
HEADER_WIRE_NAMES = {
    "RequestId": "X-Request-Id",
    "TraceId": TRACE_ID_HEADER,
    "RetryAfter": "Retry-After",
    "Replayed": "Idempotency-Replayed",
    "Redirect": "Location",
    "RateLimitPolicy": "RateLimit-Policy",
    "CreditsRemaining": "X-Credits-Remaining-Usd",
    "ShouldRetry": "X-Should-Retry",
}


# The description of each header, the operation whose recorded answer has it; True: always sent.
HEADER_DESCRIPTIONS: Mapping[str, tuple[str, str, bool]] = {
    "RequestId": ("Give this to the operator.", SUBMIT_JOB, True),
    "TraceId": (
        "The trace of the job, in the operator's traces and logs, and in its webhooks.",
        SUBMIT_JOB,
        False,
    ),
    "RetryAfter": ("Seconds to wait; given wherever waiting helps.", SUBMIT_JOB, False),
    "RateLimitPolicy": (
        "The rate this request counted towards: `q` requests in `w` seconds.",
        SUBMIT_JOB,
        False,
    ),
    "RateLimit": (
        "What is left of it, `r`, and the seconds until it resets, `t`.",
        SUBMIT_JOB,
        False,
    ),
    "CreditsRemaining": ("What the account may spend after this request.", SUBMIT_JOB, False),
    "ShouldRetry": ("`false`: the same request will be refused again.", "", False),
    "Location": ("The path to read the job.", SUBMIT_JOB, True),
    "Redirect": ("The page it redirects to.", "followAffiliateLink", True),
    "ETag": ("Changes with the answer.", "getJob", False),
    "Replayed": ("`true`: the stored answer of the first such request.", SUBMIT_JOB, False),
    "Deprecation": ("Since when (RFC 9745).", "getCreditsBalance", True),
    "Sunset": ("Until when (RFC 8594).", "getCreditsBalance", True),
    "Link": ("What replaces it.", "getCreditsBalance", True),
}


def build_headers() -> JsonSchema:
    """Build the headers of answers, each with a recorded value."""
    return {name: _build_header(name, *columns) for name, columns in HEADER_DESCRIPTIONS.items()}


def _build_header(name: str, description: str, operation_id: str, required: bool) -> JsonSchema:  # noqa: FBT001 - a column of the table
    value: Any = _find_header_value(HEADER_WIRE_NAMES.get(name, name), operation_id)
    described: JsonSchema = {"description": description}
    if required:
        described["required"] = True
    described["schema"] = SECONDS_SCHEMA if name == "RetryAfter" else TEXT_SCHEMA
    if value is not None:
        described["example"] = int(value) if name == "RetryAfter" else value
    return described


def _find_header_value(name: str, operation_id: str) -> str | None:
    """Return a recorded value of a header; without an operation one of a refusal."""
    if operation_id:
        return find_header(name, operation_id)
    values = (refusal["headers"].get(name) for refusal in load_problems().values())
    return next((value for value in values if value is not None), None)


def build_responses(each: Operation) -> JsonSchema:
    """Build the answers of an operation by their statuses."""
    responses: JsonSchema = {str(each.status): _build_success(each, each.status)}
    responses |= {str(status): _build_success(each, status) for status in each.other_statuses}
    if each.id == SUBMIT_JOB:
        responses["200"] = _build_success(each, HTTPStatus.OK)
        responses["200"]["description"] = "The finished job, or the dry run."
    if each.conditional:
        responses["304"] = {
            "description": "Unchanged since you read it.",
            "headers": _refer_to_headers("RequestId", "ETag"),
        }
    for kind in list_problems(each):
        _add_problem(responses, kind)
    return responses


def _add_problem(responses: JsonSchema, kind: type[errors.Problem]) -> None:
    """Add a refusal; those of one status are one answer with several examples."""
    line = f"`{kind.code}`: {errors.read_default_detail(kind)}"
    response = responses.get(str(kind.status))
    example = {kind.code: refer_to_example(kind)}
    if response is not None:
        response["description"] += f" {line}"
        response["content"][PROBLEM_JSON]["examples"] |= example
        return
    waits = issubclass(kind, errors.RateLimited | errors.Unavailable)
    names = ["RequestId", "RateLimitPolicy", "RateLimit", "CreditsRemaining"]
    names += ["RetryAfter"] * waits + ["ShouldRetry"] * (not kind.retryable)
    responses[str(kind.status)] = {
        "description": line,
        "headers": _refer_to_headers(*names),
        "content": {PROBLEM_JSON: {"schema": refer_to_schema("Problem"), "examples": example}},
    }


def _build_success(each: Operation, status: int) -> JsonSchema:
    """Build an answer that is no refusal; alternative models are answers of status 200."""
    models = [each.response, *(each.alternatives if status == HTTPStatus.OK else ())]
    names = ["RequestId", *_list_rest_headers(each), *_list_deprecation_headers(each)]
    names += ["ETag"] * (each.conditional or each.if_match) + ["Replayed"] * takes_idempotency_key(
        each
    )
    good: JsonSchema = {"description": getdoc(each.response) or ""}
    if each.media_types:
        good["content"] = {
            kind: _build_content(each, status, kind, models) for kind in each.media_types
        }
    names += ["TraceId"] * (each.id in NAMES_TRACE)
    if each.id == SUBMIT_JOB and status == HTTPStatus.ACCEPTED:
        names += ["Location", "RetryAfter"]
    if status == HTTPStatus.FOUND:
        names.append("Redirect")
    if each.id in LINKS and status == each.status:
        good["links"] = LINKS[each.id]
    return good | {"headers": _refer_to_headers(*names)}


def _build_content(
    each: Operation, status: int, media_type: str, models: Sequence[type[BaseModel]]
) -> JsonSchema:
    """Build the body of an answer, with its recorded examples."""
    if media_type != JSON_MEDIA_TYPE:
        text = find_text_example(each, status, media_type)
        return {"schema": NON_JSON_SCHEMAS[media_type]} | (
            {} if text is None else {"example": text}
        )
    schema = (
        refer_to_schema(models[0])
        if len(models) == 1
        else {"anyOf": [refer_to_schema(model) for model in models]}
    )
    examples = build_answer_examples(each, status, media_type)
    return {"schema": schema} | ({"examples": examples} if examples else {})


def _list_rest_headers(each: Operation) -> list[str]:
    """List the headers for the rest of a rate limit and of the credit."""
    rates = [] if each.rate == "none" else ["RateLimitPolicy", "RateLimit"]
    return rates if each.public else [*rates, "CreditsRemaining"]


def _list_deprecation_headers(each: Operation) -> list[str]:
    return [] if each.deprecation is None else ["Deprecation", "Sunset", "Link"]


def _refer_to_headers(*names: str) -> JsonSchema:
    return {
        HEADER_WIRE_NAMES.get(name, name): {"$ref": f"#/components/headers/{name}"}
        for name in names
    }
