"""Ways to sign in on the page of settings: addresses are added by code, and removed."""

import itertools
import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.fakes.smtp import Inbox, run_inbox
from tests.flows.accounts.test_sign_in_pages import FIELD, FORM
from tests.gateway import Client, Gateway, picture_input, serve_gateway

PEOPLE = itertools.count(1)
REMOVE = re.compile(r"/settings/remove\?identityId=(idn_\w+)")


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="module")
def site(box: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("settings") / "data", KT_SMTP_URL=box.url) as one:
        yield one


@pytest.fixture
def web(site: Gateway) -> Iterator[httpx2.Client]:
    from_ = httpx2.HTTPTransport(local_address=f"127.0.10.{next(PEOPLE)}")
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(
        base_url=site.base, transport=from_, headers=headers, timeout=30, trust_env=False
    ) as http:
        yield http


def sign_in_by_forms(web: httpx2.Client, box: Inbox, email: str, mails: int = 1) -> httpx2.Response:
    """Sign in by forms, in place of an earlier account; return the page of settings."""
    asked = read_form_fields(web.get("/login?again=1"), "/login/email") | {"email": email}
    code_page = web.post("/login/email", data=asked)
    given = read_form_fields(code_page, "/login/code") | {"code": box.wait_for_code(email, mails)}
    done = web.post("/login/code", data=given)
    assert done.status_code == 303, done.text
    return web.get("/settings")


def read_form_fields(page: httpx2.Response, path: str) -> dict[str, str]:
    """Return the fields of the form of a page that posts there."""
    (inside,) = [inside for action, inside in FORM.findall(page.text) if path in action]
    return dict(FIELD.findall(inside))


def test_an_address_is_added_by_code_and_one_is_removed(web: httpx2.Client, box: Inbox) -> None:
    settings = sign_in_by_forms(web, box, "ana@example.com")
    assert "the only one" in settings.text
    email = {"email": "ana@work.example"}
    code_page = web.post(
        "/settings/email", data=read_form_fields(settings, "/settings/email") | email
    )
    assert "Add the address" in code_page.text
    wrong = web.post(
        "/settings/code", data=read_form_fields(code_page, "/settings/code") | {"code": "1"}
    )
    assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (422, True)
    given = read_form_fields(wrong, "/settings/code") | {
        "code": box.wait_for_code("ana@work.example")
    }
    assert web.post("/settings/code", data=given).headers["location"] == "/settings"
    settings = web.get("/settings")
    first, second = sorted(set(REMOVE.findall(settings.text)))
    asked = web.get("/settings/remove", params={"identityId": first})
    assert "Remove ana@example.com?" in asked.text
    assert web.post("/settings/remove", data=read_form_fields(asked, "/remove")).status_code == 303
    left = web.get("/api/v1/auth/identities").json()["data"]
    assert [(each["id"], each["email"]) for each in left] == [(second, "ana@work.example")]
    last = web.post("/settings/remove", data={"identityId": second})
    assert (last.status_code, "must keep at least one" in last.text) == (409, True)


def test_an_address_that_gets_no_code_stays_in_the_form(web: httpx2.Client, box: Inbox) -> None:
    sign_in_by_forms(web, box, "bob@example.com")
    soon = web.post("/settings/email", data={"email": "bob@example.com"})
    assert (soon.status_code, 'value="bob@example.com"' in soon.text) == (429, True)
    bad = web.post("/settings/email", data={"email": "nobody"})
    assert (bad.status_code, 'id="email-wrong"' in bad.text) == (422, True)


def test_who_signed_in_long_ago_is_asked_to_sign_in_again_and_comes_back(
    web: httpx2.Client, box: Inbox, site: Gateway
) -> None:
    sign_in_by_forms(web, box, "cleo@example.com")
    site.age_rows("browser_session")
    page = web.get("/settings")
    assert "/settings/email" not in page.text
    refused = web.post("/settings/email", data={"email": "cleo@work.example"})
    assert (refused.status_code, refused.text.count("Sign in again")) == (403, 2)
    assert not [mail for mail in box.mails if mail["To"] == "cleo@work.example"]
    again = web.get("/login", params={"again": "1", "returnPath": "/settings"})
    assert 'name="returnPath" value="/settings"' in again.text
    assert "You are signed in" in web.get("/login").text


