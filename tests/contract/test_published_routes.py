"""Each route that the published llms.txt names is where it says, and asks for what it says."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2
import pytest

from tests.gateway import Client, Gateway

PUBLISHED = tomllib.loads(Path(__file__).with_name("published_routes.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRoute:
    """One line of `published_routes.toml`."""

    path: str
    bare: str
    method: str = "GET"
    auth: Literal["none", "key", "page", "session"] = "none"
    admitted: str = ""
    query: tuple[str, ...] = ()
    deprecated: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


ROUTES = [PublishedRoute(**each) for each in PUBLISHED["routes"]]
DOCUMENTS = [PublishedRoute(**each) for each in PUBLISHED["documents"]]


@pytest.fixture(scope="module")
def caller(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


@contextmanager
def admitted_to(route: PublishedRoute, gateway: Gateway, caller: Client) -> Iterator[httpx2.Client]:
    """Yield a client that has what the route asks for."""
    if route.auth == "key":
        yield caller.http
    elif route.auth == "none":
        with gateway.client() as stranger:
            yield stranger
    else:
        with gateway.browser(caller.account_id) as browser:
            yield browser


def summary_of(answer: httpx2.Response) -> str:
    """Return status and problem code of a refusal, else status and media type."""
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    refused = media_type == "application/problem+json"
    return f"{answer.status_code} {answer.json()['code'] if refused else media_type}".strip()


def test_the_list_holds_every_published_route() -> None:
    assert (len(ROUTES), len(DOCUMENTS)) == (63, 8)
    assert len({str(each) for each in ROUTES + DOCUMENTS}) == 63 + 8


@pytest.mark.promise("discovery: published-routes")
@pytest.mark.parametrize("route", ROUTES + DOCUMENTS, ids=str)
def test_a_published_route_is_still_there(
    gateway: Gateway, caller: Client, route: PublishedRoute
) -> None:
    with gateway.client() as stranger:
        bare = stranger.request(route.method, route.path)
    assert summary_of(bare) == route.bare
    assert ("deprecation" in bare.headers) == route.deprecated
    with admitted_to(route, gateway, caller) as http:
        answer = http.request(route.method, route.path)
    assert summary_of(answer) == (route.admitted or route.bare)


@pytest.mark.parametrize("route", [each for each in ROUTES if each.query], ids=str)
def test_a_published_query_field_is_still_known(
    gateway: Gateway, caller: Client, route: PublishedRoute
) -> None:
    with admitted_to(route, gateway, caller) as http:
        answer = http.request(route.method, route.path, params=dict.fromkeys(route.query, "x"))
    assert answer.status_code in {302, 404, 422}  # `x` is nobody's id and no affiliate's code
    assert "not a known field" not in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/skills/killatamata", "/api-docs/", "/openapi.json/", "/keys/"])
def test_a_slash_too_many_or_too_few_leads_to_the_route(
    gateway: Gateway, path: str, method: str
) -> None:
    other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    with gateway.client() as http:
        answer = http.request(method, f"{path}?a=b%20c")
        assert (answer.status_code, answer.headers["location"]) == (308, f"{other}?a=b%20c")
        assert answer.headers["access-control-allow-origin"] == "*"
        for elsewhere in ("/skills/other", "/skills/killatamata//", "/api/v1/balance/"):
            assert http.request(method, elsewhere).status_code == 404
        assert http.post(path).status_code == 405
