"""The page on which a person approves a device, as a browser without JavaScript uses it."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.gateway import Client, Gateway, problem

LINK = "/api/v1/device/link"


@pytest.fixture
def device(gateway: Gateway) -> Iterator[httpx2.Client]:
    with gateway.client() as http:
        yield http


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def begun(device: httpx2.Client, name: str = "my laptop") -> dict[str, Any]:
    link: dict[str, Any] = device.post(f"{LINK}/start", json={"clientName": name}).json()
    return link


def poll(device: httpx2.Client, link: dict[str, Any]) -> httpx2.Response:
    return device.post(f"{LINK}/poll", json={"deviceCode": link["deviceCode"]})


def answer(page: httpx2.Client, link: dict[str, Any], **said: str) -> httpx2.Response:
    return page.post("/device", data={"userCode": link["userCode"], **said})


@pytest.mark.promise("identity: device-link")
def test_an_address_fills_in_the_code_and_approves_nothing(
    gateway: Gateway, client: Client, device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begun(device, "<script>alert(1)</script>")
    shown = page.get(link["verificationUriComplete"])
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert "<script>" not in shown.text
    for words in (link["userCode"], "127.0.0.1", "play money", "<code>studio</code>", "no limit"):
        assert words in shown.text
    assert page.get(f"{link['verificationUriComplete']}&decision=approve").status_code == 200
    problem(poll(device, link), 400, "authorization_pending")

    done = answer(page, link, decision="approve", monthlyLimitUsd="2.50")
    assert (done.status_code, "Approved" in done.text) == (200, True)
    key = poll(device, link).json()
    with gateway.client(key["apiKey"]) as http:
        policy = http.get("/api/v1/balance").json()["key"]["spendPolicy"]
    assert (key["accountId"], policy["monthlyLimitUsd"]) == (client.account_id, "2.50")
    again = answer(page, link, decision="approve")
    assert (again.status_code, "been approved or denied" in again.text) == (409, True)


def test_a_person_denies_a_device_they_do_not_know(
    device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begun(device)
    assert "Denied" in answer(page, link, decision="deny").text
    problem(poll(device, link), 400, "access_denied")


def test_who_is_not_signed_in_is_led_to_the_door(device: httpx2.Client, gateway: Gateway) -> None:
    link = begun(device)
    shown = device.get(link["verificationUriComplete"])
    door = f"/login?returnPath=%2Fdevice%3FuserCode%3D{link['userCode']}"
    assert (shown.status_code, shown.headers["location"]) == (303, door)
    assert answer(device, link, decision="approve").status_code == 403
    own = {"Sec-Fetch-Site": "same-origin"}
    body = {"userCode": link["userCode"], "decision": "approve"}
    assert device.post("/device", data=body, headers=own).headers["location"] == door
    problem(poll(device, link), 400, "authorization_pending")


def test_a_page_of_another_site_approves_nothing(
    device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begun(device)
    page.headers["Sec-Fetch-Site"] = "cross-site"
    refused = answer(page, link, decision="approve")
    assert (refused.status_code, "did not come from a page" in refused.text) == (403, True)
    problem(poll(device, link), 400, "authorization_pending")


def test_a_mistyped_code_or_limit_is_explained(device: httpx2.Client, page: httpx2.Client) -> None:
    empty = page.get("/device")
    assert (empty.status_code, 'name="userCode"' in empty.text) == (200, True)
    wrong = page.get("/device", params={"userCode": "BBBB-BBBB"})
    assert (wrong.status_code, "No device is showing this code" in wrong.text) == (404, True)
    odd = answer(page, begun(device), decision="approve", monthlyLimitUsd="lots")
    assert (odd.status_code, "in dollars" in odd.text) == (422, True)
