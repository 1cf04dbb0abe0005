"""The page on which a person approves a device, as a browser without JavaScript uses it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.flows.oauth_apps import open_app, read_form_fields
from tests.gateway import Client, Gateway, assert_problem

LINK = "/api/v1/device/link"
FIRST_BUTTON = re.compile(r'<button(?: class="\w+")? name="(\w+)" value="(\w+)"')


@pytest.fixture
def device(gateway: Gateway) -> Iterator[httpx2.Client]:
    with gateway.client() as http:
        yield http


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def begin_link(device: httpx2.Client, name: str = "my laptop", **asked: object) -> dict[str, Any]:
    body = {"clientName": name, **asked}
    link: dict[str, Any] = device.post(f"{LINK}/start", json=body).json()
    return link


def poll_link(device: httpx2.Client, link: dict[str, Any]) -> httpx2.Response:
    return device.post(f"{LINK}/poll", json={"deviceCode": link["deviceCode"]})


def answer_link(page: httpx2.Client, link: dict[str, Any], **said: str | None) -> httpx2.Response:
    """Send the form of the page with changed fields; a field given as None is left unchecked."""
    shown = read_form_fields(page.get("/device", params={"userCode": link["userCode"]}).text)
    body = {"userCode": link["userCode"], **shown, **said}
    given = {name: value for name, value in body.items() if value is not None}
    return page.post("/device", data=given)


def find_granted_key(
    gateway: Gateway, device: httpx2.Client, link: dict[str, Any]
) -> dict[str, Any]:
    """Return the key of an approved device as it is listed."""
    key = poll_link(device, link).json()
    with gateway.client(key["apiKey"]) as http:
        found: dict[str, Any] = http.get("/api/v1/balance").json()["key"]
    return found | {"scopes": key["scopes"]}


@pytest.mark.promise("identity: device-link")
def test_an_address_fills_in_the_code_and_approves_nothing(
    gateway: Gateway, client: Client, device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begin_link(device, "<script>alert(1)</script>")
    shown = page.get(link["verificationUriComplete"])
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert "<script>" not in shown.text
    for words in (
        link["userCode"],
        "127.0.0.1",
        '<p>Play money only <small><code>test</code></small><input type="hidden"',
        "<code>studio</code>",
        "At least one",
    ):
        assert words in shown.text
    assert page.get(f"{link['verificationUriComplete']}&decision=approve").status_code == 200
    assert_problem(poll_link(device, link), 400, "authorization_pending")

    form = read_form_fields(shown.text) | {"decision": "approve", "monthlyLimitUsd": "2.50"}
    done = page.post("/device", data=form)
    assert (done.status_code, "Approved" in done.text) == (200, True)
    key = poll_link(device, link).json()
    with gateway.client(key["apiKey"]) as http:
        policy = http.get("/api/v1/balance").json()["key"]["spendPolicy"]
    assert (key["accountId"], policy["monthlyLimitUsd"]) == (client.account_id, "2.50")
    again = page.post("/device", data=form)
    assert (again.status_code, "been approved or denied" in again.text) == (409, True)


@pytest.mark.promise("identity: bounded-by-default")
def test_a_device_that_asks_for_no_cap_gets_one_unless_the_person_says_another(
    gateway: Gateway, device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begin_link(device)
    assert "Approved" in answer_link(page, link, decision="approve").text
    policy = find_granted_key(gateway, device, link)["spendPolicy"]
    assert (policy["dailyLimitUsd"], policy["monthlyLimitUsd"]) == ("10.00", None)
    assert policy["autoApproveUsd"] == "10.00"
    own = begin_link(device, spendPolicy={"totalLimitUsd": "3", "autoApproveUsd": "0.5"})
    assert "Approved" in answer_link(page, own, decision="approve").text
    policy = find_granted_key(gateway, device, own)["spendPolicy"]
    assert (policy["dailyLimitUsd"], policy["totalLimitUsd"]) == (None, "3.00")
    assert policy["autoApproveUsd"] == "0.50"


def test_a_person_gives_a_device_less_than_it_asks_for(
    gateway: Gateway, device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begin_link(device)
    less = {
        "scope.billing": None,
        "scope.studio": None,
        "dailyLimitUsd": "$1",
        "expiresAt": "2099-01-01",
    }
    assert "Approved" in answer_link(page, link, decision="approve", **less).text
    key = find_granted_key(gateway, device, link)
    assert (key["scopes"], key["spendPolicy"]["dailyLimitUsd"]) == (
        ["media", "account:read"],
        "1.00",
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"dailyLimitUsd": ""}, "Enter at least one spending cap."),
        ({"autoApproveUsd": ""}, "in dollars"),
        ({"monthlyLimitUsd": "lots"}, "in dollars"),
        ({"expiresAt": "2001-01-01"}, "expires-wrong"),
        (
            {f"scope.{each}": None for each in ("media", "studio", "account:read", "billing")},
            "Select at least one permission.",
        ),
    ],
)
def test_a_grant_without_bounds_is_shown_again_as_it_was_filled_in(
    device: httpx2.Client, page: httpx2.Client, said: dict[str, str | None], words: str
) -> None:
    link = begin_link(device)
    again = answer_link(page, link, decision="approve", totalLimitUsd="", **said)
    assert (again.status_code, words in again.text) == (422, True)
    sent = read_form_fields(again.text)
    assert {name: sent.get(name) for name in said} == said
    assert_problem(poll_link(device, link), 400, "authorization_pending")


@pytest.mark.promise("identity: bounded-by-default")
def test_the_page_of_a_device_says_what_it_grants_as_the_page_of_an_app_does(
    gateway: Gateway, device: httpx2.Client, page: httpx2.Client
) -> None:
    names = ["media", "studio", "account:read"]
    link = begin_link(device, scopes=names)
    ours = page.get(link["verificationUriComplete"]).text
    with open_app(gateway) as program:
        program.register()
        theirs = page.get("/oauth/authorize", params=program.build_query()).text
    start, end = "<legend>Permissions", "<legend>Spending caps, in dollars"
    (of_device, of_app) = (
        text[text.index(start) : text.index("</fieldset>", text.index(end))]
        for text in (ours, theirs)
    )
    same = re.sub(r'(UpToUsd|autoApproveUsd)" value="10"', r'\1" value="0"', of_device)
    assert same == of_app


@pytest.mark.promise("identity: bounded-by-default")
def test_the_enter_key_in_a_field_shows_the_form_again_and_grants_nothing(
    gateway: Gateway, device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begin_link(device)
    with open_app(gateway) as program:
        program.register()
        forms = (
            ("/device", {"userCode": link["userCode"]}),
            ("/oauth/authorize", program.build_query()),
        )
        for path, query in forms:
            shown = page.get(path, params=query).text
            form = shown[shown.index(f'<form method="post" action="{path}"') :]
            name, value = FIRST_BUTTON.findall(form)[0]  # the one that Enter presses
            sent = read_form_fields(shown) | {
                "dailyLimitUsd": "100",
                "autoApproveUsd": "3",
                name: value,
            }
            again = page.post(path, data=sent)
            kept = {each: text for each, text in sent.items() if each != name}
            assert (again.status_code, read_form_fields(again.text)) == (200, kept)
            wrong = page.post(path, data=sent | {"dailyLimitUsd": "lots"})
            assert (wrong.status_code, 'id="dailyLimitUsd-wrong"' in wrong.text) == (422, True)
    assert_problem(poll_link(device, link), 400, "authorization_pending")


def test_a_person_denies_a_device_they_do_not_know(
    device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begin_link(device)
    assert "Denied" in answer_link(page, link, decision="deny").text
    assert_problem(poll_link(device, link), 400, "access_denied")


def test_who_is_not_signed_in_is_led_to_the_door(device: httpx2.Client, gateway: Gateway) -> None:
    link = begin_link(device)
    shown = device.get(link["verificationUriComplete"])
    door = f"/login?returnPath=%2Fdevice%3FuserCode%3D{link['userCode']}"
    assert (shown.status_code, shown.headers["location"]) == (303, door)
    assert answer_link(device, link, decision="approve").status_code == 403
    own = {"Sec-Fetch-Site": "same-origin"}
    body = {"userCode": link["userCode"], "decision": "approve", "scope.media": "on"}
    kept = device.post("/device", data=body, headers=own)
    assert (kept.status_code, f'value="{link["userCode"]}"' in kept.text) == (401, True)
    assert_problem(poll_link(device, link), 400, "authorization_pending")


def test_a_page_of_another_site_approves_nothing(
    device: httpx2.Client, page: httpx2.Client
) -> None:
    link = begin_link(device)
    page.headers["Sec-Fetch-Site"] = "cross-site"
    refused = answer_link(page, link, decision="approve")
    assert (refused.status_code, "did not come from a page" in refused.text) == (403, True)
    assert_problem(poll_link(device, link), 400, "authorization_pending")


def test_a_mistyped_code_is_explained(device: httpx2.Client, page: httpx2.Client) -> None:
    empty = page.get("/device")
    assert (empty.status_code, 'name="userCode"' in empty.text) == (200, True)
    wrong = page.get("/device", params={"userCode": "BBBB-BBBB"})
    assert (wrong.status_code, "No device is showing this code" in wrong.text) == (404, True)