def test_new_keys_get_the_limits_of_the_settings_and_old_ones_keep_theirs(
    web: httpx2.Client, box: Inbox, site: Gateway
) -> None:
    settings = sign_in_by_forms(web, box, "dora@example.com")
    old = web.post("/api/v1/keys", json={"label": "old"}).json()
    wrong = {"dailyLimitUsd": "two", "totalLimitUsd": "$1,000.50"}
    refused = web.post("/settings/policy", data=read_form_fields(settings, "/policy") | wrong)
    assert (refused.status_code, 'id="dailyLimitUsd-wrong"' in refused.text) == (422, True)
    assert 'value="two"' in refused.text
    given = read_form_fields(refused, "/policy") | {"dailyLimitUsd": "2"}
    assert web.post("/settings/policy", data=given).status_code == 303
    new = web.post("/api/v1/keys", json={"label": "new"}).json()
    own = {"dailyLimitUsd": "9"}
    other = web.post("/api/v1/keys", json={"label": "own", "spendPolicy": own}).json()
    limits = [
        (key["spendPolicy"]["dailyLimitUsd"], key["spendPolicy"]["totalLimitUsd"])
        for key in (old, new, other)
    ]
    assert limits == [(None, None), ("2.00", "1000.50"), ("9.00", "1000.50")]
    site.age_rows("email_challenge")
    started = web.post("/api/v1/auth/email/start", json={"email": "dora@example.com"}).json()
    proof = {
        "challengeId": started["challengeId"],
        "code": box.wait_for_code("dora@example.com", 2),
    }
    by_code = web.post("/api/v1/auth/email/verify", json=proof).json()["key"]
    assert by_code["spendPolicy"]["dailyLimitUsd"] == "2.00"
    read = web.get("/api/v1/account/settings", headers={"x-api-key": old["apiKey"]}).json()
    assert (read["mode"], read["spendPolicy"]["dailyLimitUsd"]) == ("test", "2.00")
    change = {"spendPolicy": {"dailyLimitUsd": None}}
    by_key = {"x-api-key": old["apiKey"]}
    assert web.patch("/api/v1/account/settings", json=change, headers=by_key).status_code == 401


def test_an_account_is_closed_when_its_jobs_are_over_and_the_address_begins_anew(
    web: httpx2.Client, box: Inbox, site: Gateway
) -> None:
    sign_in_by_forms(web, box, "eve@example.com")
    before = web.get("/api/v1/auth/browser/session").json()["accountId"]
    key = web.post("/api/v1/keys", json={"label": "k"}).json()["apiKey"]
    with site.client(key) as http:
        eve = Client(http, key, before)
        job = eve.submit("image.generate", picture_input("a fox [sandbox:slow=600]")).json()[
            "jobId"
        ]
        page = web.get("/settings/close")
        assert ("cannot be closed yet" in page.text, "<button" in page.text) == (True, True)
        refused = web.post("/settings/close", data={"forfeitUsd": "0.00"})
        assert (refused.status_code, "hold credit" in refused.text) == (409, True)
        eve.cancel_job(job)
        eve.wait_for_job(job)
        site.age_rows("browser_session")
        old = web.post("/settings/close", data={"forfeitUsd": "0.00"})
        assert (old.status_code, "Sign in again" in old.text) == (403, True)
        site.age_rows("email_challenge")
        sign_in_by_forms(web, box, "eve@example.com", 2)
        page = web.get("/settings/close")
        done = web.post("/settings/close", data=read_form_fields(page, "/close"))
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert "kt_session" not in web.cookies
        assert http.get("/api/v1/balance").status_code == 401
    assert "has been closed" in box.wait_for_mail("eve@example.com", 3)["Subject"]
    site.age_rows("email_challenge")
    sign_in_by_forms(web, box, "eve@example.com", 4)
    after = web.get("/api/v1/auth/browser/session").json()["accountId"]
    balance = web.get("/api/v1/balance").json()
    assert (after != before, balance["availableUsd"]) == (True, "0.00")
    assert site.list_findings() == []
