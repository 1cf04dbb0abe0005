"""Messages to the agent, answered by a scripted model that the real SDK speaks to."""

import time
from pathlib import Path

import pytest

from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.anthropic.caching import use_cache
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.fakes.anthropic.serving import serve_model
from tests.gateway import JOB_SECONDS, Client, Gateway, assert_problem, serve_gateway
from tests.library.files import create_project, upload_asset
from tests.studio.messages import (
    AGENT_PATH,
    ask_agent,
    cancel_request,
    get_request,
    prepare_message,
    read_events,
    send_message,
    send_text,
    wait_for_request,
)
from tests.studio.playing import METRICS_TOKEN, get_held_microusd
from tests.studio.playing import gateway as gateway
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.playing import talk as talk
from tests.studio.talks import change_settings, create_thread, get_snapshot, get_thread_detail

UNKNOWN_REQUEST_ID = f"req_{'0' * 26}"
INPUT_PRICE, OUTPUT_PRICE, CACHE_WRITE_PRICE, CACHE_READ_PRICE = (
    4_000_000,
    20_000_000,
    5_000_000,
    400_000,
)


def compute_cost(used: dict[str, int]) -> int:
    """Return the exact cost of a usage, in millionths of a micro-USD."""
    return (
        used["inputTokens"] * INPUT_PRICE
        + used["outputTokens"] * OUTPUT_PRICE
        + used["cacheWriteTokens"] * CACHE_WRITE_PRICE
        + used["cacheReadTokens"] * CACHE_READ_PRICE
    )


@pytest.mark.promise("agent: never-above-the-quote")
def test_an_answer_is_charged_by_what_it_used_and_never_above_the_quote(
    gateway: Gateway, person: Client, talk: str, model: Script
) -> None:
    model.play(
        ScriptedTurn(
            text="A fox, at night.",
            input_tokens=1_001,
            output_tokens=333,
            cache_write_tokens=7,
            cache_read_tokens=3,
        )
    )
    quote = prepare_message(person, talk).json()
    assert (quote["priceUsd"], quote["qualifier"], quote["affordable"]) == (
        "0.25", "upper_bound", True,
    )  # fmt: skip
    assert get_held_microusd(person) == 0
    accepted = send_message(person, {"quoteId": quote["quoteId"]}).json()
    assert accepted["billing"]["priceMicrousd"] == 250_000
    done = wait_for_request(person, accepted["requestId"])
    assert done["billing"]["chargedMicrousd"] == -(-compute_cost(done["usage"]) // 1_000_000)
    assert (done["status"], done["billing"]["state"]) == ("succeeded", "captured")
    assert done["blocks"] == [{"type": "text", "markdown": "A fox, at night."}]
    assert done["usage"] == {
        "inputTokens": 1_001, "outputTokens": 333, "cacheReadTokens": 3, "cacheWriteTokens": 7,
        "turns": 1,
    }  # fmt: skip
    assert get_held_microusd(person) == 0
    left = person.get_balance()["availableMicrousd"]
    assert left == 5_000_000 - done["billing"]["chargedMicrousd"]
    said = get_thread_detail(person, talk)["messages"]
    assert [each["role"] for each in said] == ["user", "agent"]
    assert gateway.list_findings() == []


def test_the_answer_of_each_turn_goes_back_unchanged_and_can_be_followed(
    person: Client, talk: str, model: Script
) -> None:
    model.play(
        ScriptedTurn(
            text="Let me look.", thinking="hm", calls=[("list_assets", {}), ("nothing", {})]
        ),
        ScriptedTurn(text="There is nothing."),
    )
    request_id = send_text(person, talk, "What is there?")
    told = read_events(person, request_id)
    done = told[-1][2]["request"]
    assert done["status"] == "succeeded"
    assert [each["markdown"] for each in done["blocks"]] == ["Let me look.", "There is nothing."]
    kinds = [kind for kind, _, _ in told]
    assert (kinds[:2], kinds[-2:]) == (["status", "status"], ["status", "done"])
    assert "".join(data["delta"] for kind, _, data in told if kind == "text") == (
        "Let me look.There is nothing."
    )
    tools = [(data["name"], data["state"]) for kind, _, data in told if kind == "tool"]
    assert tools == [
        ("list_assets", "running"), ("list_assets", "done"),
        ("nothing", "running"), ("nothing", "failed"),
    ]  # fmt: skip
    spent = [data["spentMicrousd"] for kind, _, data in told if kind == "usage"]
    assert spent[-1] == done["billing"]["chargedMicrousd"]
    numbers = [number for _, number, _ in told]
    assert numbers == list(range(1, len(told) + 1))
    again = read_events(person, request_id, last_event_id=str(numbers[3]))
    assert again == told[4:]
    answers = [each for each in model.requests[1]["messages"] if each["role"] == "assistant"]
    assert answers[0]["content"][0] == {"type": "thinking", "thinking": "hm", "signature": "sig-1"}


@pytest.mark.promise("agent: failed-is-free")
def test_a_stream_that_breaks_is_repeated_once_and_the_broken_try_is_free(
    gateway: Gateway, person: Client, talk: str, model: Script
) -> None:
    model.play(
        ScriptedTurn(text="Half of an", fault="cut", input_tokens=9_000),
        ScriptedTurn(text="Whole.", input_tokens=1_000, output_tokens=10),
    )
    done = ask_agent(person, talk)
    assert done["billing"]["chargedMicrousd"] == 4_000 + 200
    assert [each["markdown"] for each in done["blocks"]] == ["Whole."]
    model.play(
        ScriptedTurn(text="Half", fault="cut"),
        ScriptedTurn(calls=[("quote", {})], fault="broken_json"),
    )
    failed = ask_agent(person, talk)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "agent_failed")
    assert (failed["billing"]["state"], failed["billing"]["chargedMicrousd"]) == ("released", 0)
    assert len(model.requests) == 2
    assert gateway.list_findings() == []


