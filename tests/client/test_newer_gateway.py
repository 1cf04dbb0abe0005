"""Answers of a gateway that is newer than the client: more fields, and words it does not know."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Union, get_args

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from gateway import recorded
from gateway.catalogue import list_operations
from gateway.kit.release import VERSION
from killatamata import Client, types
from killatamata.cli import app
from killatamata.cli.versions import MOST_NAMED
from killatamata.model import Model, Word
from killatamata.operations import OPERATIONS
from tests.client.scripted import Answer, serve_answers

KEY = "kt_test_" + "X" * 38
NEW_FIELD, NEW_WORD, NEW_NUMBER = "fieldOfTomorrow", "word_of_tomorrow", 999


def list_known_answers() -> Iterator[tuple[str, Model]]:
    """Yield each recorded answer that the client has a model for, as it reads it."""
    for operation in list_operations():
        names = [each.__name__ for each in (operation.response, *operation.alternatives)]
        kinds = [getattr(types, name) for name in names if hasattr(types, name)]
        for call in recorded.list_calls(operation.id):
            is_answer = call.answer.status < HTTPStatus.MULTIPLE_CHOICES
            if kinds and is_answer and isinstance(call.answer.body, dict):
                adapter: TypeAdapter[Model] = TypeAdapter(Union[*kinds])  # type: ignore[arg-type]  # known at run time
                yield f"{operation.id}: {call.name}", adapter.validate_python(call.answer.body)


def is_choice(annotation: object) -> bool:
    """Return True if a field is a choice of words, or holds such choices."""
    parts = (*getattr(annotation, "__metadata__", ()), *get_args(annotation))
    return Word in parts or any(is_choice(each) for each in parts)


def age(body: Any, parsed: object) -> Any:  # noqa: ANN401 - JSON
    """Return this answer as a newer gateway would give it."""
    if isinstance(parsed, Model):
        fields = {
            field.alias: (is_choice(field.annotation) or Word in field.metadata, name)
            for name, field in type(parsed).model_fields.items()
        }
        newer = {NEW_FIELD: {"inside": [1]}}
        for key, value in body.items():
            chosen, name = fields.get(key, (False, ""))
            newer[key] = change_words(value) if chosen else age(value, getattr(parsed, name, None))
        return newer
    if isinstance(parsed, list):
        return [age(*pair) for pair in zip(body, parsed, strict=True)]
    if isinstance(parsed, dict):
        return {key: age(body[key], parsed[key]) for key in body}
    return body


def change_words(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [change_words(each) for each in value]
    if isinstance(value, str):
        return NEW_WORD
    return NEW_NUMBER if type(value) is int else value


@pytest.mark.promise("client: newer-gateway")
def test_no_answer_of_a_newer_gateway_breaks_the_client() -> None:
    seen = 0
    for name, answer in list_known_answers():
        newer = age(answer.model_dump(mode="json", exclude_unset=True), answer)
        kept = type(answer).model_validate(newer).model_dump(mode="json", exclude_unset=True)
        assert kept == newer, name
        seen += NEW_WORD in str(newer)
    assert seen > 30


def test_a_wait_goes_on_while_a_job_is_in_a_state_of_tomorrow() -> None:
    (job,) = recorded.list_calls("submitJob")[:1]
    body = job.answer.body
    paused = body | {"status": "paused", "version": 2}
    ended = body | {"status": "succeeded", "version": 3, "finishedAt": body["createdAt"]}
    with (
        serve_answers(Answer(202, body), Answer(200, paused), Answer(200, ended)) as script,
        Client(KEY, base_url=script.base) as client,
    ):
        assert client.run("image.generate", prompt="a fox").status == "succeeded"


@pytest.mark.parametrize("word", ["outcome", "state"])
def test_a_wait_goes_on_while_a_plan_is_in_a_state_of_tomorrow(word: str) -> None:
    plan = recorded.list_calls("executePlan")[0].answer.body
    step = plan["steps"][0]
    running = plan | {"state": "executed", "outcome": "running", "version": 1}
    paused = running | {word: "paused", "version": 2, "steps": [step | {"percent": 40}]}
    ended = paused | {word: "done_by_hand", "version": 3, "steps": [step | {"percent": 100}]}
    if word == "state":
        paused, ended = ({**each, "outcome": None} for each in (paused, ended))
    with (
        serve_answers(*(Answer(200, each) for each in (running, paused, ended))) as script,
        Client(KEY, base_url=script.base) as client,
    ):
        assert client.plans.wait(plan["planId"]).version == 3


def test_a_plan_that_expires_without_a_new_version_ends_the_wait() -> None:
    plan = recorded.list_calls("preparePlan")[0].answer.body | {"outcome": None}
    told: list[str] = []
    answers = [Answer(200, plan | {"state": each}) for each in ("pending", "expired")]
    with serve_answers(*answers) as script, Client(KEY, base_url=script.base) as client:
        waited = client.plans.wait(
            plan["planId"], timeout_seconds=2, on_status=lambda each: told.append(each.state)
        )
    assert (waited.state, told) == ("expired", ["pending", "expired"])


def check_up(version: str) -> dict[str, tuple[bool, str, str]]:
    """Run the check-up at a gateway of this version that offers one call."""
    health = recorded.list_calls("getHealth")[0].answer.body | {"version": version}
    answers = [health, recorded.list_calls("getBalance")[0].answer.body]
    if version.startswith("0."):
        answers.insert(1, {"paths": {"/api/v1/balance": {"get": {}}}})
    with serve_answers(*(Answer(200, each) for each in answers)) as script:
        env = {"KT_API_KEY": KEY, "KT_API_BASE": script.base}
        done = CliRunner().invoke(app, ["doctor", "--json"], env=env)
    checks = json.loads(done.stdout)["checks"]
    return {each["check"]: (each["ok"], each["mark"], each["told"]) for each in checks}


def test_a_check_up_warns_of_an_older_gateway_and_names_what_it_lacks() -> None:
    ok, mark, told = check_up("0.0.9")["versions"]
    assert (ok, mark) == (True, "warning")
    assert told.startswith(f"client {VERSION}, gateway 0.0.9: the gateway is older")
    assert "it has no GET /api/v1/account/settings, " in told
    assert not [each for each in OPERATIONS if "/auth/" in each or "/webhooks/stripe" in each]
    assert told.endswith(f"{len(OPERATIONS) - 1 - MOST_NAMED} more")


def test_a_check_up_refuses_another_major_version_and_says_which_client_fits() -> None:
    ok, mark, told = check_up("1.2.0")["versions"]
    assert (ok, mark) == (False, "NO")
    assert f"client {VERSION}, gateway 1.2.0: their major versions differ" in told
    assert "/clients/killatamata-1.2.0-py3-none-any.whl" in told
