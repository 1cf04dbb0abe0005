"""API keys: what they may do, what they may spend, and how they end."""

from collections import Counter
from functools import partial
from typing import Any

import httpx2
import pytest

from tests.gateway import Client, Gateway, assert_problem, call_at_once, picture_input

KEYS = "/api/v1/keys"


def mint_key(client: Client, **wanted: object) -> dict[str, Any]:
    answer = client.http.post(KEYS, json={"label": "agent", **wanted})
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


def test_a_key_is_shown_once_and_listed_without_itself(client: Client) -> None:
    made = mint_key(client, scopes=["media"])
    listed = client.http.get(KEYS)
    assert made["apiKey"] not in listed.text
    first, second = listed.json()["data"]
    assert (first["id"], first["scopes"], first["last4"]) == (
        made["id"],
        ["media"],
        made["apiKey"][-4:],
    )
    assert made["apiKey"].startswith(first["keyPrefix"])
    page = client.http.get(KEYS, params={"limit": 1}).json()
    assert page["data"] == [first]
    rest = client.http.get(KEYS, params={"limit": 1, "cursor": page["nextCursor"]}).json()
    (last,) = rest["data"]  # it is in use, and says when
    assert (last["id"], rest["nextCursor"]) == (second["id"], None)


def test_a_create_that_is_sent_again_makes_no_second_key(client: Client) -> None:
    headers = {"X-Idempotency-Key": "my-agent"}
    first, again = (client.http.post(KEYS, json={"label": "a"}, headers=headers) for _ in "ab")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.json()["id"], again.json()["apiKey"]) == (first.json()["id"], None)
    assert again.json()["alreadyShown"] is True
    assert len(client.http.get(KEYS).json()["data"]) == 2
    other = client.http.post(KEYS, json={"label": "b"}, headers=headers)
    assert_problem(other, 409, "idempotency_conflict")


@pytest.mark.promise("ledger: revoked-key")
def test_a_revoked_key_is_refused_at_once(gateways: list[Gateway]) -> None:
    with gateways[0].account() as owner:
        made = mint_key(owner, scopes=["media"])
        for number, gateway in enumerate(gateways):
            with gateway.client(made["apiKey"]) as http:
                agent = Client(http, made["apiKey"], owner.account_id)
                assert agent.submit("image.generate", picture_input()).status_code == 202, number
        told = owner.http.post(f"{KEYS}/revoke", json={"keyId": made["id"]})
        assert told.status_code == 200
        assert owner.http.post(f"{KEYS}/revoke", json={"keyId": made["id"]}).json() == told.json()
        for gateway in gateways:
            with gateway.client(made["apiKey"]) as http:
                agent = Client(http, made["apiKey"], owner.account_id)
                assert_problem(agent.submit("image.generate", picture_input()), 401, "unauthorized")
        assert owner.submit("image.generate", picture_input()).status_code == 202


@pytest.mark.promise("ledger: caps-hold")
def test_a_capped_key_spends_its_cap_and_not_a_cent_more(gateways: list[Gateway]) -> None:
    with gateways[0].account() as owner:
        made = mint_key(owner, scopes=["media"], spendPolicy={"dailyLimitUsd": "0.10"})
        agents = [
            Client(gateway.client(made["apiKey"]), made["apiKey"], owner.account_id)
            for gateway in gateways
        ]
        answers = call_at_once(
            partial(
                agents[number % len(agents)].submit,
                "image.generate",
                picture_input(f"fox {number}"),
            )
            for number in range(50)
        )
        assert Counter(answer.status_code for answer in answers) == {202: 5, 402: 45}
        for refused in (answer for answer in answers if answer.status_code == 402):
            told = assert_problem(refused, 402, "key_limit_exceeded")
            assert (told["limitUsd"], told["remainingMicrousd"] < 20_000) == ("0.10", True)
            assert told["resetAt"].endswith("T00:00:00Z")
        accepted = [answer.json()["jobId"] for answer in answers if answer.status_code == 202]
        canceled = agents[0].cancel_job(accepted[-1])
        given_back = canceled.status_code == 200
        retry = agents[0].submit("image.generate", picture_input("one more"))
        assert retry.status_code == (202 if given_back else 402)
        for job_id in accepted:
            owner.wait_for_job(job_id)
        for agent in agents:
            agent.http.close()
        assert owner.submit("image.generate", picture_input()).status_code == 202
    assert gateways[0].list_findings() == []


def test_a_key_makes_no_key_that_may_do_more(gateway: Gateway, client: Client) -> None:
    escalated = client.http.post(KEYS, json={"label": "x", "scopes": ["studio:approve"]})
    assert_problem(escalated, 403, "scope_escalation")
    capped = mint_key(client, scopes=["admin"], spendPolicy={"totalLimitUsd": "1"})
    with gateway.client(capped["apiKey"]) as http:
        free = http.post(KEYS, json={"label": "free", "scopes": ["admin"]})
        assert_problem(free, 403, "scope_escalation")


def test_a_key_without_the_scope_is_told_which_one_it_lacks(
    gateway: Gateway, client: Client
) -> None:
    reader = mint_key(client, scopes=["account:read"])
    with gateway.client(reader["apiKey"]) as http:
        agent = Client(http, reader["apiKey"], client.account_id)
        told = assert_problem(agent.submit("image.generate", picture_input()), 403, "scope_denied")
        assert told["requiredScope"] == "media"
        assert http.get("/api/v1/media/jobs").status_code == 200
        assert_problem(http.post(KEYS, json={"label": "x"}), 403, "scope_denied")
        own = http.post(f"{KEYS}/revoke", json={"keyId": reader["id"]})
        assert own.status_code == 200
        assert_problem(http.get("/api/v1/balance"), 401, "unauthorized")


@pytest.mark.parametrize(
    "at",
    ["2020-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "soon", 4_102_444_800, "4102444800"],
)
def test_a_key_expires_at_a_moment_that_is_still_to_come(client: Client, at: object) -> None:
    refused = client.http.post(KEYS, json={"label": "x", "expiresAt": at})
    assert assert_problem(refused, 422, "invalid_input")["field"] == "expiresAt"
    made = mint_key(client, expiresAt="2099-01-01T00:00:00Z")
    assert made["expiresAt"] == "2099-01-01T00:00:00Z"


def test_both_headers_carry_a_key_and_two_keys_are_none(gateway: Gateway, client: Client) -> None:
    other = mint_key(client)["apiKey"]
    with gateway.client() as http:

        def balance(**headers: str) -> httpx2.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return http.get("/api/v1/balance", headers=named)

        bearer = f"Bearer {client.key}"
        assert balance(authorization=bearer).status_code == 200
        assert balance(x_api_key=client.key).status_code == 200
        assert balance(authorization=bearer, x_api_key=client.key).status_code == 200
        assert_problem(balance(authorization=bearer, x_api_key=other), 401, "unauthorized")


def test_a_key_of_another_account_cannot_be_revoked(gateway: Gateway, client: Client) -> None:
    with gateway.account() as other:
        (key,) = other.http.get(KEYS).json()["data"]
        foreign = client.http.post(f"{KEYS}/revoke", json={"keyId": key["id"]})
        assert_problem(foreign, 404, "not_found")
        assert other.get_balance()["availableUsd"] == "5.00"
