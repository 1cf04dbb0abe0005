"""The pages of signing in: forms alone, one strict policy, nothing that a stranger can inject."""

import html
import itertools
import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.fakes.smtp import Inbox, run_inbox
from tests.gateway import Gateway, serve_gateway

NUMBERS = itertools.count(2)
FORM = re.compile(r'<form method="post" action="([^"]+)">(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'<input [^>]*name="(\w+)"(?:[^>]*value="([^"]*)")?')


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="module")
def site(box: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("pages") / "data", KT_SMTP_URL=box.url) as one:
        yield one


@pytest.fixture
def web(site: Gateway) -> Iterator[httpx2.Client]:
    from_ = httpx2.HTTPTransport(local_address=f"127.0.9.{next(NUMBERS)}")
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(
        base_url=site.base, transport=from_, headers=headers, timeout=30, trust_env=False
    ) as http:
        yield http


def send_form(web: httpx2.Client, page: httpx2.Response, **given: str) -> httpx2.Response:
    """Fill in and send the first form of a page, with its hidden fields."""
    action, inside = FORM.findall(page.text)[0]
    fields = {name: html.unescape(value) for name, value in FIELD.findall(inside)}
    return web.post(action, data=fields | given)


def test_forms_alone_sign_in_go_on_and_sign_out(web: httpx2.Client, box: Inbox) -> None:
    ana = "ana@example.com"
    page = web.get("/login", params={"returnPath": "/device?userCode=BCDF-GHJK"})
    code_page = send_form(web, page, email=ana)
    wrong = send_form(web, code_page, code="000 00x")
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (422, True)
    code = box.wait_for_code(ana)
    done = send_form(web, wrong, code=f" {code[:3]} {code[3:]} ")
    assert (done.status_code, done.headers["location"]) == (303, "/device?userCode=BCDF-GHJK")
    account = web.get("/login")
    assert ana in account.text
    assert account.headers["cache-control"] == "no-store"
    assert send_form(web, account).headers["location"] == "/login"
    assert "Send me a code" in web.get("/login").text
    assert "kt_session" not in web.cookies


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_a_sign_in_goes_on_within_the_site_only(web: httpx2.Client, path: str) -> None:
    page = web.get("/login", params={"returnPath": path})
    assert 'name="returnPath" value="/home"' in page.text


def test_who_asks_for_a_new_code_too_soon_can_still_give_the_first(
    web: httpx2.Client, box: Inbox
) -> None:
    hasty = "hasty@example.com"
    code_page = send_form(web, web.get("/login"), email=hasty)
    action, inside = FORM.findall(code_page.text)[1]
    again = web.post(action, data=dict(FIELD.findall(inside)))
    assert (again.status_code, 'role="alert"' in again.text) == (429, True)
    assert send_form(web, again, code=box.wait_for_code(hasty)).status_code == 303


@pytest.mark.parametrize("path", ["/login/email", "/login/code", "/logout"])
@pytest.mark.parametrize("from_", ["cross-site", "same-site", None])
def test_a_form_of_another_site_is_refused(
    web: httpx2.Client, path: str, from_: str | None
) -> None:
    del web.headers["Sec-Fetch-Site"]
    headers = {} if from_ is None else {"Sec-Fetch-Site": from_}
    refused = web.post(path, data={"email": "bob@example.com"}, headers=headers)
    assert (refused.status_code, "did not come from a page" in refused.text) == (403, True)
    assert "set-cookie" not in refused.headers


def test_a_page_shows_what_it_was_given_as_text_only(web: httpx2.Client) -> None:
    given = '"><script>alert(1)</script>@example.com'
    refused = send_form(web, web.get("/login"), email=given)
    assert refused.status_code == 422
    assert "<script>" not in refused.text
    assert html.escape(given, quote=False).split("@")[0] in refused.text.replace("&#34;", '"')
    policy = refused.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert refused.headers["referrer-policy"] == "same-origin"


def test_each_page_has_a_language_one_heading_and_labels(web: httpx2.Client, box: Inbox) -> None:
    login = web.get("/login")
    code = send_form(web, login, email="cleo@example.com")
    for page in (login, code, web.get("/login/google")):
        assert '<html lang="en">' in page.text
        assert page.text.count("<h1") == 1
        for name in re.findall(r'<input id="(\w+)"', page.text):
            assert f'<label for="{name}">' in page.text
        assert all(' src="/static/' in script for script in re.findall("<script[^>]*>", page.text))
        assert "style=" not in page.text
    assert box.wait_for_code("cleo@example.com")