def test_a_provider_that_is_busy_is_asked_again_and_one_that_refuses_fails_free(
    gateway: Gateway, person: Client, talk: str, model: Script
) -> None:
    model.play(ScriptedTurn(fault="529"), ScriptedTurn(fault="429"), ScriptedTurn(text="Here."))
    assert ask_agent(person, talk)["status"] == "succeeded"
    model.play(ScriptedTurn(fault="401"))
    failed = ask_agent(person, talk)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "agent_unavailable")
    assert failed["billing"]["chargedMicrousd"] == get_held_microusd(person) == 0
    assert (
        get_thread_detail(person, talk)["messages"][-1]["blocks"][0]["code"] == "agent_unavailable"
    )
    with gateway.client(METRICS_TOKEN) as http:
        shown = http.get("/metrics").text
    assert 'killatamata_agent_model_failures_total{reason="key_refused"} 1.0' in shown


def test_a_canceled_request_pays_the_turns_that_were_finished(
    gateway: Gateway, person: Client, talk: str, model: Script
) -> None:
    model.play(
        ScriptedTurn(
            text="One.", calls=[("list_assets", {})], input_tokens=1_000, output_tokens=100
        ),
        ScriptedTurn(fault="hang"),
    )
    request_id = send_text(person, talk)
    while not get_request(person, request_id, waitSeconds=5, sinceVersion=2)["usage"]["turns"]:
        pass
    assert [each["requestId"] for each in get_snapshot(person)["activeRequests"]] == [request_id]
    canceled = cancel_request(person, request_id).json()
    assert (canceled["status"], canceled["billing"]["chargedMicrousd"]) == ("canceled", 6_000)
    assert canceled["blocks"] == [{"type": "text", "markdown": "One."}]
    assert cancel_request(person, request_id).json() == canceled
    assert get_held_microusd(person) == 0
    model.play(ScriptedTurn(fault="hang"))
    request_id = send_text(person, talk)
    free = cancel_request(person, request_id).json()
    assert (free["status"], free["billing"]["state"]) == ("canceled", "released")
    model.play()  # it may have been canceled before it asked: the next one must not hang
    finished = ask_agent(person, talk)["requestId"]
    assert_problem(cancel_request(person, finished), 409, "request_finished")
    with gateway.account() as stranger:
        told = [
            assert_problem(cancel_request(stranger, one), 404, "not_found")
            for one in (finished, UNKNOWN_REQUEST_ID)
        ]
        assert told[0]["detail"] == told[1]["detail"]
        for route in ("requests", "requests/events"):
            answer = stranger.http.get(f"{AGENT_PATH}/{route}", params={"requestId": finished})
            assert_problem(answer, 404, "not_found")
    assert gateway.list_findings() == []


