"""Connecting an app: registered, allowed by a person on a page, holding tokens, ended by either."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.flows.apps import REDIRECT, App, allowed, answered, app, told
from tests.gateway import Client, Gateway, problem, serving

KEYS = "/api/v1/keys"


@pytest.fixture(scope="module")
def client(gateway: Gateway) -> Iterator[Client]:
    """One person; each test has an app of its own."""
    with gateway.account() as account:
        yield account


@pytest.fixture(scope="module")
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


@pytest.fixture
def program(gateway: Gateway) -> Iterator[App]:
    with app(gateway) as one:
        yield one


def refused(answer: httpx2.Response, error: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"


def listed(client: Client, program: App) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = client.http.get(KEYS, params={"limit": 100}).json()["data"]
    return [key for key in data if (key["app"] or {}).get("clientId") == program.client_id]


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


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),
        ({"scope": "admin studio:approve"}, "invalid_scope"),
    ],
)
def test_an_app_that_asks_wrongly_hears_of_it(
    program: App, page: httpx2.Client, sent: dict[str, str | None], error: str
) -> None:
    program.register()
    query = program.query(**sent)
    answer = told(page.get("/oauth/authorize", params=query))
    assert (answer["error"], answer["state"], answer["iss"]) == (
        error,
        "st&te=1",
        program.gateway.base,
    )


def test_a_person_who_denies_gives_nothing(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.register()
    answer = told(answered(page, program.query(), "deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", "st&te=1")
    assert answer["iss"] == program.gateway.base
    assert listed(client, program) == []


@pytest.mark.promise("identity: oauth-no-open-redirect")
@pytest.mark.parametrize(
    "redirect",
    [
        "https://evil.example/callback",
        "javascript:alert(1)",
        "http://127.0.0.1:45454/callback/x",
        "http://127.0.0.1:45454/callback?a=b",
        "http://localhost:45454/callback",
        "https://127.0.0.1:45454/callback",
        "http://127.0.0.1:45454@evil.example/callback",
        "",
    ],
)
def test_a_browser_is_never_sent_where_the_app_has_not_registered(
    program: App, page: httpx2.Client, redirect: str
) -> None:
    program.register()
    for query in (
        program.query(redirect_uri=redirect),
        program.query(redirect_uri=redirect, response_type="token"),
        program.query(client_id="client_01J8ZQ4V8Y6T3N5R7W9XABCDEF"),
        program.query(client_id="http://127.0.0.1/app.json"),
        program.query(client_id="https://10.0.0.1/app.json"),
    ):
        for answer in (
            page.get("/oauth/authorize", params=query),
            page.post("/oauth/authorize", data=query | {"decision": "deny"}),
        ):
            assert (answer.status_code, "location" in answer.headers) == (400, False)
            assert "form-action 'self';" in answer.headers["content-security-policy"]
            assert "Unknown app" in answer.text


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript://x/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://example.com/callback",
        "http://127.0.0.1.example.com/callback",
        "https://*.example.com/",
        "https://example.com;script-src/",
        "https://user@example.com/",
        "https://example.com/#fragment",
        "https://example.com\\@evil.example/",
        "https:/example.com",
        "/callback",
        "about:blank",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_an_app_cannot_register_a_redirect_that_is_no_place_to_go(program: App, uri: str) -> None:
    refused(program.register(redirect_uris=[uri]), "invalid_redirect_uri")


@pytest.mark.parametrize(
    "said", [{"redirect_uris": []}, {"redirect_uris": [REDIRECT] * 11}, {"redirect_uris": "x"}]
)
def test_an_app_describes_itself_or_is_refused(program: App, said: dict[str, object]) -> None:
    refused(program.register(**said), "invalid_client_metadata")
    refused(program.http.post("/oauth/register", content=b"{"), "invalid_client_metadata")


@pytest.mark.parametrize(
    ("uri", "source", "words"),
    [
        ("https://app.example.com:8443/cb?x=1", "https://app.example.com:8443", "8443"),
        ("cursor://anysphere.cursor/oauth/cb", "cursor:", "cursor://anysphere.cursor/oauth/cb"),
        (REDIRECT, "http://127.0.0.1:45454", "your own computer"),
        ("http://[::1]:9/cb", "http:", "http://[::1]:9"),
    ],
)
def test_the_page_says_where_the_browser_goes_and_lets_the_form_go_only_there(
    program: App, page: httpx2.Client, uri: str, source: str, words: str
) -> None:
    program.redirect = uri
    program.register(client_name="<b>Cla\u202eude</b>")
    shown = page.get("/oauth/authorize", params=program.query())
    policy = shown.headers["content-security-policy"]
    assert f"form-action 'self' {source};" in policy
    assert shown.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in shown.headers
    for word in (words, "&lt;b&gt;Cla ude&lt;/b&gt;", "as it calls itself", "play money only"):
        assert word in shown.text
    for never in ("studio:approve", "admin", "autofocus"):
        assert never not in shown.text
    code = allowed(page, program.query())["code"]
    assert program.exchange(code).status_code == 200


def test_a_program_on_ones_own_computer_picks_its_port(program: App, page: httpx2.Client) -> None:
    program.register()
    program.redirect = REDIRECT.replace("45454", "51515")
    assert program.exchange(allowed(page, program.query())["code"]).status_code == 200


def test_nothing_is_given_by_looking_or_by_another_site(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.register()
    tricked = program.query() | {"decision": "allow", "scope.media": "on", "dailyLimitUsd": "99"}
    shown = page.get("/oauth/authorize", params=tricked)
    assert (shown.status_code, 'value="10"' in shown.text) == (200, True)
    foreign = page.post("/oauth/authorize", data=tricked, headers={"Sec-Fetch-Site": "cross-site"})
    assert (foreign.status_code, "No page of this site" in foreign.text) == (403, True)
    twice = page.get("/oauth/authorize", params=[*program.query().items(), ("state", "x")])
    assert twice.status_code == 422
    assert listed(client, program) == []


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"dailyLimitUsd": "lots"}, "in dollars"),
        ({"autoApproveUsd": ""}, "in dollars"),
        ({"scope.media": None, "scope.studio": None, "scope.account:read": None}, "at least one"),
        ({"toolset.media": None, "toolset.studio": None, "toolset.account": None}, "at least one"),
    ],
)
def test_a_form_that_is_filled_in_wrongly_is_shown_again(
    program: App, page: httpx2.Client, choices: dict[str, str | None], words: str
) -> None:
    program.register()
    again = answered(page, program.query(), "allow", readOnly="on", **choices)
    assert (again.status_code, words in again.text) == (422, True)
    assert 'name="readOnly" checked' in again.text
    assert html.escape(program.query()["state"]) in again.text


def test_who_is_not_signed_in_signs_in_and_comes_back(
    program: App, gateway: Gateway, page: httpx2.Client
) -> None:
    program.register()
    with gateway.client(**{"Sec-Fetch-Site": "same-origin"}) as nobody:
        door = nobody.get("/oauth/authorize", params=program.query())
        assert door.status_code == 303
        assert door.headers["location"].startswith("/login?returnPath=%2Foauth%2Fauthorize%3F")
        sign_in = nobody.get(door.headers["location"])
        path = html.unescape(sign_in.text.split('name="returnPath" value="')[1].split('"')[0])
        decided = nobody.post("/oauth/authorize", data=program.query() | {"decision": "allow"})
        assert decided.headers["location"].startswith("/login?returnPath=%2Foauth%2Fauthorize%3F")
    assert "A test app" in page.get(path).text


@pytest.mark.promise("identity: oauth-once")
def test_a_refresh_token_is_exchanged_and_a_lost_answer_can_be_asked_for_again(
    program: App, page: httpx2.Client
) -> None:
    first = program.connected(page)
    second = program.refresh(first["refresh_token"]).json()
    assert second["scope"] == first["scope"]
    assert second["refresh_token"] != first["refresh_token"]
    again = program.refresh(first["refresh_token"])
    assert again.status_code == 200
    assert program.refresh(second["refresh_token"]).status_code == 200
    with app(program.gateway) as other:
        other.register()
        refused(other.refresh(again.json()["refresh_token"]), "invalid_grant")
    refused(program.refresh(first["access_token"]), "invalid_grant")


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


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    ],
)
def test_any_page_may_read_how_to_connect(program: App, path: str) -> None:
    read = program.http.get(path)
    assert (read.status_code, read.headers["access-control-allow-origin"]) == (200, "*")
    assert read.headers["cache-control"] == "public, max-age=300"
    kept = program.http.get(path, headers={"If-None-Match": read.headers["etag"]})
    assert kept.status_code == 304
    assert program.http.options(path).headers["access-control-allow-origin"] == "*"
    document, base = read.json(), program.gateway.base
    if "issuer" in document:
        assert document["issuer"] == base
        assert document["token_endpoint_auth_methods_supported"] == ["none"]
        assert document["code_challenge_methods_supported"] == ["S256"]
        assert document["scopes_supported"] == ["media", "studio", "account:read", "billing"]
    else:
        assert (document["resource"], document["authorization_servers"]) == (f"{base}/mcp", [base])
        assert document["scopes_supported"] == ["media", "studio", "account:read"]


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


def test_an_address_registers_twenty_apps_an_hour(program: App) -> None:
    said = [program.register().status_code for _ in range(21)]
    assert said == [201] * 20 + [429]


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


def test_a_gateway_without_oauth_promises_none(data_dir: Path) -> None:
    with serving(data_dir, KT_OAUTH_ENABLED="false") as closed, closed.client() as http:
        for path in (
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-protected-resource/mcp",
            "/oauth/authorize",
            "/oauth/register",
            "/oauth/token",
        ):
            problem(http.get(path), 404, "not_found")
