"""A connected app holds tokens: got by its code, exchanged, limited, ended by either side."""

import httpx2
import pytest

from tests.flows.oauth_apps import (
    KEYS,
    REDIRECT,
    App,
    allow_app,
    assert_oauth_error,
    list_app_keys,
    open_app,
)
from tests.flows.oauth_apps import client as client
from tests.flows.oauth_apps import page as page
from tests.flows.oauth_apps import program as program
from tests.gateway import Client, Gateway, assert_problem, call_at_once


@pytest.mark.promise("identity: connected-app")
def test_an_app_registers_is_allowed_gets_tokens_and_is_listed_among_the_keys(
    program: App, page: httpx2.Client, client: Client
) -> None:
    made = program.register(token_endpoint_auth_method="client_secret_post", logo_uri="x")
    assert (made.status_code, made.json()["token_endpoint_auth_method"]) == (201, "none")
    assert made.json()["redirect_uris"] == [REDIRECT]
    assert "client_secret" not in made.json()

    answer = allow_app(
        page, program.build_query(), **{"scope.studio": None, "dailyLimitUsd": "2.50"}
    )
    assert (answer["state"], answer["iss"]) == ("st&te=1", program.gateway.base)
    got = program.exchange_code(answer["code"])
    assert got.headers["cache-control"] == "no-store"
    tokens = got.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["scope"] == "media account:read"

    (grant,) = list_app_keys(client, program)
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
    tokens = program.connect(page)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        with gateway.client(token) as http:
            assert_problem(http.get("/api/v1/balance"), 401, "unauthorized")
            assert_problem(
                http.get("/api/v1/balance", headers={"x-api-key": token}), 401, "unauthorized"
            )


