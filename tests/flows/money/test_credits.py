"""The deprecated credit routes: they still work, and say until when."""

from collections import Counter
from functools import partial

import httpx2

from tests.gateway import Client, Gateway, assert_problem, call_at_once

CONSUME = "/api/v1/credits/consume"


def consume_credits(client: Client, key: str | None, **body: object) -> httpx2.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.http.post(CONSUME, json=body, headers=headers)


def assert_deprecated(answer: httpx2.Response, successor: str) -> None:
    assert answer.headers["deprecation"] == "@1795564800"
    assert answer.headers["sunset"].endswith("GMT")
    assert answer.headers["link"] == f'<{successor}>; rel="successor-version"'


def test_the_old_balance_says_what_replaces_it(client: Client) -> None:
    answer = client.http.get("/api/v1/credits/balance")
    assert answer.json() == client.get_balance()
    assert_deprecated(answer, "/api/v1/balance")
    assert "deprecation" not in client.http.get("/api/v1/balance").headers


def test_consume_needs_a_key_and_replays_it(client: Client) -> None:
    assert_problem(consume_credits(client, None, amountUsd="0.5"), 400, "idempotency_key_required")
    first = consume_credits(client, "one", amountUsd="0.5")
    again = consume_credits(client, "one", amountUsd="0.5")
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    for answer in (first, again):
        assert_deprecated(answer, "/api/v1/media/jobs")
    assert (first.json()["consumedUsd"], first.json()["balanceUsd"]) == ("0.50", "4.50")
    assert_problem(consume_credits(client, "one", amountUsd="0.6"), 409, "idempotency_conflict")
    assert client.get_balance()["balanceUsd"] == "4.50"


def test_consume_obeys_caps_and_freezes(gateway: Gateway, client: Client) -> None:
    wanted = {"label": "x", "scopes": ["media"], "spendPolicy": {"totalLimitUsd": "1"}}
    made = client.http.post("/api/v1/keys", json=wanted).json()
    with gateway.client(made["apiKey"]) as http:
        capped = Client(http, made["apiKey"], client.account_id)
        assert consume_credits(capped, "one", amountUsd="0.60").status_code == 200
        told = assert_problem(
            consume_credits(capped, "two", amountUsd="0.60"), 402, "key_limit_exceeded"
        )
        assert told["remainingUsd"] == "0.40"
        words = ("admin", "account", "freeze", client.account_id, "--reason", "fraud")
        assert gateway.run_command(*words).returncode == 0
        assert_problem(consume_credits(capped, "three", amountUsd="0.10"), 403, "account_frozen")
    assert client.get_balance()["balanceUsd"] == "4.40"


def test_consume_never_goes_below_zero(gateway: Gateway, client: Client) -> None:
    answers = call_at_once(
        partial(consume_credits, client, str(number), amountMicrousd=1_500_000)
        for number in range(12)
    )
    assert Counter(answer.status_code for answer in answers) == {200: 3, 402: 9}
    for refused in (answer for answer in answers if answer.status_code == 402):
        told = assert_problem(refused, 402, "insufficient_credits")
        assert (told["requiredUsd"], told["topUpUrl"]) == ("1.50", client.get_balance()["topUpUrl"])
        assert_deprecated(refused, "/api/v1/media/jobs")
    assert client.get_balance()["balanceUsd"] == "0.50"
    assert_problem(consume_credits(client, "x", amountUsd="0"), 422, "invalid_input")
    assert_problem(
        consume_credits(client, "x", amountUsd="1", amountMicrousd=1), 422, "invalid_input"
    )
    assert consume_credits(client, "least", amountMicrousd=1).status_code == 200
    assert gateway.list_findings() == []
