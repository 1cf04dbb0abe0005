"""How one signs in, on the page of settings: addresses are added by code, and removed."""

import itertools
import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.fakes.smtp import Inbox, inbox
from tests.flows.test_sign_in_pages import FIELD, FORM, sent
from tests.gateway import Gateway, serving

PEOPLE = itertools.count(1)
REMOVE = re.compile(r"/settings/remove\?identityId=(idn_\w+)")


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with inbox() as one:
        yield one


@pytest.fixture(scope="module")
def site(box: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serving(tmp_path_factory.mktemp("settings") / "data", KT_SMTP_URL=box.url) as one:
        yield one


@pytest.fixture
def web(site: Gateway) -> Iterator[httpx2.Client]:
    from_ = httpx2.HTTPTransport(local_address=f"127.0.10.{next(PEOPLE)}")
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(
        base_url=site.base, transport=from_, headers=headers, timeout=30, trust_env=False
    ) as http:
        yield http


def signed_in(web: httpx2.Client, box: Inbox, email: str, path: str = "/login") -> httpx2.Response:
    """Sign in by forms; return the page of settings."""
    code_page = sent(web, web.get(path), email=email)
    done = sent(web, code_page, code=box.code(email))
    assert done.status_code == 303, done.text
    return web.get("/settings")


def form_to(page: httpx2.Response, path: str) -> dict[str, str]:
    """Return the fields of the form of a page that posts there."""
    (inside,) = [inside for action, inside in FORM.findall(page.text) if path in action]
    return dict(FIELD.findall(inside))


def test_an_address_is_added_by_code_and_one_is_removed(web: httpx2.Client, box: Inbox) -> None:
    settings = signed_in(web, box, "ana@example.com")
    assert "the only one" in settings.text
    email = {"email": "ana@work.example"}
    code_page = web.post("/settings/email", data=form_to(settings, "/settings/email") | email)
    assert "Add the address" in code_page.text
    wrong = web.post("/settings/code", data=form_to(code_page, "/settings/code") | {"code": "1"})
    assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (422, True)
    given = form_to(wrong, "/settings/code") | {"code": box.code("ana@work.example")}
    assert web.post("/settings/code", data=given).headers["location"] == "/settings"
    settings = web.get("/settings")
    first, second = sorted(set(REMOVE.findall(settings.text)))
    asked = web.get("/settings/remove", params={"identityId": first})
    assert "Remove ana@example.com?" in asked.text
    assert web.post("/settings/remove", data=form_to(asked, "/remove")).status_code == 303
    left = web.get("/api/v1/auth/identities").json()["data"]
    assert [(each["id"], each["email"]) for each in left] == [(second, "ana@work.example")]
    last = web.post("/settings/remove", data={"identityId": second})
    assert (last.status_code, "keeps at least one" in last.text) == (409, True)


def test_an_address_that_gets_no_code_stays_in_the_form(web: httpx2.Client, box: Inbox) -> None:
    signed_in(web, box, "bob@example.com")
    soon = web.post("/settings/email", data={"email": "bob@example.com"})
    assert (soon.status_code, 'value="bob@example.com"' in soon.text) == (429, True)
    bad = web.post("/settings/email", data={"email": "nobody"})
    assert (bad.status_code, 'id="email-wrong"' in bad.text) == (422, True)


def test_who_signed_in_long_ago_is_asked_to_sign_in_again_and_comes_back(
    web: httpx2.Client, box: Inbox, site: Gateway
) -> None:
    signed_in(web, box, "cleo@example.com")
    site.age_sessions()
    page = web.get("/settings")
    assert "/settings/email" not in page.text
    refused = web.post("/settings/email", data={"email": "cleo@work.example"})
    assert (refused.status_code, refused.text.count("Sign in again")) == (403, 2)
    assert not [mail for mail in box.mails if mail["To"] == "cleo@work.example"]
    again = web.get("/login", params={"again": "1", "returnPath": "/settings"})
    assert 'name="returnPath" value="/settings"' in again.text
    assert "You are signed in" in web.get("/login").text
