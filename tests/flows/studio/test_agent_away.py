"""Without a key for a model only the agent is away."""

from typing import Any

import pytest

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.kit.messaging.broker import build_broker
from gateway.kit.queue import WakeUps
from gateway.studio.agent.wiring import build_agent
from gateway.studio.threads import settings
from tests.gateway import Client, assert_problem
from tests.library.files import create_project
from tests.studio.messages import prepare_message, send_message
from tests.studio.talks import create_thread, get_snapshot, get_thread_detail


@pytest.mark.promise("agent: away-is-said")
def test_without_a_model_key_messages_are_refused_and_nothing_is_reserved(client: Client) -> None:
    talk = create_thread(client, create_project(client))
    for answer in (
        prepare_message(client, talk),
        send_message(client, {"threadId": talk, "content": "Hello"}),
    ):
        told = assert_problem(answer, 503, "agent_unavailable")
        assert "approval-plans/prepare" in told["hint"]
        waits = ("retry-after" in answer.headers, "retryAfterSeconds" in told, told["retryable"])
        assert waits == (False, False, False)
    assert client.get_balance()["heldMicrousd"] == 0
    assert get_thread_detail(client, talk)["messages"] == []
    seen = get_snapshot(client)
    assert (seen["agent"]["available"], seen["agent"]["reason"]) == (False, "no_model_key")
    assert seen["activeRequests"] == []


def test_a_model_without_a_price_refuses_to_start() -> None:
    unknown = Settings(agent_model="other")
    with pytest.raises(ValueError, match="KT_AGENT_PRICES has no row for KT_AGENT_MODEL=other"):
        build_agent(unknown, Ids(), WakeUps(build_broker("")))


def test_play_money_pays_no_provider_unless_the_operator_says_so() -> None:
    usual = settings.build_default_settings(1)
    given: dict[str, Any] = {"anthropic_api_key": "sk", "public_url": "https://media.example.com"}
    reasons = {}
    for profile in ("embedded", "production"):
        agent = build_agent(Settings(profile=profile, **given), Ids(), WakeUps(build_broker("")))
        reasons[profile] = [agent.find_unavailable_reason(book, usual) for book in ("live", "test")]
    assert reasons == {
        "embedded": [None, None],
        "production": [None, "not_in_test_mode"],
    }
