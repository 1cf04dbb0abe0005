"""What the document shows by example is what the gateway takes."""

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from gateway.catalogue import catalogue
from gateway.media.tasks.catalogue import TASKS, example, read_input
from gateway.openapi import openapi
from gateway.settings import Settings


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    url = "https://api.example.com"
    return openapi(Settings(public_url=url), catalogue())


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": document["components"]})


def test_the_example_of_each_body_and_parameter_is_valid(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for described in item.values():
            for each in described.get("requestBody", {}).get("content", {}).values():
                if "example" in each:
                    validator(document, each["schema"]).validate(each["example"])
            for parameter in described["parameters"]:
                if "example" in parameter:
                    validator(document, parameter["schema"]).validate(parameter["example"])
    for parameter in document["components"]["parameters"].values():
        if "example" in parameter:
            validator(document, parameter["schema"]).validate(parameter["example"])


@pytest.mark.parametrize("name", TASKS)
def test_the_example_of_each_task_is_valid_as_that_task_only(
    document: dict[str, Any], name: str
) -> None:
    task, given = TASKS[name], example(TASKS[name])
    assert read_input(task, given)
    submit = validator(document, {"$ref": "#/components/schemas/SubmitJob"})
    submit.validate({"task": name, "input": given})
    assert not submit.is_valid({"task": name, "input": given | {"wdith": 256}})
    assert not submit.is_valid({"task": "image.paint", "input": given})


def test_the_input_of_one_task_is_not_taken_for_another(document: dict[str, Any]) -> None:
    submit = validator(document, {"$ref": "#/components/schemas/SubmitJob"})
    given = example(TASKS["video.combine"])
    assert not submit.is_valid({"task": "image.generate", "input": given})
