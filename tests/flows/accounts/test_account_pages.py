"""The pages of an account: their numbers are those of the API, and only our own forms act."""

import csv
import html
import re
from collections.abc import Iterator

import httpx2
import pytest

from gateway.pages.money_words import format_money
from tests.flows.plan_calls import execute_plan, plan_step, prepare_plan, wait_for_plan
from tests.gateway import Client, Gateway, picture_input

PAGES = (
    "/dashboard",
    "/usage",
    "/credits",
    "/keys",
    "/keys/new",
    "/webhooks",
    "/affiliate",
    "/settings",
)
FIELD = re.compile(r'<input [^>]*name="([\w.]+)"(?:[^>]*value="([^"]*)")?')
KEY = re.compile(r">(kt_test_\w{20,})<")


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    """The browser of an account, on a page of the site."""
    with gateway.browser(client.account_id) as http:
        yield http


def read_hidden_field(text: str, name: str) -> str:
    """Return the value of a hidden field."""
    return html.unescape(dict(FIELD.findall(text))[name])


@pytest.mark.promise("pages: equal")
def test_the_numbers_of_the_pages_are_those_of_the_api(page: httpx2.Client, client: Client) -> None:
    client.run_job("image.generate", picture_input())
    balance, usage = client.get_balance(), client.http.get("/api/v1/media/usage").json()
    overview = page.get("/dashboard").text
    assert format_money(balance["availableMicrousd"]) in overview
    assert format_money(usage["totalMicrousd"]) in overview
    for by in ("day", "task", "key", "project"):
        shown = page.get("/usage", params={"groupBy": by}).text
        assert format_money(usage["totalMicrousd"]) in shown
    moved = page.get("/credits").text
    for line in client.http.get("/api/v1/balance/history").json()["data"]:
        assert format_money(line["amountMicrousd"]) in moved
        assert format_money(line["balanceAfterMicrousd"]) in moved


def test_the_history_leads_to_the_job_and_the_plan_of_a_step(
    page: httpx2.Client, client: Client
) -> None:
    plan = prepare_plan(client, plan_step("image.generate", picture_input()))
    execute_plan(client, plan)
    (job_id,) = wait_for_plan(client, plan)["jobIds"]
    moved = page.get("/credits").text
    assert f'<a href="/jobs/{job_id}">Generate images</a>' in moved
    assert f'<a href="/plans/{plan["planId"]}">a plan</a>' in moved


def test_the_example_call_names_a_key_that_may_make_it_and_is_new_each_time(
    page: httpx2.Client, client: Client
) -> None:
    (able,) = client.http.get("/api/v1/keys").json()["data"]
    body = {"label": "an agent", "scopes": ["studio"]}
    unable = client.http.post("/api/v1/keys", json=body).json()
    shown = html.unescape(page.get("/dashboard").text)
    assert f"{able['keyPrefix']}…{able['last4']}" in shown
    assert f"…{unable['last4']}" not in shown
    assert "X-Idempotency-Key: $(uuidgen)" in shown


def test_what_a_page_lists_is_there_as_csv(page: httpx2.Client, client: Client) -> None:
    client.run_job("image.generate", picture_input())
    usage = page.get("/usage/csv", params={"groupBy": "task"})
    assert usage.headers["content-type"] == "text/csv; charset=utf-8"
    assert [line["task"] for line in csv.DictReader(usage.text.splitlines())] == ["image.generate"]
    history = page.get("/credits/history.csv")
    assert "attachment" in history.headers["content-disposition"]
    lines = list(csv.DictReader(history.text.splitlines()))
    assert lines[0]["balanceAfterUsd"] == client.get_balance()["availableUsd"]


def test_days_that_cannot_be_asked_for_are_told_beside_their_field(page: httpx2.Client) -> None:
    answer = page.get("/usage", params={"from": "2026-02-01", "to": "2026-01-01"})
    assert answer.status_code == 422
    assert 'aria-describedby="from-wrong"' in answer.text


@pytest.mark.promise("pages: once")
def test_a_form_that_is_sent_twice_makes_one_key_and_shows_it_once(
    page: httpx2.Client, client: Client
) -> None:
    key = read_hidden_field(page.get("/keys/new").text, "idempotencyKey")
    given = {"label": "<b>agent</b>", "scope.media": "on", "totalLimitUsd": "$1,000"}
    first = page.post("/keys/new", data=given | {"idempotencyKey": key})
    again = page.post("/keys/new", data=given | {"idempotencyKey": key})
    (made,) = KEY.findall(first.text)
    assert first.headers["cache-control"] == "no-store"
    assert made not in again.text
    assert "already been shown" in again.text
    listed = client.http.get("/api/v1/keys").json()["data"]
    assert [each["label"] for each in listed] == ["<b>agent</b>", "test"]
    assert listed[0]["spendPolicy"]["totalLimitUsd"] == "1000.00"
    shown = page.get("/keys").text
    assert "&lt;b&gt;agent&lt;/b&gt;" in shown
    assert made not in shown


def test_a_key_is_changed_and_replaced_on_the_page(page: httpx2.Client, client: Client) -> None:
    (had,) = client.http.get("/api/v1/keys").json()["data"]
    given = {"keyId": had["id"], "label": "renamed", "scope.account:read": "on"}
    assert page.post("/keys/change", data=given | {"dailyLimitUsd": "2"}).status_code == 303
    (now,) = client.http.get("/api/v1/keys").json()["data"]
    assert (now["label"], now["scopes"]) == ("renamed", ["account:read"])
    assert now["spendPolicy"]["dailyLimitUsd"] == "2.00"
    asked = page.get("/keys/rotate", params={"keyId": had["id"]})
    fields = {"keyId": had["id"], "idempotencyKey": read_hidden_field(asked.text, "idempotencyKey")}
    (fresh,) = KEY.findall(page.post("/keys/rotate", data=fields | {"graceSeconds": "0"}).text)
    assert client.http.get("/api/v1/balance").status_code == 401
    headers = {"Authorization": f"Bearer {fresh}"}
    assert client.http.get("/api/v1/balance", headers=headers).status_code == 200


