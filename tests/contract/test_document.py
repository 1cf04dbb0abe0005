"""The document is whole: who may ask, what is taken, what is answered, how it can be refused."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.kit.operation import Operation
from gateway.openapi import build_openapi, list_problems
from gateway.openapi.document import TAGS

OPERATIONS = list_operations()
LEAST, MOST = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
BOUNDS = {
    "string": [{"maxLength", "pattern", "format"}],
    "integer": [LEAST, MOST],
    "number": [LEAST, MOST],
    "array": [{"maxItems"}],
}
# What a header may hold is nobody's business, nor what a provider signed.
FREE = {"Prefer", "IfMatch", "IfNoneMatch"}
BINARY_TYPES = {"image/jpeg", "application/pdf"}
LARGEST = 1_050_000  # bytes; 1,008,000 when this was written, 227,000 of it recorded answers


def name_of(each: Operation) -> str:
    return each.id


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    settings = Settings(public_url="https://example.com", api_url="https://api.example.com")
    return build_openapi(settings, OPERATIONS)


def shown(document: dict[str, Any], each: Operation) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][each.path][each.method.lower()]
    return found


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    kind, _, name = part["$ref"].removeprefix("#/components/").partition("/")
    found: dict[str, Any] = document["components"][kind][name]
    return found


@pytest.mark.promise("discovery: openapi")
def test_the_validator_of_the_specification_finds_nothing(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"] == "3.1.1"


def test_tags_and_ids_are_the_published_ones(document: dict[str, Any]) -> None:
    tags = [each["name"] for each in document["tags"]]
    assert tags == [name for name in TAGS if name in tags]
    assert {each.tag for each in OPERATIONS} == set(tags)
    ids = [each.id for each in OPERATIONS]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("each", OPERATIONS, ids=name_of)
def test_an_operation_is_described_with_examples(document: dict[str, Any], each: Operation) -> None:
    told = shown(document, each)
    assert 0 < len(told["summary"]) <= 60
    assert told["description"]
    for parameter in told["parameters"]:
        if "$ref" not in parameter:
            assert parameter["description"]
            assert "example" in parameter
    for content in told.get("requestBody", {}).get("content", {}).values():
        assert content.get("examples") or content["schema"]["format"] == "binary"
    answers = {status: resolved(document, part) for status, part in told["responses"].items()}
    good = [answer for status, answer in answers.items() if status.startswith("2")]
    for answer in [*good, answers[str(each.status)]]:
        assert "X-Request-Id" in answer["headers"]
        for kind, content in answer.get("content", {}).items():
            assert content.get("examples") or content.get("example") or kind in BINARY_TYPES


@pytest.mark.parametrize("each", OPERATIONS, ids=name_of)
def test_an_operation_says_how_it_can_be_refused(document: dict[str, Any], each: Operation) -> None:
    statuses = {kind.status for kind in list_problems(each)}
    assert statuses <= {int(status) for status in shown(document, each)["responses"]}
    expected = {429}
    expected |= {401} if not each.public else set()
    expected |= {403} if each.scopes else set()
    expected |= {400, 413, 415, 422} if each.body is not None else set()
    expected |= {422} if each.query is not None else set()
    expected |= {400, 409} if each.idempotent else set()
    expected |= {412, 428} if each.if_match else set()
    assert expected <= statuses


def places(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401
    """Yield each schema in a schema, and where it is."""
    if isinstance(schema, list):
        for each in schema:
            yield from places(each, where)
    elif isinstance(schema, dict):
        yield where, schema
        # Beside `properties`, `anyOf` are the forms of a request, not what it holds.
        inside = {"items", "additionalProperties", "allOf"}
        inside |= set() if "properties" in schema else {"anyOf"}
        for name, each in schema.items():
            if name == "properties":
                for field, inner in each.items():
                    yield from places(inner, f"{where}.{field}")
            elif name in inside:
                yield from places(each, where)


def test_every_text_number_and_list_has_its_bounds(document: dict[str, Any]) -> None:
    loose = []
    for name, schema in document["components"]["schemas"].items():
        for where, each in places(schema, name):
            kinds = each.get("type")
            kind = kinds[0] if isinstance(kinds, list) else kinds
            if {"enum", "const"} & each.keys() or kind not in BOUNDS:
                continue
            if not all(bound & each.keys() for bound in BOUNDS[kind]):
                loose.append(f"{where}: {kind}")
    assert not loose


def test_no_pattern_lets_a_control_character_through_that_the_gateway_refuses(
    document: dict[str, Any],
) -> None:
    patterns = re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(document))
    negated = re.compile(r"\[\^(?:\\.|[^\]\\])*\]|\\S")
    loose = [
        pattern
        for pattern in map(json.loads, patterns)
        if any(re.match(each, "\x94") for each in negated.findall(pattern))
    ]
    assert loose == []


def test_every_field_says_what_it_is(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    mute = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, each in schema.get("properties", {}).items()
        if "$ref" not in each and not each.get("description")
    ]
    assert not mute


def test_each_reference_leads_to_a_component_and_each_component_is_used(
    document: dict[str, Any],
) -> None:
    text = json.dumps(document)
    for kind, parts in document["components"].items():
        for name in parts:
            if kind != "securitySchemes":
                assert f'"#/components/{kind}/{name}"' in text, (kind, name)
    for _, each in places(document["components"]["schemas"]):
        if "$ref" in each:
            assert each["$ref"].rpartition("/")[2] in document["components"]["schemas"]


def test_what_several_operations_say_stands_once_and_is_referred_to(
    document: dict[str, Any],
) -> None:
    parts: list[dict[str, Any]] = []
    for each in OPERATIONS:
        told = shown(document, each)
        parts += [*told["parameters"], *told["responses"].values()]
        for answer in told["responses"].values():
            for content in answer.get("content", {}).values():
                parts += content.get("examples", {}).values()
    whole = [json.dumps(part) for part in parts if "$ref" not in part]
    assert [text for text, count in Counter(whole).items() if count > 1] == []
    assert len(json.dumps(document, separators=(",", ":"))) < LARGEST


def test_stateful_testers_find_links_to_follow(document: dict[str, Any]) -> None:
    ids = {each.id for each in OPERATIONS}
    linked = {
        each.id: {
            link["operationId"]
            for answer in shown(document, each)["responses"].values()
            for link in resolved(document, answer).get("links", {}).values()
        }
        for each in OPERATIONS
    }
    assert all(targets <= ids for targets in linked.values())
    assert {"getJob", "cancelJob"} <= linked["submitJob"]
    assert linked["quoteJobs"] == {"submitJob"}
    assert {"executePlan", "getPlans"} <= linked["preparePlan"]
    assert linked["startStripeCheckout"] == {"claimStripe"}
    assert linked["startCryptoCheckout"] == {"claimCrypto", "getCryptoCheckout"}
    assert linked["createKey"] == {"revokeKey"}


def test_a_body_that_names_a_task_is_told_by_it(document: dict[str, Any]) -> None:
    submit = document["components"]["schemas"]["SubmitJob"]
    assert submit["discriminator"]["propertyName"] == "task"
    assert [each["$ref"] for each in submit["oneOf"]] == list(
        submit["discriminator"]["mapping"].values()
    )


def test_every_message_we_send_is_a_webhook_of_the_document(document: dict[str, Any]) -> None:
    assert set(document["webhooks"]) == {"job.started", "job.completed", "test.ping"}
    for event, each in document["webhooks"].items():
        names = {parameter["name"] for parameter in each["post"]["parameters"]}
        of_job = set() if event == "test.ping" else {"X-Trace-Id"}
        assert names == {"webhook-id", "webhook-timestamp", "webhook-signature"} | of_job


def test_an_answer_requires_what_is_always_sent_and_nothing_else(document: dict[str, Any]) -> None:
    required = {
        name: set(schema.get("required", ()))
        for name, schema in document["components"]["schemas"].items()
    }
    assert "currency" in required["Billing"]
    assert "balanceUsd" not in required["Billing"]  # only a submit tells it
    assert "dryRun" in required["DryRun"]
