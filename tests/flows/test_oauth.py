"""A connected app holds tokens: got by its code, exchanged, limited, ended by either side."""

import httpx2
import pytest

from tests.flows.apps import KEYS, REDIRECT, App, allowed, app, listed, refused
from tests.flows.apps import client as client
from tests.flows.apps import page as page
from tests.flows.apps import program as program
from tests.gateway import Client, Gateway, problem, together


@pytest.mark.promise("identity: connected-app")
def test_an_app_registers_is_allowed_gets_tokens_and_is_listed_among_the_keys(
    program: App, page: httpx2.Client, client: Client
) -> None:
    made = program.register(token_endpoint_auth_method="client_secret_post", logo_uri="x")
    assert (made.status_code, made.json()["token_endpoint_auth_method"]) == (201, "none")
    assert made.json()["redirect_uris"] == [REDIRECT]
    assert "client_secret" not in made.json()

    answer = allowed(page, program.query(), **{"scope.studio": None, "dailyLimitUsd": "2.50"})
    assert (answer["state"], answer["iss"]) == ("st&te=1", program.gateway.base)
    got = program.exchange(answer["code"])
    assert got.headers["cache-control"] == "no-store"
    tokens = got.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["scope"] == "media account:read"

    (grant,) = listed(client, program)
    assert grant["id"].startswith("grant_")
    assert tokens["access_token"].startswith(grant["keyPrefix"])
    assert (grant["label"], grant["mode"], grant["scopes"]) == (
        "A test app",
        "test",
        ["media", "account:read"],
    )
    assert grant["app"] == {
        "clientId": program.client_id,
        "redirectUri": REDIRECT,
        "toolsets": ["media", "studio", "account"],
        "readOnly": False,
    }
    policy = grant["spendPolicy"]
    assert (policy["autoApproveUsd"], policy["dailyLimitUsd"]) == ("0.00", "2.50")
    assert tokens["access_token"] not in client.http.get(KEYS).text


@pytest.mark.promise("identity: oauth-mcp-only")
def test_the_tokens_of_an_app_open_nothing_but_mcp(
    program: App, page: httpx2.Client, gateway: Gateway
) -> None:
    tokens = program.connected(page)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        with gateway.client(token) as http:
            problem(http.get("/api/v1/balance"), 401, "unauthorized")
            problem(http.get("/api/v1/balance", headers={"x-api-key": token}), 401, "unauthorized")


