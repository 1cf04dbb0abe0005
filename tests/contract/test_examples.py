"""The examples of the document are what the gateway takes, and what it answers."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.kit.operation import Operation
from gateway.media.tasks.catalogue import TASKS, get_example_input, read_input
from gateway.openapi import build_openapi
from gateway.openapi.problems import list_problem_codes
from gateway.recorded import list_calls, load_problems, load_webhooks

JSON = "application/json"
BINARY_TYPES = {"image/jpeg", "application/pdf"}
AS_THEY_ARE = {"const", "default", "enum", "example", "examples"}
OPERATIONS = list_operations()
# Shown in the words of their declaration: they take a part that is away, real money, another
# setting, a race, or very many of something.
UNPROVOKED = {
    "account_frozen", "account_in_use", "affiliate_not_approved", "agent_unavailable",
    "ambiguous_key_prefix", "app_connected", "authorization_already_used",
    "binding_window_closed", "concurrency_limited", "content_rejected", "credit_left",
    "email_unavailable", "google_unavailable", "key_limit_reached", "member_limit_exceeded",
    "no_capacity", "no_price", "not_ready", "payment_in_progress", "payment_method_unavailable",
    "payment_provider_error",
    "payment_used_by_other_account", "payout_already_open", "plan_stale", "price_changed",
    "queue_full", "share_taken_down", "storage_quota_exceeded", "top_up_currency_in_use",
    "team_full", "top_up_stopped", "unavailable",
}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    url = "https://api.example.com"
    return build_openapi(Settings(public_url=url), OPERATIONS)


@pytest.fixture(scope="module")
def closed(document: dict[str, Any]) -> dict[str, Any]:
    """The components, where an object has no other fields than those that are described."""
    schemas = {
        name: closing(schema)
        for name, schema in document["components"]["schemas"].items()
        if name != "Problem"  # a refusal may say more
    }
    return {"schemas": schemas | {"Problem": document["components"]["schemas"]["Problem"]}}


def closing(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema that takes no field which it does not name."""
    if isinstance(schema, list):
        return [closing(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    # The forms beside `properties` say which of those are given, not what else there is.
    kept = AS_THEY_ARE | ({"oneOf", "anyOf"} if "properties" in schema else set())
    made = {key: each if key in kept else closing(each) for key, each in schema.items()}
    if "properties" in schema and schema.get("additionalProperties") in {None, True}:
        made["additionalProperties"] = False
    return made


def mistakes(components: Mapping[str, Any], schema: Any, value: Any) -> list[str]:  # noqa: ANN401
    found = Draft202012Validator({**schema, "components": components}, validate_formats=True)
    return [f"{each.instance_path}: {each.message}" for each in found.iter_errors(value)]


def described(document: dict[str, Any], each: Operation) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][each.path][each.method.lower()]
    return found


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        kind, _, name = part["$ref"].removeprefix("#/components/").partition("/")
        part = document["components"][kind][name]
    return part


def answers(document: dict[str, Any], each: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the good answers of an operation: status and content by media type."""
    for status, response in described(document, each)["responses"].items():
        if status < "4":
            yield status, resolved(document, response).get("content", {})


@pytest.mark.promise("discovery: recorded-examples")
@pytest.mark.parametrize("each", OPERATIONS, ids=lambda each: each.id)
def test_whatever_was_recorded_of_an_operation_is_as_its_schemas_say(
    document: dict[str, Any], closed: dict[str, Any], each: Operation
) -> None:
    body = described(document, each).get("requestBody", {}).get("content", {}).get(JSON)
    contents = dict(answers(document, each))
    calls = list_calls(each.id)
    assert calls
    for call in calls:
        if call.body is not None:
            assert mistakes(closed, closing(body["schema"]), call.body) == [], call.name
        if call.answer.type == JSON:
            schema = contents[str(call.answer.status)][JSON]["schema"]
            assert mistakes(closed, schema, call.answer.body) == [], call.name


@pytest.mark.promise("discovery: recorded-examples")
@pytest.mark.parametrize("each", OPERATIONS, ids=lambda each: each.id)
def test_every_body_answer_and_parameter_of_an_operation_is_shown_by_example(
    document: dict[str, Any], each: Operation
) -> None:
    found = described(document, each)
    for content in found.get("requestBody", {}).get("content", {}).values():
        assert "examples" in content or content["schema"]["format"] == "binary"
    for status, contents in answers(document, each):
        for media_type, content in contents.items():
            assert {"examples", "example"} & content.keys() or media_type in BINARY_TYPES, status
    for parameter in (resolved(document, part) for part in found["parameters"]):
        schema = parameter["schema"] | {"components": document["components"]}
        Draft202012Validator(schema).validate(parameter["example"])


def test_headers_refusals_and_messages_are_shown_as_they_were_sent(
    document: dict[str, Any], closed: dict[str, Any]
) -> None:
    for name, header in document["components"]["headers"].items():
        assert header["example"] is not None, name
    problem = {"$ref": "#/components/schemas/Problem"}
    for code, recorded in load_problems().items():
        shown = {name: value for name, value in recorded["body"].items() if name != "example"}
        assert document["components"]["examples"][code]["value"] == shown
        assert mistakes(closed, problem, recorded["body"]) == [], code
    for event, item in document["webhooks"].items():
        body = item["post"]["requestBody"]["content"][JSON]
        assert body["examples"][event]["value"] == load_webhooks()[event]["body"]
        assert mistakes(closed, body["schema"], load_webhooks()[event]["body"]) == [], event


def shown_answers(document: dict[str, Any], operation_id: str) -> list[Any]:
    """Return every JSON answer that the document shows of an operation."""
    (each,) = (each for each in OPERATIONS if each.id == operation_id)
    return [
        resolved(document, example)["value"]
        for _, contents in answers(document, each)
        for example in contents.get(JSON, {}).get("examples", {}).values()
    ]


@pytest.mark.promise("discovery: recorded-examples")
def test_what_is_shown_agrees_with_itself(document: dict[str, Any]) -> None:
    found = shown_answers(document, "getJob") + shown_answers(document, "submitJob")
    jobs = [each for each in found if "jobId" in each]
    assert {job["status"] for job in jobs} == {"queued", "succeeded"}
    for job in jobs:
        assert bool(job["outputs"]) == (job["status"] == "succeeded")
        assert (job["billing"]["state"] == "reserved") == (job["status"] == "queued")
    for plan in shown_answers(document, "preparePlan"):
        assert plan["totalMicrousd"] == sum(step["priceMicrousd"] for step in plan["steps"])
    for quote in shown_answers(document, "quoteJobs"):
        assert quote["totalMicrousd"] == sum(item["priceMicrousd"] for item in quote["items"])


def test_a_refusal_is_shown_as_it_was_given_unless_it_takes_much_to_provoke(
    document: dict[str, Any],
) -> None:
    shown = document["components"]["examples"].keys() & list_problem_codes()
    assert shown - load_problems().keys() == UNPROVOKED


@pytest.mark.parametrize("name", TASKS)
def test_the_example_of_each_task_is_valid_as_that_task_only(
    document: dict[str, Any], name: str
) -> None:
    task, given = TASKS[name], get_example_input(TASKS[name])
    assert read_input(task, given)
    components, submit = document["components"], {"$ref": "#/components/schemas/SubmitJob"}
    assert mistakes(components, submit, {"task": name, "input": given}) == []
    for wrong in ({"task": name, "input": given | {"wdith": 256}}, {"task": "image.paint"}):
        assert mistakes(components, submit, {"input": given} | wrong)


def test_the_input_of_one_task_is_not_taken_for_another(document: dict[str, Any]) -> None:
    given = {"task": "image.generate", "input": get_example_input(TASKS["video.combine"])}
    submit = {"$ref": "#/components/schemas/SubmitJob"}
    assert mistakes(document["components"], submit, given)