@pytest.mark.promise("agent: read-is-paid")
def test_a_request_canceled_while_its_answer_is_told_pays_for_what_was_told(
    gateway: Gateway, person: Client, talk: str, model: Script
) -> None:
    words = "word " * 400
    model.play(ScriptedTurn(text=words, fault="hang"))
    request_id = send_text(person, talk)
    most, deadline = len(words) // 4, time.monotonic() + JOB_SECONDS
    while get_request(person, request_id)["usage"]["outputTokens"] < 0.9 * most:
        assert time.monotonic() < deadline
    canceled = cancel_request(person, request_id).json()
    used, charged = canceled["usage"], canceled["billing"]["chargedMicrousd"]
    assert used["outputTokens"] <= most
    assert used["inputTokens"] + used["cacheWriteTokens"] > 0
    assert charged == -(-compute_cost(used) // 1_000_000)
    assert get_held_microusd(person) == 0
    assert gateway.list_findings() == []


@pytest.mark.promise("agent: never-above-the-quote")
def test_what_is_left_of_the_hold_bounds_each_turn(
    gateway: Gateway, person: Client, talk: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="Nothing is asked of me."))
    poor = ask_agent(person, talk, maxPriceUsd="0.01")
    assert [each["code"] for each in poor["blocks"]] == ["budget_reached"]
    assert (poor["status"], poor["billing"]["chargedMicrousd"]) == ("succeeded", 0)
    assert model.requests == []
    greedy = [ScriptedTurn(text="More.", calls=[("list_assets", {})], output_tokens=5_000)] * 20
    model.play(*greedy)
    done = ask_agent(person, talk, maxPriceUsd="0.20")
    assert done["blocks"][-1]["code"] in {"budget_reached", "max_tokens"}
    assert 0 < done["billing"]["chargedMicrousd"] <= 200_000
    assert model.requests[-1]["max_tokens"] <= 4_096
    assert gateway.list_findings() == []


