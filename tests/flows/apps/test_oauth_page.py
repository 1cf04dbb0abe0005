"""Connecting an app: registered, sent to a page, allowed or denied by a person who can see whom."""

import html
from pathlib import Path

import httpx2
import pytest

from tests.flows.oauth_apps import (
    REDIRECT,
    App,
    allow_app,
    answer_consent,
    assert_oauth_error,
    list_app_keys,
    read_form_fields,
    read_redirect,
)
from tests.flows.oauth_apps import client as client
from tests.flows.oauth_apps import page as page
from tests.flows.oauth_apps import program as program
from tests.gateway import Client, Gateway, assert_problem, serve_gateway


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
    query = program.build_query(**sent)
    answer = read_redirect(page.get("/oauth/authorize", params=query))
    assert (answer["error"], answer["state"], answer["iss"]) == (
        error,
        "st&te=1",
        program.gateway.base,
    )


def test_a_person_who_denies_gives_nothing(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.register()
    answer = read_redirect(answer_consent(page, program.build_query(), "deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", "st&te=1")
    assert answer["iss"] == program.gateway.base
    assert list_app_keys(client, program) == []


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
        program.build_query(redirect_uri=redirect),
        program.build_query(redirect_uri=redirect, response_type="token"),
        program.build_query(client_id="client_01J8ZQ4V8Y6T3N5R7W9XABCDEF"),
        program.build_query(client_id="http://127.0.0.1/app.json"),
        program.build_query(client_id="https://10.0.0.1/app.json"),
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
    assert_oauth_error(program.register(redirect_uris=[uri]), "invalid_redirect_uri")


@pytest.mark.parametrize(
    "said", [{"redirect_uris": []}, {"redirect_uris": [REDIRECT] * 11}, {"redirect_uris": "x"}]
)
def test_an_app_describes_itself_or_is_refused(program: App, said: dict[str, object]) -> None:
    assert_oauth_error(program.register(**said), "invalid_client_metadata")
    assert_oauth_error(
        program.http.post("/oauth/register", content=b"{"), "invalid_client_metadata"
    )


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
    program.redirect_uri = uri
    program.register(client_name="<b>Cla\u202eude</b>")
    shown = page.get("/oauth/authorize", params=program.build_query())
    policy = shown.headers["content-security-policy"]
    assert f"form-action 'self' {source};" in policy
    assert shown.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in shown.headers
    for word in (words, "&lt;b&gt;Cla ude&lt;/b&gt;", "calls itself", "Play money only"):
        assert word in shown.text
    for never in ("studio:approve", "admin", "autofocus"):
        assert never not in shown.text
    code = allow_app(page, program.build_query())["code"]
    assert program.exchange_code(code).status_code == 200


def test_a_program_on_ones_own_computer_picks_its_port(program: App, page: httpx2.Client) -> None:
    program.register()
    program.redirect_uri = REDIRECT.replace("45454", "51515")
    assert program.exchange_code(allow_app(page, program.build_query())["code"]).status_code == 200


def test_nothing_is_given_by_looking_or_by_another_site(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.register()
    tricked = program.build_query() | {
        "decision": "allow",
        "scope.media": "on",
        "dailyLimitUsd": "99",
    }
    shown = page.get("/oauth/authorize", params=tricked)
    assert (shown.status_code, 'value="10"' in shown.text) == (200, True)
    foreign = page.post("/oauth/authorize", data=tricked, headers={"Sec-Fetch-Site": "cross-site"})
    assert (foreign.status_code, "did not come from a page" in foreign.text) == (403, True)
    twice = page.get("/oauth/authorize", params=[*program.build_query().items(), ("state", "x")])
    assert twice.status_code == 422
    assert list_app_keys(client, program) == []


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
    again = answer_consent(page, program.build_query(), "allow", readOnly="on", **choices)
    assert (again.status_code, words in again.text) == (422, True)
    assert 'name="readOnly" checked' in again.text
    assert html.escape(program.build_query()["state"]) in again.text


def test_who_is_not_signed_in_signs_in_and_comes_back(
    program: App, gateway: Gateway, page: httpx2.Client
) -> None:
    program.register()
    with gateway.client(**{"Sec-Fetch-Site": "same-origin"}) as nobody:
        door = nobody.get("/oauth/authorize", params=program.build_query())
        assert door.status_code == 303
        assert door.headers["location"].startswith("/login?returnPath=%2Foauth%2Fauthorize%3F")
        sign_in = nobody.get(door.headers["location"])
        path = html.unescape(sign_in.text.split('name="returnPath" value="')[1].split('"')[0])
        decided = nobody.post(
            "/oauth/authorize", data=program.build_query() | {"decision": "allow"}
        )
        assert decided.status_code == 401
        assert 'name="client_id"' in decided.text  # the form, to be sent after a sign-in beside it
    assert "A test app" in page.get(path).text


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


def test_an_address_registers_twenty_apps_an_hour(program: App) -> None:
    made = 0
    while (answer := program.register()).status_code == 201:
        made += 1
        assert made <= 40, "more than the 20 of two hours, should one end here"
    assert (answer.status_code, made >= 20) == (429, True)
    assert int(answer.headers["retry-after"]) <= 3600
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_gateway_without_oauth_promises_none(data_dir: Path) -> None:
    with serve_gateway(data_dir, KT_OAUTH_ENABLED="false") as closed, closed.client() as http:
        for path in (
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-protected-resource/mcp",
            "/oauth/authorize",
            "/oauth/register",
            "/oauth/token",
        ):
            assert_problem(http.get(path), 404, "not_found")
        refused = http.post("/mcp", json={})
        assert refused.status_code == 401
        assert "resource_metadata" not in refused.headers["www-authenticate"]


def test_a_button_that_is_pressed_twice_connects_once(
    program: App, page: httpx2.Client, client: Client
) -> None:
    program.register()
    query = program.build_query()
    form = read_form_fields(page.get("/oauth/authorize", params=query).text) | {"decision": "allow"}
    first, second = [page.post("/oauth/authorize", data=form) for _ in "ab"]
    assert read_redirect(first)["code"] != (code := read_redirect(second)["code"])
    assert len(list_app_keys(client, program)) == 1
    assert program.exchange_code(code).status_code == 200
    later = page.post("/oauth/authorize", data=form)
    assert (later.status_code, "answered before" in later.text) == (409, True)
    assert read_form_fields(later.text)["idempotencyKey"] != form["idempotencyKey"]
    assert len(list_app_keys(client, program)) == 1
