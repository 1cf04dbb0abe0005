"""A key, a device, an app or a default gets exactly the limits that its form showed."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from gateway.identity.keys.schemas import SpendPolicy
from tests.flows.oauth_apps import App, open_app, open_client_elsewhere, read_form_fields
from tests.gateway import Client, Gateway

LIMITS = [str(field.alias) for field in SpendPolicy.model_fields.values()]
WIDE = dict.fromkeys(LIMITS, "10000")
KEYS, LINK = "/api/v1/keys", "/api/v1/device/link"
Send = Callable[[dict[str, str]], dict[str, Any]]


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


@pytest.fixture
def program(gateway: Gateway) -> Iterator[App]:
    with open_app(gateway) as one:
        one.register()
        yield one


def find_newest_key(page: httpx2.Client, *, is_app: bool = False) -> dict[str, Any]:
    listed = page.get(KEYS, params={"limit": 100}).json()["data"]
    policy: dict[str, Any] = next(
        key["spendPolicy"] for key in listed if (key["app"] is not None) is is_app
    )
    return policy


def has_shown_limits(granted: dict[str, Any], form: dict[str, str]) -> bool:
    """Return True if each limit is the amount in the form, where an empty field is no limit."""
    shown = {name: Decimal(form[name]) if form[name] else None for name in LIMITS}
    held = {name: None if text is None else Decimal(text) for name, text in granted.items()}
    return held == shown


def open_link_form(
    page: httpx2.Client, device: httpx2.Client, policy: dict[str, Any]
) -> tuple[dict[str, str], Send]:
    """Begin a link; return its form, and a function that sends it and finds the key."""
    asked = {"clientName": "my laptop", "spendPolicy": policy}
    link = device.post(f"{LINK}/start", json=asked).json()
    shown = read_form_fields(page.get("/device", params={"userCode": link["userCode"]}).text)

    def send(form: dict[str, str]) -> dict[str, Any]:
        sent = shown | form | {"decision": "approve"}
        assert "Approved." in page.post("/device", data=sent).text
        device.post(f"{LINK}/poll", json={"deviceCode": link["deviceCode"]}).raise_for_status()
        return find_newest_key(page)

    return shown, send


@pytest.mark.promise("identity: bounded-by-default")
@pytest.mark.parametrize("policy", [{}, WIDE, *({name: "10000"} for name in LIMITS)])
def test_a_device_gets_no_limit_that_its_form_did_not_show(
    gateway: Gateway, page: httpx2.Client, policy: dict[str, Any]
) -> None:
    with open_client_elsewhere(gateway) as device:
        for own in ({}, dict(zip(LIMITS, "12345", strict=True))):
            shown, send = open_link_form(page, device, policy)
            assert has_shown_limits(send(own), shown | own)


@pytest.mark.promise("identity: bounded-by-default")
def test_a_form_of_a_device_that_lacks_a_limit_grants_nothing(
    gateway: Gateway, page: httpx2.Client
) -> None:
    with open_client_elsewhere(gateway) as device:
        shown, _ = open_link_form(page, device, WIDE)
        for name in ("autoApproveUsd", "confirmUpToUsd"):
            less = {each: text for each, text in shown.items() if each != name}
            refused = page.post("/device", data=less | {"decision": "approve"})
            assert (refused.status_code, f'id="{name}-wrong"' in refused.text) == (422, True)


@pytest.mark.promise("identity: bounded-by-default")
def test_who_approves_a_device_with_some_limits_gets_no_wider_ones(
    gateway: Gateway, page: httpx2.Client
) -> None:
    with open_client_elsewhere(gateway) as device:
        asked = {"autoApproveUsd": "0", "confirmUpToUsd": "10000", "totalLimitUsd": "5"}
        body = {"clientName": "my laptop", "spendPolicy": asked}
        link = device.post(f"{LINK}/start", json=body).json()
        said = {
            "userCode": link["userCode"],
            "spendPolicy": {"dailyLimitUsd": "1"},
        }  # no word of a yes
        page.post(f"{LINK}/approve", json=said).raise_for_status()
        device.post(f"{LINK}/poll", json={"deviceCode": link["deviceCode"]}).raise_for_status()
        policy = find_newest_key(page)
    assert [policy[name] for name in LIMITS] == ["0.00", "0.00", "1.00", None, "5.00"]


@pytest.mark.promise("identity: bounded-by-default")
@pytest.mark.parametrize("own", [{}, dict(zip(LIMITS, "12345", strict=True))])
def test_an_app_gets_the_limits_that_its_form_showed(
    page: httpx2.Client, program: App, own: dict[str, str]
) -> None:
    shown = read_form_fields(page.get("/oauth/authorize", params=program.build_query()).text)
    allowed = page.post("/oauth/authorize", data=shown | own | {"decision": "allow"})
    assert "code=" in allowed.headers["location"]
    assert has_shown_limits(find_newest_key(page, is_app=True), shown | own)


@pytest.mark.promise("identity: bounded-by-default")
@pytest.mark.parametrize("own", [{}, dict(zip(LIMITS, "12345", strict=True))])
def test_keys_and_their_defaults_get_the_limits_that_their_forms_showed(
    page: httpx2.Client, own: dict[str, str]
) -> None:
    usual = read_form_fields(page.get("/settings").text) | own
    assert page.post("/settings/policy?mode=test", data=usual).status_code == 303
    assert has_shown_limits(page.get("/api/v1/account/settings").json()["spendPolicy"], usual)
    new = read_form_fields(page.get("/keys/new").text) | {"label": "mine"}
    assert has_shown_limits({name: new[name] or None for name in LIMITS}, usual)
    assert "only once" in page.post("/keys/new?mode=test", data=new).text
    assert has_shown_limits(find_newest_key(page), new)
    key_id = page.get(KEYS).json()["data"][0]["id"]
    change = read_form_fields(page.get("/keys/change", params={"keyId": key_id}).text) | {
        "confirmUpToUsd": "9"
    }
    assert page.post("/keys/change?mode=test", data=change).status_code == 303
    assert has_shown_limits(find_newest_key(page), change)
    again = read_form_fields(page.get("/keys/rotate", params={"keyId": key_id}).text)
    assert "only once" in page.post("/keys/rotate?mode=test", data=again).text
    assert has_shown_limits(find_newest_key(page), change)


@pytest.mark.promise("identity: bounded-by-default")
def test_a_form_of_defaults_that_lacks_a_limit_lifts_none(page: httpx2.Client) -> None:
    usual = read_form_fields(page.get("/settings").text) | dict(zip(LIMITS, "12345", strict=True))
    page.post("/settings/policy?mode=test", data=usual)
    page.post("/settings/policy?mode=test", data={"dailyLimitUsd": "9"})
    now = page.get("/api/v1/account/settings").json()["spendPolicy"]
    assert has_shown_limits(now, usual | {"dailyLimitUsd": "9"})
