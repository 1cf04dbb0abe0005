"""Quotes: exact prices that hold for 15 minutes, and items that are run at most once."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest

from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    call_at_once,
    picture_data_uri,
    picture_input,
    quote_item,
)

TASK = "image.generate"


def test_a_quote_is_exact_and_reserves_nothing(client: Client) -> None:
    quote = client.create_quote(
        quote_item(TASK, picture_input()), quote_item(TASK, picture_input(width=1000, height=1024))
    )
    assert (quote["totalUsd"], quote["totalMicrousd"], quote["affordable"]) == (
        "0.04",
        40_000,
        True,
    )
    assert (quote["balanceUsd"], quote["blockedBy"], quote["priceVersion"]) == ("5.00", [], "1")
    until = datetime.fromisoformat(quote["expiresAt"]) - datetime.now().astimezone()
    assert timedelta(minutes=14) < until <= timedelta(minutes=15)
    first, second = quote["items"]
    assert (first["index"], first["task"], first["priceUsd"]) == (0, TASK, "0.02")
    assert first["breakdown"]["unit"] == "image"
    (adjusted,) = second["inputAdjustments"]
    assert (adjusted["requested"], adjusted["effective"]) == (1000, 1008)
    assert client.get_balance()["heldMicrousd"] == 0
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []


def test_a_submit_gets_what_was_quoted_seed_and_all(client: Client) -> None:
    given = picture_input(width=1000, height=1024)
    quote = client.create_quote(quote_item(TASK, given))
    (quoted,) = quote["items"]
    assert quote["quoteId"].startswith("quote_")
    terms = {"quoteId": quote["quoteId"], "maxPriceUsd": quote["totalUsd"]}
    dry = client.submit(TASK, given, dry=True, **terms)
    wet = client.submit(TASK, given, key="one", **terms)
    assert (dry.status_code, wet.status_code) == (200, 202), wet.text
    for name in ("effectiveInput", "inputAdjustments", "warnings"):
        # by their text: 1008.0 equals 1008, and is not what was quoted
        assert repr(dry.json()[name]) == repr(wet.json()[name]) == repr(quoted[name])
    job = client.wait_for_job(wet.json()["jobId"])
    assert job["effectiveInput"] == quoted["effectiveInput"]
    assert job["billing"]["chargedMicrousd"] == quoted["priceMicrousd"] == 20_000
    again = client.submit(TASK, given, key="one", **terms)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.content == wet.content


def test_a_quoted_picture_runs_on_the_quoted_bytes(client: Client) -> None:
    given = {"prompt": "make it night", "image": picture_data_uri(256, 256)}
    quote = client.create_quote(quote_item("image.edit", given), quote_item("image.edit", given))
    for number in range(2):
        answer = client.submit("image.edit", given, quoteId=quote["quoteId"])
        assert answer.status_code == 202, answer.text
        assert answer.json()["effectiveInput"] == quote["items"][number]["effectiveInput"]
        assert client.wait_for_job(answer.json()["jobId"])["status"] == "succeeded"


def test_an_item_is_run_once_and_only_as_it_was_quoted(gateway: Gateway, client: Client) -> None:
    quote_id = client.create_quote(quote_item(TASK, picture_input(seed=1)))["quoteId"]
    other = client.submit(TASK, picture_input(seed=2), quoteId=quote_id)
    assert assert_problem(other, 409, "quote_mismatch")["field"] == "quoteId"
    cheap = client.submit(TASK, picture_input(seed=1), quoteId=quote_id, maxPriceUsd="0.01")
    assert_problem(cheap, 402, "price_exceeds_max")
    job_id = client.submit(TASK, picture_input(seed=1), quoteId=quote_id).json()["jobId"]
    used = client.submit(TASK, picture_input(seed=1), quoteId=quote_id)
    assert assert_problem(used, 409, "quote_used")["jobId"] == job_id
    assert len(client.http.get("/api/v1/media/jobs").json()["data"]) == 1
    with gateway.account() as stranger:
        for unknown in (quote_id, "quote_01J8ZQ4V8Y6T3N5R7W9XABCDEF", "nonsense"):
            refused = stranger.submit(TASK, picture_input(seed=1), quoteId=unknown)
            assert assert_problem(refused, 404, "not_found")["field"] == "quoteId"


def test_strict_holds_for_a_quoted_item(client: Client) -> None:
    given = picture_input(width=1000, height=1024)
    quote_id = client.create_quote(quote_item(TASK, given))["quoteId"]
    refused = assert_problem(
        client.submit(TASK, given, quoteId=quote_id, strict=True), 422, "adjustment_required"
    )
    assert [error["field"] for error in refused["errors"]] == ["input.width"]
    assert client.submit(TASK, given, quoteId=quote_id).status_code == 202


@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        (quote_item(TASK, picture_input(width=99_999)), "invalid_input", "items.3.input.width"),
        (quote_item(TASK, picture_input(hight=1)), "invalid_input", "items.3.input.hight"),
        (quote_item("image.bake", {}), "unknown_task", "items.3.task"),
        (
            quote_item("image.edit", {"prompt": "a", "imageUrl": "job://job_" + "0" * 26 + "/0"}),
            "media_not_found",
            "items.3.input.imageUrl",
        ),
    ],
)
def test_one_bad_item_refuses_the_whole_quote(
    client: Client, bad: dict[str, object], code: str, field: str
) -> None:
    refused = client.quote(*[quote_item(TASK, picture_input())] * 3, bad)
    assert assert_problem(refused, 422, code)["field"] == field


def test_strict_items_name_every_value_that_would_change(client: Client) -> None:
    strict = quote_item(TASK, picture_input(width=1000, height=1001), strict=True)
    told = assert_problem(
        client.quote(quote_item(TASK, picture_input()), strict), 422, "adjustment_required"
    )
    fields = [error["field"] for error in told["errors"]]
    assert fields == ["items.1.input.width", "items.1.input.height"]


def test_a_quote_has_one_to_a_hundred_items(client: Client) -> None:
    assert_problem(client.quote(), 422, "invalid_input")
    assert_problem(client.quote(*[quote_item(TASK, picture_input())] * 101), 422, "invalid_input")
    assert client.create_quote(*[quote_item(TASK, picture_input())] * 100)["totalUsd"] == "2.00"


def test_a_dry_run_and_a_quote_say_what_would_refuse_a_submit(gateway: Gateway) -> None:
    one = quote_item(TASK, picture_input())
    with gateway.account("0.03") as poor:
        assert poor.submit(TASK, picture_input(), dry=True).json()["blockedBy"] == []
        both = poor.create_quote(one, one)
        assert (both["affordable"], both["blockedBy"]) == (False, ["insufficient_credits"])
        limit = {"label": "a", "scopes": ["media"], "spendPolicy": {"totalLimitUsd": "0.01"}}
        key = poor.http.post("/api/v1/keys", json=limit).json()["apiKey"]
        with gateway.client(key) as http:
            capped = Client(http, key, poor.account_id)
            assert capped.create_quote(one)["blockedBy"] == ["key_limit_exceeded"]
            assert capped.submit(TASK, picture_input(), dry=True).json()["blockedBy"] == [
                assert_problem(capped.submit(TASK, picture_input()), 402, "key_limit_exceeded")[
                    "code"
                ]
            ]
    with gateway.account("5", "live") as live:
        assert live.create_quote(one)["blockedBy"] == ["no_capacity"]
        assert live.submit(TASK, picture_input(), dry=True).json()["blockedBy"] == ["no_capacity"]
        assert_problem(live.submit(TASK, picture_input()), 503, "no_capacity")


@pytest.mark.parametrize("key", [None, "{}"])
def test_many_racing_for_one_item_make_one_job(gateways: list[Gateway], key: str | None) -> None:
    with gateways[0].account() as account:
        quote_id = account.create_quote(*[quote_item(TASK, picture_input())] * 2)["quoteId"]
        doors = [Client(each.client(account.key), account.key, "") for each in gateways]
        answers = call_at_once(
            partial(
                doors[n % len(doors)].submit,
                TASK,
                picture_input(),
                key=key and key.format(n),
                quoteId=quote_id,
            )
            for n in range(40)
        )
        assert Counter(answer.status_code for answer in answers) == {202: 2, 409: 38}
        made = {
            answer.json()["jobId"]: answer.json()["effectiveInput"]["seed"]
            for answer in answers
            if answer.status_code == 202
        }
        for answer in answers:
            if answer.status_code == 409:
                assert assert_problem(answer, 409, "quote_used")["jobId"] in made
        jobs = [account.wait_for_job(job_id) for job_id in made]
        assert [job["effectiveInput"]["seed"] for job in jobs] == [*made.values()]
        assert len({*made.values()}) == 2
        assert account.get_balance()["balanceUsd"] == "4.96"
        for door in doors:
            door.http.close()
    assert gateways[0].list_findings() == []


def test_who_is_refused_its_money_leaves_the_item_to_its_neighbours(gateway: Gateway) -> None:
    with gateway.account() as owner:
        limit = {"label": "a", "scopes": ["media"], "spendPolicy": {"totalLimitUsd": "0.01"}}
        key = owner.http.post("/api/v1/keys", json=limit).json()["apiKey"]
        quote_id = owner.create_quote(quote_item(TASK, picture_input()))["quoteId"]
        with gateway.client(key) as http:
            doors = [Client(http, key, ""), owner]
            answers = call_at_once(
                partial(doors[n % 2].submit, TASK, picture_input(), quoteId=quote_id)
                for n in range(30)
            )
        capped, free = answers[::2], answers[1::2]
        assert Counter(answer.status_code for answer in free) == {202: 1, 409: 14}
        (job_id,) = {answer.json()["jobId"] for answer in free}
        assert {answer.json().get("jobId", job_id) for answer in capped} == {job_id}
        assert {answer.status_code for answer in capped} <= {402, 409}
        assert owner.wait_for_job(job_id)["status"] == "succeeded"
    assert gateway.list_findings() == []


def test_twins_of_one_key_take_one_item(gateways: list[Gateway]) -> None:
    with gateways[0].account() as account:
        quote_id = account.create_quote(*[quote_item(TASK, picture_input())] * 2)["quoteId"]
        doors = [Client(each.client(account.key), account.key, "") for each in gateways]
        answers = call_at_once(
            partial(
                doors[n % len(doors)].submit, TASK, picture_input(), key="once", quoteId=quote_id
            )
            for n in range(30)
        )
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.content for answer in answers}) == 1
        assert (
            account.submit(TASK, picture_input(), key="twice", quoteId=quote_id).status_code == 202
        )
        third = account.submit(TASK, picture_input(), key="thrice", quoteId=quote_id)
        assert_problem(third, 409, "quote_used")
        for door in doors:
            door.http.close()
    assert gateways[0].list_findings() == []