@pytest.mark.promise("identity: oauth-once")
def test_a_code_works_once_and_its_second_use_ends_the_grant(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.register()
    code = allow_app(page, program.build_query())["code"]
    tokens = program.exchange_code(code).json()
    assert list_app_keys(client, program)[0]["revokedAt"] is None
    assert_oauth_error(program.exchange_code(code), "invalid_grant")
    assert list_app_keys(client, program)[0]["revokedAt"] is not None
    assert_oauth_error(program.refresh_tokens(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.promise("identity: oauth-once")
def test_a_code_is_good_only_for_who_asked_for_it(program: App, page: httpx2.Client) -> None:
    program.register()
    code = allow_app(page, program.build_query())["code"]
    with open_app(program.gateway) as other:
        other.register()
        assert_oauth_error(
            other.exchange_code(code, code_verifier=program.verifier), "invalid_grant"
        )
    assert_oauth_error(program.exchange_code(code, code_verifier="w" * 64), "invalid_grant")
    assert_oauth_error(program.exchange_code(code, code_verifier=None), "invalid_request")
    assert_oauth_error(program.exchange_code(code, redirect_uri=f"{REDIRECT}/"), "invalid_grant")
    assert_oauth_error(
        program.exchange_code(code, resource="https://other.example/mcp"), "invalid_target"
    )
    assert_oauth_error(
        program.exchange_code(code, client_id="client_unknown"), "invalid_client", 401
    )
    assert_oauth_error(program.exchange_code("kt_oac_unknown"), "invalid_grant")
    assert program.exchange_code(code).status_code == 200


@pytest.mark.promise("identity: oauth-once")
def test_a_refresh_token_is_exchanged_and_a_lost_answer_can_be_asked_for_again(
    program: App, page: httpx2.Client
) -> None:
    first = program.connect(page)
    second = program.refresh_tokens(first["refresh_token"]).json()
    assert second["scope"] == first["scope"]
    assert second["refresh_token"] != first["refresh_token"]
    again = program.refresh_tokens(first["refresh_token"])
    assert again.json()["refresh_token"] == second["refresh_token"]
    assert program.refresh_tokens(second["refresh_token"]).status_code == 200
    with open_app(program.gateway) as other:
        other.register()
        assert_oauth_error(other.refresh_tokens(again.json()["refresh_token"]), "invalid_grant")
    assert_oauth_error(program.refresh_tokens(first["access_token"]), "invalid_grant")


@pytest.mark.promise("identity: oauth-once")
def test_a_stolen_refresh_token_starts_no_branch_of_its_own(gateways: list[Gateway]) -> None:
    with (
        gateways[0].account() as owner,
        gateways[0].browser(owner.account_id) as page,
        open_app(gateways[0]) as here,
        open_app(gateways[-1]) as there,
    ):
        old = here.connect(page)["refresh_token"]
        there.client_id = here.client_id
        answers = call_at_once(
            [lambda: here.refresh_tokens(old), lambda: there.refresh_tokens(old)] * 3
        )
        assert {each.status_code for each in answers} == {200}
        (pair,) = {(each.json()["access_token"], each.json()["refresh_token"]) for each in answers}
        newer = here.refresh_tokens(pair[1])
        assert newer.status_code == 200
        assert_oauth_error(there.refresh_tokens(old), "invalid_grant")
        assert list_app_keys(owner, here)[0]["revokedAt"] is not None
        assert_oauth_error(here.refresh_tokens(newer.json()["refresh_token"]), "invalid_grant")
        assert gateways[0].list_findings() == []


def test_an_app_gives_its_tokens_up(program: App, page: httpx2.Client, client: Client) -> None:
    tokens = program.connect(page)
    for token in ("unknown", tokens["access_token"]):
        gone = program.http.post("/oauth/revoke", data={"token": token})
        assert (gone.status_code, gone.content) == (200, b"")
    assert list_app_keys(client, program)[0]["revokedAt"] is None
    newer = program.refresh_tokens(tokens["refresh_token"]).json()
    foreign = {"token": newer["refresh_token"], "client_id": "client_other"}
    assert program.http.post("/oauth/revoke", data=foreign).status_code == 200
    assert list_app_keys(client, program)[0]["revokedAt"] is None
    own = {"token": newer["refresh_token"], "client_id": program.client_id}
    assert program.http.post("/oauth/revoke", data=own).status_code == 200
    assert list_app_keys(client, program)[0]["revokedAt"] is not None
    assert_oauth_error(program.refresh_tokens(newer["refresh_token"]), "invalid_grant")


@pytest.mark.promise("identity: connected-app")
def test_a_person_sees_connected_apps_and_ends_one(
    program: App, page: httpx2.Client, client: Client
) -> None:
    tokens = program.connect(page)
    assert "/oauth/apps" in page.get("/login").text
    grant = list_app_keys(client, program)[0]["id"]
    assert grant in page.get("/oauth/apps").text
    foreign = page.post(
        "/oauth/apps", data={"keyId": grant}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert page.post("/oauth/apps", data={"keyId": grant}).status_code == 303
    assert grant not in page.get("/oauth/apps").text
    assert_oauth_error(program.refresh_tokens(tokens["refresh_token"]), "invalid_grant")
    assert client.http.post(f"{KEYS}/revoke", json={"keyId": grant}).status_code == 200


def test_an_app_is_limited_like_a_key_and_never_becomes_one(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.connect(page)
    grant = {"keyId": list_app_keys(client, program)[0]["id"]}
    tighter = client.http.patch(KEYS, json=grant | {"spendPolicy": {"dailyLimitUsd": "1"}})
    assert tighter.json()["spendPolicy"]["dailyLimitUsd"] == "1.00"
    assert_problem(client.http.post(f"{KEYS}/rotate", json=grant), 409, "app_connected")
    for change in ({"scopes": ["admin"]}, {"expiresAt": "2099-01-01T00:00:00Z"}):
        assert_problem(client.http.patch(KEYS, json=grant | change), 409, "app_connected")
    look_up = list_app_keys(client, program)[0]["keyPrefix"]
    ended = client.http.post(f"{KEYS}/revoke", json={"keyPrefix": look_up})
    assert ended.json()["id"] == grant["keyId"]


def test_token_requests_are_forms_that_say_each_thing_once(program: App) -> None:
    program.register()
    http = program.http
    assert_oauth_error(
        http.post("/oauth/token", json={"grant_type": "refresh_token"}), "invalid_request"
    )
    twice = b"grant_type=refresh_token&client_id=a&client_id=b"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert_oauth_error(http.post("/oauth/token", content=twice, headers=form), "invalid_request")
    assert_oauth_error(
        http.post("/oauth/token", content=b"client_id=%00", headers=form), "invalid_request"
    )
    assert_oauth_error(http.post("/oauth/token", content=b"a=%ff", headers=form), "invalid_request")
    assert_oauth_error(program.request_tokens(grant_type="password"), "unsupported_grant_type")
    assert_oauth_error(program.refresh_tokens(""), "invalid_request")
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
        open_app(first) as here,
        open_app(second) as there,
    ):
        here.register()
        there.client_id, there.verifier = here.client_id, here.verifier
        code = allow_app(page, there.build_query())["code"]
        tokens = here.exchange_code(code).json()
        newer = there.refresh_tokens(tokens["refresh_token"], resource=None)
        assert newer.status_code == 200, newer.text
        grant = list_app_keys(owner, here)[0]["id"]
        assert owner.http.post(f"{KEYS}/revoke", json={"keyId": grant}).status_code == 200
        assert_oauth_error(there.refresh_tokens(newer.json()["refresh_token"]), "invalid_grant")
        assert first.list_findings() == []
