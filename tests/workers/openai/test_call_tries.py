"""The tries of one call: what may have arrived is never called refused."""

import pytest

from workers.engines.base import BadAnswer, NotAccepted, Rejected, ReplyLost
from workers.engines.openai.call_tries import CallTries
from workers.engines.openai.client import AnswerLost, NotSent, ServerAnswer
from workers.engines.openai.costs import CostRecord
from workers.engines.openai.dialects.dialect import Dialect
from workers.engines.openai.dialects.killatamata import Killatamata
from workers.engines.openai.dialects.sglang import SgLang

GATEWAY, OTHER = Killatamata(), SgLang()
FAILED = ServerAnswer(500, {"x-should-retry": "false"}, {"error": {"code": "engine_failed"}})


def begin(
    dialect: Dialect, *, lost: str | None = None, may_cost: bool = True, patience: float = 60
) -> CallTries:
    cost = CostRecord(20_000)
    cost.expect()
    return CallTries(dialect, cost, may_cost, patience_seconds=patience, lost=lost)


def say(status: int, code: str = "") -> ServerAnswer:
    return ServerAnswer(status, {}, {"error": {"code": code}} if code else {})


def refuse(tries: CallTries, status: int) -> None:
    """Let a try end with this status, or without a connection."""
    if status:
        assert tries.take_answer(say(status), "") is None
    else:
        tries.take_error(NotSent("refused"))


@pytest.mark.parametrize("status", [0, 401, 402, 429, 502, 503, 520])
def test_a_gateway_that_may_have_the_call_is_asked_on_under_its_key(status: int) -> None:
    tries = begin(GATEWAY)
    tries.take_error(AnswerLost("cut"))
    refuse(tries, status)
    assert tries.cost.state == "expected"
    adopted = begin(GATEWAY, lost="its worker is gone", patience=-1)
    with pytest.raises(ReplyLost) as lost:
        refuse(adopted, status)
    assert (lost.value.may_cost, adopted.cost.state) == (True, "possible")


@pytest.mark.parametrize("status", [400, 404, 409])
def test_a_refusal_of_what_may_have_arrived_is_a_loss_and_no_refusal(status: int) -> None:
    tries = begin(GATEWAY, lost="its worker is gone")
    with pytest.raises(ReplyLost):
        tries.take_answer(say(status, "idempotency_conflict"), "")


def test_a_job_that_failed_at_a_gateway_is_free_and_its_work_is_waited_for() -> None:
    tries = begin(GATEWAY, lost="its worker is gone")
    assert tries.take_answer(say(504, "still_running"), "") is None
    with pytest.raises(BadAnswer):
        tries.take_answer(FAILED, "")
    assert tries.cost.state == "none"
    refused = begin(GATEWAY, lost="cut").take_answer(say(400, "content_rejected"), "")
    assert isinstance(refused, Rejected)
    assert refused.kind == "content"


@pytest.mark.parametrize("status", [408, 500, 502, 504, 520, 524])
def test_a_server_that_broke_may_charge(status: int) -> None:
    tries = begin(OTHER)
    with pytest.raises(ReplyLost):
        tries.take_answer(say(status), "")
    assert tries.cost.state == "possible"


def test_what_never_arrived_may_go_elsewhere() -> None:
    for dialect in (GATEWAY, OTHER):
        tries = begin(dialect)
        with pytest.raises(NotAccepted):
            tries.take_error(NotSent("refused"))
        assert tries.cost.state == "none"
    with pytest.raises(BadAnswer):
        begin(OTHER, may_cost=False).take_answer(say(500), "")