@pytest.mark.promise("pages: own-forms")
@pytest.mark.parametrize("path", [
    "/keys/new", "/keys/change", "/keys/rotate", "/keys/revoke", "/webhooks/rotate",
    "/webhooks/redeliver", "/webhooks/test", "/settings/sessions", "/settings/email",
    "/settings/code", "/settings/remove", "/settings/policy", "/settings/close",
    "/credits/buy", "/affiliate/apply",
    "/affiliate/payout", "/affiliate/destination", "/affiliate/profile", "/affiliate/bind",
])  # fmt: skip
def test_no_other_site_can_send_a_form_of_ours(
    page: httpx2.Client, client: Client, path: str
) -> None:
    (key,) = client.http.get("/api/v1/keys").json()["data"]
    given = {"keyId": key["id"], "label": "evil", "scope.admin": "on", "url": "https://e.example"}
    refused = page.post(path, data=given, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert client.http.get("/api/v1/keys").json()["data"][0]["label"] == "test"


def test_the_key_of_another_is_like_none(page: httpx2.Client, gateway: Gateway) -> None:
    with gateway.account() as other:
        (theirs,) = other.http.get("/api/v1/keys").json()["data"]
        answers = [
            page.get("/keys/revoke", params={"keyId": theirs["id"]}),
            page.post("/keys/revoke", data={"keyId": theirs["id"]}),
            page.post("/keys/revoke", data={"keyId": "key_01J8ZQ4V8Y6T3N5R7W9XABCDEF"}),
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        assert other.http.get("/api/v1/balance").status_code == 200


def test_another_browser_is_signed_out(
    page: httpx2.Client, gateway: Gateway, client: Client
) -> None:
    with gateway.browser(client.account_id) as elsewhere:
        assert elsewhere.get("/settings").status_code == 200
        assert page.get("/settings").text.count("Another browser") == 1
        session_id = read_hidden_field(page.get("/settings").text, "sessionId")
        assert page.post("/settings/sessions", data={"sessionId": session_id}).status_code == 303
        assert elsewhere.get("/settings").headers["location"].startswith("/login?")
        again = page.post("/settings/sessions", data={"sessionId": session_id})
        assert (again.status_code, page.get("/settings").status_code) == (404, 200)


def test_all_other_browsers_are_signed_out_at_once(
    page: httpx2.Client, gateway: Gateway, client: Client
) -> None:
    assert "everywhere else" not in page.get("/settings").text
    with gateway.browser(client.account_id) as one, gateway.browser(client.account_id) as two:
        assert "everywhere else" in page.get("/settings").text
        assert page.post("/settings/sessions", data={"others": "true"}).status_code == 303
        for each in (one, two):
            assert each.get("/settings").headers["location"].startswith("/login?")
        assert page.get("/settings").status_code == 200
    both = {"others": True, "sessionId": "ses_01J8ZQ4V8Y6T3N5R7W9XABCDEF"}
    assert page.post("/api/v1/auth/sessions/revoke", json=both).status_code == 422


def test_a_new_secret_signs_and_the_old_one_is_named(page: httpx2.Client, client: Client) -> None:
    before = client.http.get("/api/v1/media/webhooks").json()["secret"]
    assert html.escape(before) in page.get("/webhooks").text
    assert page.post("/webhooks/rotate").status_code == 303
    after = client.http.get("/api/v1/media/webhooks").json()
    assert after["secret"] != before == after["previousSecret"]
    refused = page.post("/webhooks/test", data={"url": "https://127.0.0.1/x"})
    assert (refused.status_code, "url-wrong" in refused.text) == (422, True)


def test_who_is_not_signed_in_is_led_there_and_back(gateway: Gateway) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    with gateway.client(**own) as http:
        for path in PAGES:
            answer = http.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"] == f"/login?returnPath={path.replace('/', '%2F')}"
        assert http.post("/keys/new", data={"label": "x"}).status_code == 401


def test_a_part_is_a_part_only_for_the_dialog(page: httpx2.Client) -> None:
    asked = {"HX-Request": "true", "HX-Target": "div#ask-body"}
    part, whole = page.get("/keys/new", headers=asked), page.get("/keys/new")
    assert ("<html" in part.text, "<html" in whole.text) == (False, True)
    assert "HX-Request" in part.headers["vary"].split(", ")
    lost = page.post("/keys/revoke", data={"keyId": "key_1"}, headers=asked)
    assert (lost.status_code, lost.headers["hx-retarget"]) == (404, "#notice")


def test_a_path_without_a_page_answers_each_in_its_own_form(gateway: Gateway) -> None:
    with gateway.client() as http:
        read = http.get("/no/such", headers={"Accept": "text/html"})
        assert (read.status_code, read.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert read.text.index("<h1>") < read.text.index('class="problem"')
        assert read.text.count('id="notice"') == 1
        assert http.get("/no/such").headers["content-type"] == "application/problem+json"
        asked = {"Accept": "text/html"}
        assert http.get("/api/v1/no", headers=asked).headers["content-type"].startswith("applic")
