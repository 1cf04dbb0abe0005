"""An app that a person connects by OAuth, step by step, and the person's browser."""

import base64
import hashlib
import html
import itertools
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest

from tests.gateway import Client, Gateway

KEYS = "/api/v1/keys"
REDIRECT = "http://127.0.0.1:45454/callback"
INPUT_TAG = re.compile(r"<input ([^>]*)>")
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')
ADDRESS_NUMBERS = itertools.count(2)


@dataclass
class App:
    """An OAuth client with its own connection, its id and its PKCE verifier."""

    gateway: Gateway
    http: httpx2.Client
    client_id: str = ""
    redirect_uri: str = REDIRECT
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def register(self, **said: object) -> httpx2.Response:
        """Register the app, keep its id, and return the answer."""
        body = {"client_name": "A test app", "redirect_uris": [self.redirect_uri], **said}
        answer = self.http.post("/oauth/register", json=body)
        self.client_id = answer.json().get("client_id", "")
        return answer

    def build_query(self, **more: str | None) -> dict[str, str]:
        """Return the query with which it sends a browser to the authorization page."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        usual = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "st&te=1",
            "scope": "media studio account:read",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "resource": f"{self.gateway.base}/mcp",
        }
        return {name: value for name, value in (usual | more).items() if value is not None}

    def request_tokens(self, **given: str | None) -> httpx2.Response:
        """Request tokens and return the answer; a field given as None is left out."""
        usual = {"client_id": self.client_id, "resource": f"{self.gateway.base}/mcp"}
        body = {name: value for name, value in (usual | given).items() if value is not None}
        return self.http.post("/oauth/token", data=body)

    def exchange_code(self, code: str, **given: str | None) -> httpx2.Response:
        """Exchange a code for tokens."""
        usual = {"redirect_uri": self.redirect_uri, "code_verifier": self.verifier}
        return self.request_tokens(grant_type="authorization_code", code=code, **(usual | given))

    def refresh_tokens(self, token: str, **given: str | None) -> httpx2.Response:
        """Exchange a refresh token for new tokens."""
        return self.request_tokens(grant_type="refresh_token", refresh_token=token, **given)

    def connect(self, page: httpx2.Client, **choices: str | None) -> dict[str, Any]:
        """Register the app, let the person allow it, and return its tokens."""
        if not self.client_id:
            self.register()
        answer = self.exchange_code(allow_app(page, self.build_query(), **choices)["code"])
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


@contextmanager
def open_client_elsewhere(gateway: Gateway, **headers: str) -> Iterator[httpx2.Client]:
    """Yield a client with a local address of its own, because rate limits count addresses."""
    from_ = httpx2.HTTPTransport(local_address=f"127.0.11.{next(ADDRESS_NUMBERS)}")
    with httpx2.Client(
        base_url=gateway.base, transport=from_, headers=headers, timeout=60, trust_env=False
    ) as http:
        yield http


@contextmanager
def open_app(gateway: Gateway) -> Iterator[App]:
    """Yield an app with an address of its own."""
    with open_client_elsewhere(gateway) as http:
        yield App(gateway, http)


def read_form_fields(page: str) -> dict[str, str]:
    """Return the fields that a browser would send of the form on a page, unchanged."""
    form = {}
    for inside in INPUT_TAG.findall(page):
        tag = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(inside)}
        is_sent = tag.get("type") not in {"checkbox", "radio"} or "checked" in tag
        if is_sent:
            form[tag["name"]] = tag.get("value", "on")
    return form


def answer_consent(
    page: httpx2.Client, query: dict[str, str], decision: str, **choices: str | None
) -> httpx2.Response:
    """Open the authorization page and send its form; a choice of None is left unchecked."""
    shown = page.get("/oauth/authorize", params=query)
    assert shown.status_code == 200, shown.text
    body = {**read_form_fields(shown.text), **choices, "decision": decision}
    sent = {name: value for name, value in body.items() if value is not None}
    return page.post("/oauth/authorize", data=sent)


def read_redirect(answer: httpx2.Response, redirect: str = REDIRECT) -> dict[str, str]:
    """Return the query of a redirect to the app."""
    assert answer.status_code == 303, answer.text
    start, location = f"{redirect}{'&' if '?' in redirect else '?'}", answer.headers["location"]
    assert location.startswith(start), location
    return dict(parse_qsl(location.removeprefix(start)))


def allow_app(page: httpx2.Client, query: dict[str, str], **choices: str | None) -> dict[str, str]:
    """Allow an app as the person; return the query of the redirect to it."""
    answer = answer_consent(page, query, "allow", **choices)
    return read_redirect(answer, query["redirect_uri"])


@pytest.fixture(scope="module")
def client(gateway: Gateway) -> Iterator[Client]:
    """One person; each test has an app of its own."""
    with gateway.account() as account:
        yield account


@pytest.fixture(scope="module")
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with (
        gateway.browser(client.account_id) as http,
        open_client_elsewhere(gateway, **dict(http.headers)) as browser,
    ):
        yield browser


@pytest.fixture
def program(gateway: Gateway) -> Iterator[App]:
    with open_app(gateway) as one:
        yield one


def assert_oauth_error(answer: httpx2.Response, error: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"


def list_app_keys(client: Client, program: App) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = client.http.get(KEYS, params={"limit": 100}).json()["data"]
    return [key for key in data if (key["app"] or {}).get("clientId") == program.client_id]
