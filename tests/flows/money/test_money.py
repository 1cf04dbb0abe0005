"""Money under pressure: races for the last cents, and twins of one key."""

from collections import Counter
from functools import partial

import pytest

from tests.gateway import Client, Gateway, assert_problem, call_at_once, picture_input


def spread_over_gateways(client: Client, gateways: list[Gateway], number: int) -> Client:
    """Return the account at one of the gateways."""
    http = gateways[number % len(gateways)].client(client.key)
    return Client(http, client.key, client.account_id)


@pytest.mark.promise("ledger: limited-money")
def test_a_hundred_submits_racing_for_money_for_seven(gateways: list[Gateway]) -> None:
    with gateways[0].account("0.14") as account:
        doors = [spread_over_gateways(account, gateways, number) for number in range(len(gateways))]
        answers = call_at_once(
            partial(
                doors[number % len(doors)].submit, "image.generate", picture_input(f"fox {number}")
            )
            for number in range(100)
        )
        assert Counter(answer.status_code for answer in answers) == {202: 7, 402: 93}
        for refused in (answer for answer in answers if answer.status_code == 402):
            told = assert_problem(refused, 402, "insufficient_credits")
            assert told["requiredUsd"] == "0.02"
            assert told["balanceMicrousd"] < 20_000
            assert told["topUpUrl"].endswith("/credits")
        for accepted in (answer for answer in answers if answer.status_code == 202):
            job = account.wait_for_job(accepted.json()["jobId"])
            assert (job["status"], job["billing"]["chargedUsd"]) == ("succeeded", "0.02")
        balance = account.get_balance()
        assert (balance["balanceMicrousd"], balance["heldMicrousd"]) == (0, 0)
        for door in doors:
            door.http.close()
    assert gateways[0].list_findings() == []


@pytest.mark.promise("jobs: twins")
@pytest.mark.promise("ledger: twins-across-processes")
def test_sixty_twins_of_one_key_are_one_job(gateways: list[Gateway]) -> None:
    with gateways[0].account() as account:
        doors = [spread_over_gateways(account, gateways, number) for number in range(len(gateways))]
        answers = call_at_once(
            partial(
                doors[number % len(doors)].submit, "image.generate", picture_input(), key="once"
            )
            for number in range(60)
        )
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.content for answer in answers}) == 1
        replays = [answer.headers.get("idempotency-replayed") for answer in answers]
        assert Counter(replays) == {"true": 59, None: 1}
        assert {answer.headers["x-idempotency-key"] for answer in answers} == {"once"}
        job = account.wait_for_job(answers[0].json()["jobId"])
        assert job["billing"]["chargedUsd"] == "0.02"
        assert account.get_balance()["balanceUsd"] == "4.98"
        assert len(account.http.get("/api/v1/media/jobs").json()["data"]) == 1
        for door in doors:
            other = assert_problem(
                door.submit("image.generate", picture_input("another"), key="once"),
                409,
                "idempotency_conflict",
            )
            assert other["jobId"] == job["jobId"]
            door.http.close()
    assert gateways[0].list_findings() == []


@pytest.mark.promise("jobs: other-body")
def test_one_key_is_free_for_another_account(gateway: Gateway, client: Client) -> None:
    first = client.submit("image.generate", picture_input(), key="mine")
    conflict = client.submit("image.generate", picture_input(seed=7), key="mine")
    assert assert_problem(conflict, 409, "idempotency_conflict")["jobId"] == first.json()["jobId"]
    with gateway.account() as other:
        second = other.submit("image.generate", picture_input("theirs"), key="mine")
    assert second.status_code == 202
    assert "idempotency-replayed" not in second.headers
    assert second.json()["jobId"] != first.json()["jobId"]


def test_the_two_names_of_the_key_header_are_one_key(client: Client) -> None:
    first = client.submit("image.generate", picture_input(), key="once")
    body = {"task": "image.generate", "input": picture_input()}
    alias = client.http.post("/api/v1/media/jobs", json=body, headers={"Idempotency-Key": "once"})
    assert alias.content == first.content
    two = {"Idempotency-Key": "once", "X-Idempotency-Key": "twice"}
    both = client.http.post("/api/v1/media/jobs", json=body, headers=two)
    assert_problem(both, 400, "idempotency_key_invalid")


def test_a_refusal_is_not_kept_under_the_key(gateway: Gateway) -> None:
    with gateway.account("0.01") as poor:
        refused = poor.submit("image.generate", picture_input(), key="later")
        assert_problem(refused, 402, "insufficient_credits")
        assert poor.http.get("/api/v1/media/jobs").json()["data"] == []
        smaller = poor.submit("image.generate", picture_input(), key="later", maxPriceUsd="0.01")
        told = assert_problem(smaller, 402, "price_exceeds_max")
        assert told["priceUsd"] == "0.02"
        assert poor.get_balance()["heldMicrousd"] == 0
