"""The document for agents: few operations in few words, in shapes that builders of tools take."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from openapi_spec_validator import validate

from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS, get_example_input
from gateway.openapi import build_openapi
from gateway.openapi.agent_document import build_agent_document

MOST_OPERATIONS, LONGEST_WORDS, LARGEST = 30, 300, 90_000
NEEDED = {
    "listTasks", "quoteJobs", "submitJob", "getJob", "cancelJob", "getBalance", "getUsage",
    "startStripeCheckout", "createUploadLink", "keepAsset", "preparePlan", "getPlans",
    "executePlan", "rejectPlan", "importStoryboard", "prepareRender",
}  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return build_openapi(Settings(public_url="https://example.com"), list_operations())


@pytest.fixture(scope="module")
def document(whole: dict[str, Any]) -> dict[str, Any]:
    return build_agent_document(whole)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        each["operationId"]: each
        for methods in document["paths"].values()
        for each in methods.values()
    }


def parts(part: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Yield each object in a document."""
    if isinstance(part, list):
        for each in part:
            yield from parts(each)
    elif isinstance(part, dict):
        yield part
        for each in part.values():
            yield from parts(each)


def bodies(document: dict[str, Any]) -> dict[str, tuple[dict[str, Any], Any]]:
    """Return schema and example of each body."""
    contents = {
        name: each["requestBody"]["content"]["application/json"]
        for name, each in operations(document).items()
        if "requestBody" in each
    }
    return {name: (each["schema"], each["example"]) for name, each in contents.items()}


@pytest.mark.promise("discovery: agent-document")
def test_it_is_valid_small_and_has_what_an_agent_needs(document: dict[str, Any]) -> None:
    validate(document)
    assert set(operations(document)) >= NEEDED
    assert len(operations(document)) <= MOST_OPERATIONS
    assert len(json.dumps(document, separators=(",", ":")).encode()) <= LARGEST
    told = [each["description"] for each in parts(document) if "description" in each]
    words = [each for each in told if isinstance(each, str)]  # a field may have this name
    assert max(map(len, words)) <= LONGEST_WORDS
    for each in operations(document).values():
        assert each["summary"]
        assert each["description"].endswith(".")


def test_each_reference_leads_into_the_document(document: dict[str, Any]) -> None:
    for part in parts(document):
        if isinstance(part.get("$ref"), str):
            kind, name = part["$ref"].removeprefix("#/components/").split("/")
            assert name in document["components"][kind]


def test_each_answer_says_what_it_is_itself_or_by_its_schema(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, each in operations(document).items():
        for status in (status for status in each["responses"] if status.startswith("2")):
            answer = each["responses"][status]
            if answer["description"] == HTTPStatus(int(status)).phrase:
                for content in answer["content"].values():
                    kind = content["schema"].get("$ref", "").rpartition("/")[2]
                    assert schemas.get(kind, content["schema"])["description"], name
    plan = schemas["Plan"]["properties"]
    assert "description" not in plan["planId"]  # "The plan."
    assert plan["planHash"]["description"]


def test_a_request_has_one_type_per_field_no_reference_and_no_optional_object(
    document: dict[str, Any],
) -> None:
    asked = [schema for schema, _ in bodies(document).values()]
    for each in operations(document).values():
        asked += [parameter["schema"] for parameter in each.get("parameters", ())]
    for schema in parts(asked):
        assert not {"anyOf", "oneOf", "allOf", "const", "pattern", "$ref"} & schema.keys()
        if "type" in schema and not isinstance(schema["type"], dict):
            assert isinstance(schema["type"], str)
        for name, field in schema.get("properties", {}).items():
            assert field.get("type") != "object" or name in schema["required"], name


def test_an_example_is_taken_by_both_documents(
    document: dict[str, Any], whole: dict[str, Any]
) -> None:
    for name, (schema, body) in bodies(document).items():
        jsonschema.validate(body, schema)
        full = operations(whole)[name]["requestBody"]["content"]["application/json"]["schema"]
        jsonschema.validate(body, full | {"components": whole["components"]})


@pytest.mark.parametrize("task", sorted(ENABLED_TASKS))
def test_the_input_of_each_task_fits_into_the_one_of_all(
    document: dict[str, Any], task: str
) -> None:
    given = {"task": task, "input": get_example_input(TASKS[task])}
    schema, _ = bodies(document)["submitJob"]
    jsonschema.validate(given, schema)
    known = schema["properties"]["input"]["properties"]
    assert set(given["input"]) <= set(known)
    assert task in schema["properties"]["task"]["enum"]


def test_what_may_spend_asks_a_person_first(document: dict[str, Any]) -> None:
    marked = {
        name for name, each in operations(document).items() if "x-openai-isConsequential" in each
    }
    assert marked == {"submitJob", "executePlan"}