def test_twelve_turns_cost_a_third_of_what_they_would_if_each_paid_for_all_before_it(
    gateway: Gateway, person: Client, model: Script
) -> None:
    with gateway.browser(person.account_id) as page:
        wide = {"agent": {"maxPriceUsd": "2"}}
        assert page.patch("/api/v1/studio/settings", json=wide).status_code == 200
    home = create_project(person)
    pages = [
        upload_asset(person, home, f"{number}.md", f"Scene {number}. A fox waits. ".encode() * 600)
        for number in range(11)
    ]
    reads = [
        ScriptedTurn(text="I read on.", calls=[("read_text", {"assetId": page["assetId"]})])
        for page in pages
    ]
    model.play(*reads, ScriptedTurn(text="A fox waits.", output_tokens=300))
    done = ask_agent(person, create_thread(person, home), "Read all.", maxPriceUsd="2")
    used = done["usage"]
    assert used["turns"] == 12, done
    assert done["billing"]["chargedMicrousd"] == -(-compute_cost(used) // 1_000_000)
    cached: set[str] = set()
    unmarked = []
    for request in model.requests:
        for block in (each for message in request["messages"] for each in message["content"]):
            block.pop("cache_control", None)
        unmarked.append(use_cache(request, cached))
    full, read, written = map(sum, zip(*unmarked, strict=True))
    before = compute_cost(
        used | {"inputTokens": full, "cacheReadTokens": read, "cacheWriteTokens": written}
    )
    assert compute_cost(used) * 3 < before


@pytest.mark.parametrize(("stop", "status", "code"), [
    ("refusal", "succeeded", "refusal"),
    ("max_tokens", "succeeded", "max_tokens"),
    ("model_context_window_exceeded", "failed", "context_exceeded"),
])  # fmt: skip
def test_why_the_model_stopped_is_said(
    person: Client, talk: str, model: Script, stop: str, status: str, code: str
) -> None:
    model.play(ScriptedTurn(text="No.", stop=stop))
    done = ask_agent(person, talk, quoteId=None)
    said = done["error"]["code"] if status == "failed" else done["blocks"][-1]["code"]
    assert (done["status"], said) == (status, code)
    assert bool(done["billing"]["chargedMicrousd"]) == (status == "succeeded")


def test_a_message_is_sent_once_and_a_quote_too(person: Client, talk: str, model: Script) -> None:
    quote = prepare_message(person, talk).json()["quoteId"]
    whole = {"threadId": talk, "content": "Hi", "quoteId": None}
    first, again = (send_message(person, {"quoteId": quote}, key="one") for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    told = assert_problem(send_message(person, {"quoteId": quote}, key="two"), 409, "quote_used")
    assert told["sentAs"] == first.json()["requestId"]
    wait_for_request(person, first.json()["requestId"])
    assert len(model.requests) == 1
    assert send_message(person, whole).status_code == 202
    assert_problem(send_message(person, {"quoteId": quote, "content": "Hi"}), 422, "invalid_input")
    page = person.http.get(f"{AGENT_PATH}/requests", params={"threadId": talk}).json()
    assert first.json()["requestId"] == page["data"][-1]["requestId"]


@pytest.mark.promise("agent: no-way-round-approval")
@pytest.mark.parametrize("scopes", [["studio"], ["studio", "media"]])
def test_a_key_sends_no_message_above_what_it_may_spend_unasked(
    gateway: Gateway, person: Client, talk: str, model: Script, scopes: list[str]
) -> None:
    model.play(ScriptedTurn(text="Hello."))
    policy = {"autoApproveUsd": "0.10"}
    minted = {"label": "agent", "scopes": scopes, "spendPolicy": policy}
    key = person.http.post("/api/v1/keys", json=minted).json()["apiKey"]
    with gateway.client(key) as http:
        given = {"threadId": talk, "content": "Hello"}
        told = assert_problem(
            http.post(f"{AGENT_PATH}/messages", json=given), 403, "approval_required"
        )
        assert "$0.25" in told["detail"]
        for agent in ({"maxPriceUsd": "0.26"}, {"enabled": True, "maxPriceUsd": "2.00"}):
            assert_problem(
                http.patch("/api/v1/studio/settings", json={"agent": agent}), 403, "scope_denied"
            )
        change_settings(person, agent={"enabled": False})
        assert_problem(
            http.patch("/api/v1/studio/settings", json={"agent": {"enabled": True}}),
            403,
            "scope_denied",
        )
        with gateway.browser(person.account_id) as page:
            given_again = {"agent": {"enabled": True}}
            assert page.patch("/api/v1/studio/settings", json=given_again).is_success
        assert http.patch(
            "/api/v1/studio/settings", json={"agent": {"maxPriceUsd": "0.10"}}
        ).is_success
        assert http.post(f"{AGENT_PATH}/messages", json=given).status_code == 202
    assert get_held_microusd(person) <= 100_000


def test_an_account_has_two_requests_going_at_most(
    person: Client, talk: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="Wait", fault="hang"), ScriptedTurn(text="Wait", fault="hang"))
    going = [send_text(person, talk), send_text(person, talk)]
    answer = send_message(person, {"threadId": talk, "content": "Third"})
    assert_problem(answer, 429, "concurrency_limited")
    assert get_held_microusd(person) == 500_000
    for request_id in going:
        cancel_request(person, request_id)
    assert get_held_microusd(person) == 0


def test_a_message_that_cannot_be_paid_leaves_nothing(gateway: Gateway, model: Script) -> None:
    with gateway.account("0.10") as poor:
        talk = create_thread(poor, create_project(poor))
        quote = prepare_message(poor, talk).json()
        assert quote["affordable"] is False
        told = assert_problem(
            send_message(poor, {"quoteId": quote["quoteId"]}), 402, "insufficient_credits"
        )
        assert told["requiredUsd"] == "0.25"
        assert get_thread_detail(poor, talk)["messages"] == []
        cheap = prepare_message(poor, talk, maxPriceUsd="0.09").json()
        assert send_message(poor, {"quoteId": cheap["quoteId"]}).status_code == 202
    settings_off = {"agent": {"enabled": False}}
    with gateway.account() as person:
        talk = create_thread(person, create_project(person))
        change_settings(person, **settings_off)
        told = assert_problem(prepare_message(person, talk), 503, "agent_unavailable")
        assert "approval-plans/prepare" in told["hint"]
        assert get_snapshot(person)["agent"]["reason"] == "disabled"


@pytest.mark.promise("agent: failed-is-free")
def test_a_killed_gateway_ends_the_request_free_and_never_runs_it_again(
    tmp_path: Path,
) -> None:
    with serve_model() as (url, model):
        keys = {"KT_ANTHROPIC_API_KEY": ANTHROPIC_KEY, "KT_AGENT_BASE_URL": url}
        with serve_gateway(tmp_path / "data", **keys) as gateway, gateway.account() as person:
            talk = create_thread(person, create_project(person))
            model.play(ScriptedTurn(text="Wait", fault="hang"))
            request_id = send_text(person, talk)
            get_request(person, request_id, waitSeconds=10, sinceVersion=1)
            deadline = time.monotonic() + 20
            while not model.requests:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            gateway.kill()
            gateway.start()
            done = wait_for_request(person, request_id)
            assert (done["status"], done["error"]["code"]) == ("failed", "agent_interrupted")
            assert get_held_microusd(person) == done["billing"]["chargedMicrousd"] == 0
            assert len(model.requests) == 1
            assert gateway.list_findings() == []
