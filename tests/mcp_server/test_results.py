"""What a tool answers: as its output schema says, refusals too, and each fact once."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import types

from mcp_server import results
from mcp_server.offers import Offer
from mcp_server.results import refused
from tests.mcp_server.test_offers import DOCUMENT, OFFERS, ONLY_OFFER

ADDED_BY_SERVER = {"jobs"}
ONLY_WITH_SCHEMA = pytest.mark.parametrize(
    "offer", [offer for offer in OFFERS if offer.output], ids=lambda offer: offer.name
)
DEEPEST = 6
PLAIN = {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "null": None}
Schema = dict[str, Any]


def resolve(schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def build_sample(schema: Schema, *, nulls: bool, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
    """Build a value of a schema: with null wherever that is allowed, or nowhere."""
    schema = resolve(schema)
    kinds = schema.get("type", "object")
    variants = schema.get("anyOf") or schema.get("oneOf")
    if variants is None and isinstance(kinds, list):
        variants = [schema | {"type": kind} for kind in kinds]
    if variants:
        ordered = sorted(variants, key=lambda each: (each.get("type") == "null") != nulls)
        return build_sample(ordered[0], nulls=nulls, depth=depth)
    if kinds == "null" or "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if depth > DEEPEST:
        return {}
    if kinds == "array":
        return [build_sample(schema.get("items", {}), nulls=nulls, depth=depth + 1)]
    if kinds == "object":
        return {
            name: build_sample(each, nulls=nulls, depth=depth + 1)
            for name, each in schema.get("properties", {}).items()
        }
    return PLAIN[kinds]


def build_answers(offer: Offer) -> Iterator[dict[str, Any]]:
    """Build answers of the tool's operation, one of each kind that its document declares."""
    operation = DOCUMENT["paths"][offer.path][offer.method.lower()]
    for status, response in operation["responses"].items():
        name = response.get("$ref", "").rpartition("/")[2]
        whole = DOCUMENT["components"]["responses"][name] if name else response
        content = whole.get("content", {}).get("application/json", {})
        if not status.startswith("2") or "schema" not in content:
            continue
        for variant in content["schema"].get("anyOf", [content["schema"]]):
            for nulls in (False, True):
                yield build_sample(variant, nulls=nulls)


def check(offer: Offer, result: types.CallToolResult) -> dict[str, Any]:
    facts: dict[str, Any] = result.structured_content or {}
    jsonschema.validate(facts, offer.output or {})
    return facts


@pytest.mark.promise("mcp: refusals-fit")
@ONLY_OFFER
def test_a_refusal_is_what_the_output_schema_says(offer: Offer) -> None:
    result = refused("not_found", "There is no such job.", "List the jobs.", field="jobId").result
    assert result.is_error
    assert check(offer, result)["error"]["code"] == "not_found"


@pytest.mark.promise("mcp: refusals-fit")
@ONLY_WITH_SCHEMA
def test_an_answer_is_what_the_output_schema_says(offer: Offer) -> None:
    promised = set((offer.output or {})["properties"]) - {"error"} - ADDED_BY_SERVER
    seen: set[str] = set()
    for answer in build_answers(offer):
        result = results.success(results.shown(answer, offer.result), "Done.")
        seen |= set(check(offer, result))
    assert promised <= seen


@pytest.mark.parametrize("words", [1, 4_000], ids=["short", "long"])
def test_the_next_step_is_among_the_facts_and_each_fact_is_told_once(words: int) -> None:
    facts = {"planId": "plan_1", "steps": ["a step"] * words}
    result = results.success(facts, "Show that, then plan_execute.")
    assert result.structured_content == {"next": "Show that, then plan_execute."} | facts
    (text,) = result.content
    assert isinstance(text, types.TextContent)
    line, _, told = text.text.partition("\n")
    assert line == "Show that, then plan_execute."
    assert json.loads(told) == facts
