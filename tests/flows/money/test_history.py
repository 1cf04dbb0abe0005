"""The history of a balance, as JSON and as CSV."""

import csv
import io
from typing import Any

from tests.gateway import Client, Gateway, assert_problem, picture_input

HISTORY = "/api/v1/balance/history"


def read_history(client: Client, **query: str | int) -> dict[str, Any]:
    answer = client.http.get(HISTORY, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def consume_credits(client: Client, amount: str, description: str) -> None:
    body = {"amountUsd": amount, "description": description}
    headers = {"X-Idempotency-Key": description}
    answer = client.http.post("/api/v1/credits/consume", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


def test_every_movement_is_listed_and_ends_at_the_balance(client: Client) -> None:
    job = client.run_job("image.generate", picture_input())
    lines = read_history(client)["data"]
    assert [(line["code"], line["phase"], line["amountUsd"]) for line in lines] == [
        ("hold", "post", "-0.02"),
        ("hold", "post", "0.02"),
        ("hold", "pending", "-0.02"),
        ("promo", "single", "5.00"),
    ]
    assert lines[0]["balanceAfterUsd"] == client.get_balance()["availableUsd"] == "4.98"
    assert {line["reference"] for line in lines[:3]} == {job["id"]}
    assert sum(line["amountMicrousd"] for line in lines) == lines[0]["balanceAfterMicrousd"]


def test_pages_follow_each_other_without_gap(client: Client) -> None:
    for number in range(4):
        consume_credits(client, "0.01", f"line{number}")
    whole = read_history(client)
    assert whole["nextCursor"] is None
    first = read_history(client, limit=2)
    second = read_history(client, limit=2, cursor=first["nextCursor"])
    third = read_history(client, limit=2, cursor=second["nextCursor"])
    assert first["data"] + second["data"] + third["data"] == whole["data"]
    assert third["nextCursor"] is None


def test_a_span_of_time_leaves_out_what_lies_beyond(client: Client) -> None:
    consume_credits(client, "0.01", "one")
    newest, oldest = read_history(client)["data"]
    assert read_history(client, **{"from": newest["at"]})["data"] == [newest]
    assert read_history(client, to=newest["at"])["data"] == [oldest]
    refused = client.http.get(HISTORY, params={"from": "yesterday"})
    assert_problem(refused, 422, "invalid_input")


def test_a_spreadsheet_gets_a_table_and_runs_nothing(client: Client) -> None:
    consume_credits(client, "0.01", "=HYPERLINK(1)")
    headers = {"Accept": "text/csv"}
    answer = client.http.get(HISTORY, params={"limit": 1}, headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["amountUsd"], row["balanceAfterUsd"]) == ("-0.01", "4.99")
    assert row["description"] == "'=HYPERLINK(1)"
    link = answer.headers["link"]
    assert link.endswith('; rel="next"')
    rest = client.http.get(link[1 : link.index(">")], headers=headers).text
    assert len(rest.splitlines()) == 2


def test_history_needs_the_scope_and_shows_only_ones_own(gateway: Gateway, client: Client) -> None:
    made = client.http.post("/api/v1/keys", json={"label": "x", "scopes": ["media"]}).json()
    with gateway.client(made["apiKey"]) as http:
        assert_problem(http.get(HISTORY), 403, "scope_denied")
    with gateway.account("1") as other:
        assert [line["amountUsd"] for line in read_history(other)["data"]] == ["1.00"]
    with gateway.browser(client.account_id) as page:
        assert len(page.get(HISTORY).json()["data"]) == 1
