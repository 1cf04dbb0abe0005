"""Browser sessions: what they may ask, from which page, in which book, and how they end."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.gateway import Client, Gateway, assert_problem

BALANCE, KEYS = "/api/v1/balance", "/api/v1/keys"
SITE = "Sec-Fetch-Site"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    """The browser of an account, on a page of the site."""
    with gateway.browser(client.account_id) as http:
        yield http


def test_a_session_reads_the_balance_and_makes_a_key(page: httpx2.Client, client: Client) -> None:
    assert page.get(BALANCE).json()["availableUsd"] == "5.00"
    made = page.post(KEYS, json={"label": "from the page", "scopes": ["studio:approve"]})
    assert made.status_code == 201
    assert made.json()["mintedBy"].startswith("ses_")
    assert len(client.http.get(KEYS).json()["data"]) == 2


def test_a_session_is_nobody_where_only_keys_may_ask(page: httpx2.Client) -> None:
    spend = page.post(
        "/api/v1/credits/consume", json={"amountUsd": "1"}, headers={"X-Idempotency-Key": "one"}
    )
    assert_problem(spend, 401, "unauthorized")


def test_a_cookie_of_nobody_is_no_caller(gateway: Gateway) -> None:
    with gateway.client(cookie="kt_session=" + "A" * 43) as http:
        assert_problem(http.get(BALANCE), 401, "unauthorized")


def test_a_request_with_a_key_ignores_the_cookie(gateway: Gateway, page: httpx2.Client) -> None:
    with gateway.account("1") as other:
        headers = {"Authorization": f"Bearer {other.key}", SITE: "cross-site"}
        assert page.get(BALANCE, headers=headers).json()["availableUsd"] == "1.00"
        assert page.post(KEYS, json={"label": "x"}, headers=headers).status_code == 201
    assert_problem(page.get(BALANCE, headers={"x-api-key": "kt_test_no"}), 401, "unauthorized")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "Same-Origin", ""])
def test_an_unsafe_request_from_elsewhere_is_refused(page: httpx2.Client, site: str) -> None:
    refused = page.post(KEYS, json={"label": "x"}, headers={SITE: site})
    assert_problem(refused, 403, "cross_site_refused")
    own = {SITE: site, "Origin": str(page.base_url).rstrip("/")}
    assert_problem(page.post(KEYS, json={"label": "x"}, headers=own), 403, "cross_site_refused")
    assert page.get(BALANCE, headers={SITE: site}).status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [("{base}", 201), ("{base}/", 403), ("http://evil.test", 403), ("null", 403), (None, 403)],
)
def test_a_browser_that_tells_no_site_must_tell_our_origin(
    gateway: Gateway, page: httpx2.Client, origin: str | None, status: int
) -> None:
    del page.headers[SITE]
    headers = {} if origin is None else {"Origin": origin.format(base=gateway.base)}
    assert page.post(KEYS, json={"label": "x"}, headers=headers).status_code == status


def test_a_session_names_its_book(page: httpx2.Client) -> None:
    def read(mode: str) -> httpx2.Response:
        return page.get(BALANCE, headers={"X-Killatamata-Mode": mode})

    assert read("test").json()["livemode"] is False
    assert_problem(read("live"), 409, "live_mode_disabled")
    assert assert_problem(read("play"), 422, "invalid_input")["field"] == "X-Killatamata-Mode"