@pytest.mark.promise("identity: oauth-once")
def test_a_code_works_once_and_its_second_use_ends_the_grant(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.register()
    code = allowed(page, program.query())["code"]
    tokens = program.exchange(code).json()
    assert listed(client, program)[0]["revokedAt"] is None
    refused(program.exchange(code), "invalid_grant")
    assert listed(client, program)[0]["revokedAt"] is not None
    refused(program.refresh(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.promise("identity: oauth-once")
def test_a_code_is_good_only_for_who_asked_for_it(program: App, page: httpx2.Client) -> None:
    program.register()
    code = allowed(page, program.query())["code"]
    with app(program.gateway) as other:
        other.register()
        refused(other.exchange(code, code_verifier=program.verifier), "invalid_grant")
    refused(program.exchange(code, code_verifier="w" * 64), "invalid_grant")
    refused(program.exchange(code, code_verifier=None), "invalid_request")
    refused(program.exchange(code, redirect_uri=f"{REDIRECT}/"), "invalid_grant")
    refused(program.exchange(code, resource="https://other.example/mcp"), "invalid_target")
    refused(program.exchange(code, client_id="client_unknown"), "invalid_client", 401)
    refused(program.exchange("kt_oac_unknown"), "invalid_grant")
    assert program.exchange(code).status_code == 200


@pytest.mark.promise("identity: oauth-once")
def test_a_refresh_token_is_exchanged_and_a_lost_answer_can_be_asked_for_again(
    program: App, page: httpx2.Client
) -> None:
    first = program.connected(page)
    second = program.refresh(first["refresh_token"]).json()
    assert second["scope"] == first["scope"]
    assert second["refresh_token"] != first["refresh_token"]
    again = program.refresh(first["refresh_token"])
    assert again.json()["refresh_token"] == second["refresh_token"]
    assert program.refresh(second["refresh_token"]).status_code == 200
    with app(program.gateway) as other:
        other.register()
        refused(other.refresh(again.json()["refresh_token"]), "invalid_grant")
    refused(program.refresh(first["access_token"]), "invalid_grant")


@pytest.mark.promise("identity: oauth-once")
def test_a_stolen_refresh_token_starts_no_branch_of_its_own(gateways: list[Gateway]) -> None:
    with (
        gateways[0].account() as owner,
        gateways[0].browser(owner.account_id) as page,
        app(gateways[0]) as here,
        app(gateways[-1]) as there,
    ):
        old = here.connected(page)["refresh_token"]
        there.client_id = here.client_id
        answers = together([lambda: here.refresh(old), lambda: there.refresh(old)] * 3)
        assert {each.status_code for each in answers} == {200}
        (pair,) = {(each.json()["access_token"], each.json()["refresh_token"]) for each in answers}
        newer = here.refresh(pair[1])
        assert newer.status_code == 200
        refused(there.refresh(old), "invalid_grant")
        assert listed(owner, here)[0]["revokedAt"] is not None
        refused(here.refresh(newer.json()["refresh_token"]), "invalid_grant")
        assert gateways[0].findings() == []


def test_an_app_gives_its_tokens_up(program: App, page: httpx2.Client, client: Client) -> None:
    tokens = program.connected(page)
    for token in ("unknown", tokens["access_token"]):
        gone = program.http.post("/oauth/revoke", data={"token": token})
        assert (gone.status_code, gone.content) == (200, b"")
    assert listed(client, program)[0]["revokedAt"] is None
    newer = program.refresh(tokens["refresh_token"]).json()
    foreign = {"token": newer["refresh_token"], "client_id": "client_other"}
    assert program.http.post("/oauth/revoke", data=foreign).status_code == 200
    assert listed(client, program)[0]["revokedAt"] is None
    own = {"token": newer["refresh_token"], "client_id": program.client_id}
    assert program.http.post("/oauth/revoke", data=own).status_code == 200
    assert listed(client, program)[0]["revokedAt"] is not None
    refused(program.refresh(newer["refresh_token"]), "invalid_grant")


@pytest.mark.promise("identity: connected-app")
def test_a_person_sees_connected_apps_and_ends_one(
    program: App, page: httpx2.Client, client: Client
) -> None:
    tokens = program.connected(page)
    assert "/oauth/apps" in page.get("/login").text
    grant = listed(client, program)[0]["id"]
    assert grant in page.get("/oauth/apps").text
    foreign = page.post(
        "/oauth/apps", data={"keyId": grant}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert page.post("/oauth/apps", data={"keyId": grant}).status_code == 303
    assert grant not in page.get("/oauth/apps").text
    refused(program.refresh(tokens["refresh_token"]), "invalid_grant")
    assert client.http.post(f"{KEYS}/revoke", json={"keyId": grant}).status_code == 200


def test_an_app_is_limited_like_a_key_and_never_becomes_one(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.connected(page)
    grant = {"keyId": listed(client, program)[0]["id"]}
    tighter = client.http.patch(KEYS, json=grant | {"spendPolicy": {"dailyLimitUsd": "1"}})
    assert tighter.json()["spendPolicy"]["dailyLimitUsd"] == "1.00"
    problem(client.http.post(f"{KEYS}/rotate", json=grant), 409, "app_connected")
    for change in ({"scopes": ["admin"]}, {"expiresAt": "2099-01-01T00:00:00Z"}):
        problem(client.http.patch(KEYS, json=grant | change), 409, "app_connected")
    look_up = listed(client, program)[0]["keyPrefix"]
    ended = client.http.post(f"{KEYS}/revoke", json={"keyPrefix": look_up})
    assert ended.json()["id"] == grant["keyId"]


def test_token_requests_are_forms_that_say_each_thing_once(program: App) -> None:
    program.register()
    http = program.http
    refused(http.post("/oauth/token", json={"grant_type": "refresh_token"}), "invalid_request")
    twice = b"grant_type=refresh_token&client_id=a&client_id=b"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(http.post("/oauth/token", content=twice, headers=form), "invalid_request")
    refused(http.post("/oauth/token", content=b"client_id=%00", headers=form), "invalid_request")
    refused(http.post("/oauth/token", content=b"a=%ff", headers=form), "invalid_request")
    refused(program.token(grant_type="password"), "unsupported_grant_type")
    refused(program.refresh(""), "invalid_request")
    assert http.options("/oauth/token").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in http.options("/oauth/authorize").headers


@pytest.mark.promise("identity: connected-app")
def test_what_one_process_gives_the_others_know_and_what_one_ends_is_ended_everywhere(
    two_gateways: list[Gateway],
) -> None:
    first, second = two_gateways
    with (
        first.account() as owner,
        second.browser(owner.account_id) as page,
        app(first) as here,
        app(second) as there,
    ):
        here.register()
        there.client_id, there.verifier = here.client_id, here.verifier
        code = allowed(page, there.query())["code"]
        tokens = here.exchange(code).json()
        newer = there.refresh(tokens["refresh_token"], resource=None)
        assert newer.status_code == 200, newer.text
        grant = listed(owner, here)[0]["id"]
        assert owner.http.post(f"{KEYS}/revoke", json={"keyId": grant}).status_code == 200
        refused(there.refresh(newer.json()["refresh_token"]), "invalid_grant")
        assert first.findings() == []
