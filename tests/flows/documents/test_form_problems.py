"""Without a script: a refused form comes back on its page, a signed-out one as itself."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.flows.oauth_apps import read_form_fields
from tests.gateway import Client, Gateway

FORM_AT = re.compile(r'name="formAt" value="([^"]+)"')
AT_FIELD = re.compile(r'class="wrong"[^>]*>(.+?)</')
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def test_a_refused_form_comes_back_on_its_page(page: httpx2.Client) -> None:
    shown = page.get("/credits").text
    sent = {"packageCode": "none", "formAt": "/credits#stripe-none", "idempotencyKey": "f-1"}
    refused = page.post("/credits/buy?mode=test", data=sent)
    assert refused.status_code >= 400
    assert "<h1>Credits</h1>" in shown
    assert "<h1>Credits</h1>" in refused.text
    assert refused.text.count('role="alert"') == 1
    assert refused.text.count('id="problem"') == 1


def test_the_problem_stands_in_the_form_that_was_pressed(page: httpx2.Client) -> None:
    name = "redeliver-x"
    form = page.get("/webhooks").text
    (at,) = [each for each in FORM_AT.findall(form) if each.endswith("#test")]
    refused = page.post("/webhooks/redeliver?mode=test", data={"deliveryId": "x", "formAt": at})
    before, _, after = refused.text.partition('id="problem"')
    assert refused.status_code >= 400
    assert "autofocus" in after[:40]
    assert before.rindex("<form") > before.rindex("</form>")  # inside of a form
    lost = page.post("/webhooks/redeliver", data={"deliveryId": "x", "formAt": f"/webhooks#{name}"})
    assert lost.text.index('id="problem"') < lost.text.index("<h1>")  # that form is gone


def test_what_a_field_says_the_problem_does_not_say_again(page: httpx2.Client) -> None:
    asked = read_form_fields(page.get("/keys/new").text) | {
        "label": "agent",
        "dailyLimitUsd": "two",
    }
    refused = page.post("/keys/new?mode=test", data=asked)
    assert refused.status_code == 422
    (said,) = AT_FIELD.findall(refused.text)
    assert refused.text.count(said.partition(".")[0]) == 1
    assert 'role="alert" id="problem"' not in refused.text


def test_a_page_that_is_none_or_not_ours_is_not_shown_again(page: httpx2.Client) -> None:
    for at in ("//evil.example/credits#x", "/no/such#x", "/credits/buy#x", "#x", ""):
        sent = {"packageCode": "none", "formAt": at, "idempotencyKey": "f-2"}
        refused = page.post("/credits/buy", data=sent)
        assert refused.status_code >= 400, at
        assert "Back to the home page" in refused.text, at


def test_who_is_signed_out_gets_the_form_to_send_again(gateway: Gateway) -> None:
    with gateway.client(**{"Sec-Fetch-Site": "same-origin"}) as http:
        sent = {"name": 'The "hatch"', "idempotencyKey": "f-3"}
        kept = http.post("/library?mode=test", data=sent)
        assert kept.status_code == 401
        assert 'action="/library?mode=test"' in kept.text
        assert 'name="name" value="The &#34;hatch&#34;"' in kept.text
        assert 'target="_blank"' in kept.text
        assert "location" not in kept.headers


def test_a_form_is_done_for_no_other_account_than_it_was_shown_to(
    gateway: Gateway, client: Client, page: httpx2.Client
) -> None:
    shown = read_form_fields(page.get("/library").text)
    with gateway.client(**{"Sec-Fetch-Site": "same-origin"}) as nobody:
        kept = nobody.post("/library?mode=test", data=shown | {"name": "The hatch"})
    assert "<dt>Name</dt><dd>The hatch</dd>" in kept.text
    sent = read_form_fields(kept.text)
    with gateway.account() as other, gateway.browser(other.account_id) as theirs:
        for headers in ({}, {"X-Form": "1"}):
            refused = theirs.post("/library?mode=test", data=sent, headers=headers)
            assert refused.status_code == 409
            assert "for another account" in refused.text
            assert "The hatch" not in refused.text
        assert "The hatch" not in theirs.get("/library").text
    assert page.post("/library?mode=test", data=sent).status_code == 303
    assert "The hatch" in page.get("/library").text


def test_a_wrong_code_promises_no_kept_form(gateway: Gateway) -> None:
    with gateway.client(**{"Sec-Fetch-Site": "same-origin"}) as http:
        asked = http.post("/login/email", data={"email": "wrong-code@example.com"})
        given = read_form_fields(asked.text) | {"code": "000000", "formAt": "/login#code"}
        for headers in ({}, {"X-Form": "1"}):
            refused = http.post("/login/code", data=given, headers=headers)
            assert refused.status_code == 401
            assert "Wrong code." in refused.text
            assert "What you filled in is kept" not in refused.text
            assert "after 5 wrong attempts" in refused.text
            assert "x-keep-form" not in refused.headers


def test_what_another_site_sent_is_never_offered_to_be_sent_again(gateway: Gateway) -> None:
    with gateway.client() as http:
        kept = http.post("/library?mode=test", data={"name": "theirs"}, headers=FOREIGN)
        assert kept.status_code in {401, 403}
        assert "theirs" not in kept.text


def test_a_script_is_told_where_to_go_on(page: httpx2.Client) -> None:
    sent = {"name": "The hatch", "idempotencyKey": "f-4"}
    made = page.post("/library?mode=test", data=sent, headers={"X-Form": "1"})
    assert (made.status_code, "location" in made.headers) == (200, False)
    assert made.headers["hx-redirect"].startswith("/library?projectId=")


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_a_sign_in_leads_nowhere_else(page: httpx2.Client, path: str) -> None:
    shown = page.get("/login", params={"returnPath": path})
    assert "evil" not in shown.text
