"""What the command says when an answer is lost or late: what was paid, and how to go on."""

import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway import recorded
from killatamata.cli import app
from tests.client.scripted import RETRY_AT_ONCE, Answer, ScriptedGateway, serve_answers

BUSY = Answer(
    503, {"code": "unavailable", "retryable": True}, RETRY_AT_ONCE | {"x-should-retry": "false"}
)
THREAD = "thr_01M89GAYR0X7CMB5KE35W6GZYJ"
SEND = ("threads", "send", THREAD, "Hi", "--yes", "--profile", "work")


def read_answer(operation: str, number: int = 0, **changes: Any) -> Answer:  # noqa: ANN401 - JSON
    """Return a recorded answer of the gateway, with some members changed."""
    answer = [*recorded.list_calls(operation)][number].answer
    return Answer(answer.status, answer.body | changes)


QUOTE, SENT = read_answer("prepareMessage"), read_answer("sendMessage")
QUEUED, ANSWERED = read_answer("getRequest", 0), read_answer("getRequest", 1)
EXECUTED = read_answer("executePlan")
PENDING = Answer(200, EXECUTED.body | {"state": "pending", "outcome": None})
PLAN, REQUEST = EXECUTED.body["planId"], SENT.body["requestId"]
EXECUTE = ("plans", "execute", PLAN, "--yes")


def invoke(script: ScriptedGateway, *words: str) -> Result:
    env = {"KT_API_KEY": "kt_test_" + "X" * 38, "KT_API_BASE": script.base, "COLUMNS": "300"}
    return CliRunner().invoke(app, words, env=env)


def test_a_lost_message_is_sent_once_when_the_command_is_repeated_with_its_key() -> None:
    with serve_answers(QUOTE, BUSY, QUOTE, SENT, ANSWERED) as script:
        lost = invoke(script, *SEND)
        assert (lost.exit_code, "sends no second message" in lost.stderr) == (1, True)
        option = re.search(r"--idempotency-key (\S+)", lost.stderr)
        assert option is not None
        repeated = invoke(script, *SEND, *option[0].split())
    assert repeated.exit_code == 0, repeated.output
    prepared, sent, prepared_again, sent_again, _ = script.list_idempotency_keys()
    assert (prepared_again, sent_again) == (prepared, sent)
    assert sent == option[1] != prepared


def test_a_refused_message_was_not_sent_and_needs_no_key() -> None:
    refusal = Answer(402, {"code": "insufficient_credits", "detail": "Too little."})
    with serve_answers(QUOTE, refusal) as script:
        refused = invoke(script, *SEND)
    assert (refused.exit_code, "idempotency" in refused.stderr) == (4, False)


@pytest.mark.parametrize("end", [BUSY, Answer(200, {"no": "request"})])
def test_a_wait_that_breaks_off_names_the_message_and_what_is_held(end: Answer) -> None:
    with serve_answers(QUOTE, SENT, QUEUED, end) as script:
        broken = invoke(script, *SEND, "--json")
    assert broken.exit_code == 1
    after = json.loads(broken.stdout)["error"]["next"]
    assert f"{REQUEST} was sent, $0.25 held." in after
    assert f"killatamata threads show {THREAD} --profile work" in after
    assert f"killatamata threads cancel {REQUEST} --profile work" in after


def test_a_message_that_is_late_ends_the_wait_with_a_document_and_without_a_flood() -> None:
    with serve_answers(QUOTE, SENT, QUEUED) as script:
        late = invoke(script, *SEND, "--json", "--timeout", "0.3")
    assert late.exit_code == 6, late.output
    document = json.loads(late.stdout)["error"]
    assert document["request"]["requestId"] == REQUEST
    assert "threads show" in document["next"]
    assert len(script.requests) < 6


def test_a_state_of_a_newer_gateway_does_not_end_the_wait_for_an_answer() -> None:
    newer = Answer(200, QUEUED.body | {"status": "reviewed", "version": 2})
    with serve_answers(QUOTE, SENT, newer, ANSWERED) as script:
        assert invoke(script, *SEND).exit_code == 0


def test_a_lost_execution_says_that_a_plan_runs_once_and_how_to_look_at_it() -> None:
    with serve_answers(PENDING, BUSY) as script:
        lost = invoke(script, *EXECUTE)
    assert "it runs only once" in lost.stderr
    assert f"killatamata plans show {PLAN}" in lost.stderr
    refusal = Answer(409, {"code": "plan_rejected", "detail": "The plan was rejected."})
    with serve_answers(PENDING, refusal) as script:
        assert "runs only once" not in invoke(script, *EXECUTE).stderr


def test_a_broken_wait_for_a_plan_names_the_plan() -> None:
    with serve_answers(PENDING, EXECUTED, BUSY) as script:
        broken = invoke(script, *EXECUTE, "--json")
    assert f"{PLAN} was executed" in json.loads(broken.stdout)["error"]["next"]
