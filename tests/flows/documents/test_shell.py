"""The shell of every page: navigation, what waits, the balance, and notices after a redirect."""

import base64
import json
import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.flows.plan_calls import plan_step, prepare_plan
from tests.gateway import Client, Gateway, picture_input

HTML = {"Accept": "text/html"}
COUNT = re.compile(r'id="(?:side|bar)-count">(\d*)')


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as web:
        yield web


def test_the_console_is_closed_where_one_creates_and_open_on_its_pages(page: httpx2.Client) -> None:
    waiting, keys = (page.get(path, headers=HTML).text for path in ("/waiting", "/keys"))
    assert ("<details open>" in waiting, "<details open>" in keys) == (False, True)
    assert waiting.count('<a href="/waiting" aria-current="page">') == 2
    assert keys.count('aria-current="page"') == 1


def test_the_navigation_counts_the_plans_that_wait(client: Client, page: httpx2.Client) -> None:
    assert COUNT.findall(page.get("/waiting", headers=HTML).text) == ["", ""]
    plan = prepare_plan(client, plan_step("image.generate", picture_input()))
    shown = page.get("/waiting", headers=HTML).text
    assert f'href="/plans/{plan["planId"]}"' in shown
    for path in ("/waiting", "/keys", "/no/such/page"):
        assert COUNT.findall(page.get(path, headers=HTML).text) == ["1", "1"], path


def test_the_balance_of_the_navigation_is_rounded_down(gateway: Gateway) -> None:
    with gateway.account("3.019999") as poor, gateway.browser(poor.account_id) as page:
        shown = page.get("/keys", headers=HTML).text
        assert '<b id="side-balance">$3.01</b>' in shown
        assert "3.019999" not in shown
        exact = page.get("/dashboard", headers=HTML).text
        assert "<summary>$3.01</summary>exactly $3.019999</details>" in exact


def add_cookie(page: httpx2.Client, cookie: str) -> dict[str, str]:
    return HTML | {"Cookie": f"{page.headers['cookie']}; {cookie.partition(';')[0]}"}


def test_a_redirect_tells_what_was_done_once(page: httpx2.Client) -> None:
    saved = page.post("/settings/policy?mode=test", data={"dailyLimitUsd": "9"})
    cookie = saved.headers["set-cookie"]
    assert ("HttpOnly" in cookie, "Max-Age=60" in cookie) == (True, True)
    shown = page.get("/settings", headers=add_cookie(page, cookie))
    assert '<div class="notice toast" role="status" data-toast>' in shown.text
    assert "Limits of new keys saved." in shown.text
    assert "kt_toast=; Path=/; Max-Age=0" in shown.headers["set-cookie"]
    assert "data-toast" not in page.get("/settings", headers=HTML).text


def encode_toast(**fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def test_a_cookie_that_is_not_ours_leads_nowhere_else(page: httpx2.Client) -> None:
    own = encode_toast(words="<b>x", action={"words": "y", "href": "/jobs"})
    shown = page.get("/settings", headers=add_cookie(page, f"kt_toast={own}")).text
    assert ("&lt;b&gt;x" in shown, 'href="/jobs">y</a>' in shown) == (True, True)
    other_site = encode_toast(words="x", action={"words": "y", "href": "//evil.example"})
    other_form = encode_toast(words="x", action={"words": "y", "post": "https://evil.example"})
    for planted in ("%%%", "bnVsbA", other_site, other_form, "a" * 3000):
        shown = page.get("/settings", headers=add_cookie(page, f"kt_toast={planted}")).text
        assert "data-toast" not in shown, planted


def test_who_comes_from_nowhere_is_led_home(gateway: Gateway, page: httpx2.Client) -> None:
    with gateway.client() as stranger:
        assert page.get("/home").headers["location"] == "/create"
        assert stranger.get("/home").headers["location"] == "/login?returnPath=%2Fhome"


def test_the_search_finds_pages_actions_and_own_results(
    client: Client, page: httpx2.Client, gateway: Gateway
) -> None:
    job = client.run_job("image.generate", picture_input("a heron in the reeds"))["jobId"]
    found = page.get("/search", params={"q": "HERON reeds"}, headers=HTML).text
    assert f'href="/create/{job}/0"' in found
    assert "a heron in the reeds</span>" in found
    assert "Nothing matches" in page.get("/search", params={"q": "zzz"}, headers=HTML).text
    assert 'href="/keys/new"' in page.get("/search", params={"q": "api key"}, headers=HTML).text
    with gateway.account() as other, gateway.browser(other.account_id) as theirs:
        assert job not in theirs.get("/search", params={"q": "heron"}, headers=HTML).text
