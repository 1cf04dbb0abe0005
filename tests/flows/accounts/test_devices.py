"""Linking a device through the front door: it asks, a person decides, it gets its own key."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.gateway import Client, Gateway, assert_problem, picture_input

LINK = "/api/v1/device/link"


@pytest.fixture
def device(gateway: Gateway) -> Iterator[httpx2.Client]:
    """A device without a key."""
    with gateway.client() as http:
        yield http


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    """The browser of a person."""
    with gateway.browser(client.account_id) as http:
        yield http


def begin_link(device: httpx2.Client, **wanted: object) -> dict[str, Any]:
    answer = device.post(f"{LINK}/start", json={"clientName": "my laptop", **wanted})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    link: dict[str, Any] = answer.json()
    return link


def poll_link(device: httpx2.Client, link: dict[str, Any]) -> httpx2.Response:
    return device.post(f"{LINK}/poll", json={"deviceCode": link["deviceCode"]})


def decide_link(page: httpx2.Client, link: dict[str, Any], **said: object) -> httpx2.Response:
    return page.post(f"{LINK}/approve", json={"userCode": link["userCode"], **said})


@pytest.mark.promise("identity: device-link")
def test_a_device_gets_a_key_of_the_account_that_approves_it(
    gateway: Gateway, client: Client, device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begin_link(device, scopes=["media"], spendPolicy={"totalLimitUsd": "1"})
    assert link["verificationUriComplete"] == f"{gateway.base}/device?userCode={link['userCode']}"
    assert (link["expiresIn"], link["interval"]) == (600, 5)
    waiting = assert_problem(poll_link(device, link), 400, "authorization_pending")
    assert (waiting["error"], waiting["interval"]) == ("authorization_pending", 5)
    assert assert_problem(poll_link(device, link), 400, "slow_down")["interval"] == 10

    typed = {"userCode": link["userCode"].lower().replace("-", " ")}
    shown = page.get(f"{LINK}/request", params=typed).json()
    assert (shown["userCode"], shown["clientName"]) == (link["userCode"], "my laptop")
    assert (shown["scopes"], shown["mode"], shown["ip"]) == (["media"], "test", "127.0.0.1")
    assert (shown["spendPolicy"]["totalLimitUsd"], shown["state"]) == ("1.00", "pending")

    assert decide_link(page, link, spendPolicy={"totalLimitUsd": "0.02"}).json() == {
        "state": "approved"
    }
    assert_problem(decide_link(page, link), 409, "already_decided")
    made = poll_link(device, link).json()
    assert (made["accountId"], made["scopes"]) == (client.account_id, ["media"])
    assert assert_problem(poll_link(device, link), 400, "expired_token")["error"] == "expired_token"
    with gateway.client(made["apiKey"]) as http:
        agent = Client(http, made["apiKey"], client.account_id)
        assert agent.submit("image.generate", picture_input()).status_code == 202
        assert_problem(agent.submit("image.generate", picture_input()), 402, "key_limit_exceeded")
    assert made["keyId"] in {key["id"] for key in client.http.get("/api/v1/keys").json()["data"]}


def test_a_denied_device_gets_nothing(device: httpx2.Client, page: httpx2.Client) -> None:
    link = begin_link(device)
    assert decide_link(page, link, approve=False).json() == {"state": "denied"}
    assert assert_problem(poll_link(device, link), 400, "access_denied")["error"] == "access_denied"
    assert_problem(decide_link(page, link, approve=True), 409, "already_decided")


def test_a_device_gets_only_what_it_asked_for(device: httpx2.Client, page: httpx2.Client) -> None:
    link = begin_link(device, scopes=["media"])
    wider = decide_link(page, link, scopes=["media", "admin"])
    assert assert_problem(wider, 422, "invalid_input")["field"] == "scopes"
    past = decide_link(page, link, expiresAt="2020-01-01T00:00:00Z")
    assert assert_problem(past, 422, "invalid_input")["field"] == "expiresAt"
    assert decide_link(page, link).status_code == 200
    assert_problem(device.post(f"{LINK}/start", json={"clientName": "x", "mode": "live"}), 409,
            "live_mode_disabled")  # fmt: skip


def test_only_a_person_on_a_page_of_ours_approves(
    client: Client, device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begin_link(device)
    assert_problem(decide_link(client.http, link), 401, "unauthorized")
    assert_problem(decide_link(device, link), 401, "unauthorized")
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    body = {"userCode": link["userCode"]}
    assert_problem(
        page.post(f"{LINK}/approve", json=body, headers=elsewhere), 403, "cross_site_refused"
    )
    assert_problem(poll_link(device, link), 400, "authorization_pending")


def test_a_code_that_nobody_shows_is_not_found(device: httpx2.Client, page: httpx2.Client) -> None:
    assert_problem(page.get(f"{LINK}/request", params={"userCode": "BBBB-BBBB"}), 404, "not_found")
    assert_problem(decide_link(page, {"userCode": "BBBB-BBBB"}), 404, "not_found")
    assert_problem(poll_link(device, {"deviceCode": "0" * 64}), 400, "expired_token")
    for _ in range(8):
        page.get(f"{LINK}/request", params={"userCode": "BBBB-BBBB"})
    link = begin_link(device)
    stopped = page.get(f"{LINK}/request", params={"userCode": link["userCode"]})
    told = assert_problem(stopped, 429, "rate_limited")
    assert stopped.headers["retry-after"] == str(told["retryAfterSeconds"])


@pytest.mark.promise("identity: device-link")
def test_wrong_codes_of_one_account_refuse_only_that_one(
    gateway: Gateway, client: Client, device: httpx2.Client, page: httpx2.Client
) -> None:
    """As the counter of all sessions together refused everybody after 1,000."""
    link, wrong = begin_link(device), {"userCode": "BBBB-BBBB"}
    for _ in range(3):
        with gateway.browser(client.account_id) as browser:
            for _ in range(4):
                last = browser.get(f"{LINK}/request", params=wrong)
    assert_problem(last, 429, "rate_limited")
    assert_problem(decide_link(page, link), 429, "rate_limited")
    with gateway.account() as other, gateway.browser(other.account_id) as theirs:
        assert_problem(theirs.get(f"{LINK}/request", params=wrong), 404, "not_found")
        assert decide_link(theirs, link).json() == {"state": "approved"}
