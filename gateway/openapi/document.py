"""The OpenAPI document: each operation with its parameters, body, answers and security."""

import json
import re
from collections.abc import Sequence
from functools import cache

from gateway import tools
from gateway.configuration.settings import Settings
from gateway.kit.http.browser import SESSION_COOKIE, Site
from gateway.kit.operation import JSON_MEDIA_TYPE, Operation
from gateway.kit.release import VERSION
from gateway.kit.wire.json_schema import JsonSchema
from gateway.kit.wire.request_reader import can_be_empty
from gateway.openapi import problems
from gateway.openapi.examples import build_request_examples
from gateway.openapi.parameters import build_parameters, build_shared_parameters
from gateway.openapi.responses import build_headers, build_responses
from gateway.openapi.schemas import build_schemas, refer_to_schema
from gateway.openapi.shared_components import move_repeated_parts
from gateway.openapi.webhook_messages import build_webhooks

ANY_MEDIA_TYPE = "application/octet-stream"
LONGEST_SUMMARY = 60
TAGS = {
    "health": "Whether the gateway works, and which Agent Skill is current.",
    "auth": "Sign-in by e-mail or Google, browser sessions, identities, and linked devices.",
    "account": "Account settings, and closing the account.",
    "team": "Members of an account, invitations, and the account that a browser works in.",
    "keys": "API keys with scopes and hard spending caps.",
    "balance": "Prepaid credit: available, held, by kind, and its history.",
    "credits": "Other ways to credit and spend, most of them deprecated.",
    "catalog": "What is for sale.",
    "checkout": "Buying credit.",
    "claim": "Settling purchases, and receipts.",
    "billing": "Billing details, invoices and credit notes.",
    "top-up": "Auto top-up: a saved card is charged when credit is low; only people set it up.",
    "media": "Media jobs: exact price first, charged only on success.",
    "studio": "Projects, assets, documents, the agent, and plans: frozen steps at exact prices.",
    "shares": "Secret links that show one result to anybody who has them.",
    "affiliates": "Referral codes, commissions and payouts.",
    "webhooks": "Signed messages about jobs, and events from payment providers.",
}
DESCRIPTION = (
    "Prepaid gateway for AI media generation. Money is exact: a job's price is held when it "
    "is submitted, charged only if it succeeds, and released otherwise. Programs that speak "
    "OpenAI's API for images and videos work with the base URL `/v1` and the same keys."
)
KEY_SECURITY: list[dict[str, list[str]]] = [{"BearerAuth": []}, {"ApiKeyHeader": []}]
SHARED_PART = re.compile(r'"#/components/(\w+)/([^"]+)"')


def build_openapi(settings: Settings, operations: Sequence[Operation]) -> JsonSchema:
    """Build the document for the addresses of these settings."""
    site = settings.public_url
    document: JsonSchema = {
        "openapi": "3.1.1",
        "info": {
            "title": "Killa Tamata AI",
            "version": VERSION,
            "description": DESCRIPTION,
            "termsOfService": f"{site}/legal/terms",
            "contact": {"name": "Killa Tamata", "url": site, "email": settings.contact_email},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": settings.api_url, "description": "This gateway"}],
        **json.loads(_build_shared_part(tuple(operations))),
    }
    document["components"]["securitySchemes"] = _build_security_schemes(site)
    return document


@cache
def _build_shared_part(operations: tuple[Operation, ...]) -> str:
    """Build the part that is the same under every address, as JSON; cached, for it is slow.

    It is most of the time that a gateway takes to start.
    """
    schemas = build_schemas(operations)
    paths: dict[str, JsonSchema] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _build_operation(each)
    used = {each.tag for each in operations}
    described: JsonSchema = {
        "tags": [{"name": name, "description": TAGS[name]} for name in TAGS if name in used],
        "security": KEY_SECURITY,
        "paths": paths,
        "webhooks": build_webhooks(),
        "components": {
            "schemas": schemas,
            "parameters": build_shared_parameters(),
            "responses": {},
            "headers": build_headers(),
            "examples": problems.build_problem_examples(),
        },
    }
    move_repeated_parts(paths, described["components"])
    return _drop_unused(described)


def _drop_unused(described: JsonSchema) -> str:
    """Drop shared parts that nothing refers to, and return the rest as JSON.

    A dropped part may have been the last to refer to another, so it repeats until nothing changes.
    """
    components, before = described["components"], ""
    while (text := json.dumps(described)) != before:
        before, used = text, set(SHARED_PART.findall(text))
        for kind in ("schemas", "parameters", "headers", "examples"):
            components[kind] = {
                name: part for name, part in components[kind].items() if (kind, name) in used
            }
    return text


def _build_security_schemes(site: str) -> JsonSchema:
    return {
        "BearerAuth": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "API key",
            "description": "`Authorization: Bearer kt_…`, an API key.",
        },
        "ApiKeyHeader": {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "The same key in its own header.",
        },
        "BrowserSession": {
            "type": "apiKey",
            "in": "cookie",
            "name": Site(site).cookie_name(SESSION_COOKIE),
            "description": "The session of a person signed in on the site.",
        },
    }


def _build_operation(each: Operation) -> JsonSchema:
    rendered: JsonSchema = {
        "operationId": each.id,
        "tags": [each.tag],
        "summary": shorten_summary(each.summary),
        "description": each.description,
        "parameters": build_parameters(each),
        "responses": build_responses(each),
        "x-problem-codes": [kind.code for kind in problems.list_problems(each)],
    }
    if each.scopes:
        rendered["x-required-scopes"] = list(each.scopes)
    if rendered_tools := tools.render_tools(each.id):
        rendered["x-mcp"] = rendered_tools
    if each.public:
        rendered["security"] = []
    elif each.ticket is not None:
        rendered["security"] = [{}, *KEY_SECURITY]
    elif each.session != "no":
        rendered["security"] = [*KEY_SECURITY] * (each.session == "also") + [{"BrowserSession": []}]
    if each.deprecation is not None:
        rendered["deprecated"] = True
        rendered["description"] += f"\n\nUse {each.deprecation.successor} instead."
    if each.body is not None:
        rendered["requestBody"] = {
            "required": not can_be_empty(each.body),
            "content": {
                JSON_MEDIA_TYPE: {"schema": refer_to_schema(each.body)} | _build_examples(each)
            },
        }
    if each.streamed:
        anything = {"schema": {"type": "string", "format": "binary"}}
        rendered["requestBody"] = {"required": True, "content": {ANY_MEDIA_TYPE: anything}}
    if each.raw_body:
        event = {
            "schema": {"type": "object", "description": "The raw body, as signed by the provider."}
        }
        rendered["requestBody"] = {
            "required": True,
            "content": {JSON_MEDIA_TYPE: event | _build_examples(each)},
        }
    return rendered


def shorten_summary(summary: str) -> str:
    """Shorten a summary to at most 60 characters: the part before its first pause."""
    for pause in ("; ", ": ", ". "):
        if len(summary) > LONGEST_SUMMARY:
            summary = summary.partition(pause)[0]
    while len(summary) > LONGEST_SUMMARY and "," in summary:
        summary = summary.rpartition(",")[0]
    return summary


def _build_examples(each: Operation) -> JsonSchema:
    examples = build_request_examples(each)
    return {"examples": examples} if examples else {}
