"""MCP clients that run in a page: preflights, origins, and methods that there are not."""

import httpx2
import pytest

from tests.gateway import Client, Gateway
from tests.mcp_clients import INITIALIZE_REQUEST

INSPECTOR, FOREIGN = "http://localhost:6274", "https://evil.example"
SENT_HEADERS = (
    "authorization,content-type,mcp-protocol-version,mcp-session-id,mcp-method,mcp-param-seed"
)
STREAMED_ACCEPT = {"Accept": "application/json, text/event-stream"}


def send_preflight(http: httpx2.Client, origin: str, path: str = "/mcp") -> httpx2.Response:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": SENT_HEADERS,
    }
    return http.options(path, headers={"Origin": origin, **asked})


@pytest.mark.promise("mcp: browsers-welcome")
def test_a_page_of_this_machine_may_ask_and_read_the_answers(
    gateway: Gateway, client: Client
) -> None:
    with gateway.client() as http:
        answer = send_preflight(http, INSPECTOR)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == INSPECTOR
        assert {"GET", "POST", "DELETE"} == set(
            answer.headers["access-control-allow-methods"].split(", ")
        )
        allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
        assert set(SENT_HEADERS.split(",")) <= set(allowed)
        refused = http.post(
            "/mcp", json=INITIALIZE_REQUEST, headers={"Origin": INSPECTOR, **STREAMED_ACCEPT}
        )
    opened = client.http.post(
        "/mcp", json=INITIALIZE_REQUEST, headers={"Origin": INSPECTOR, **STREAMED_ACCEPT}
    )
    assert (refused.status_code, opened.status_code) == (401, 200)
    for answer, shown in ((refused, "WWW-Authenticate"), (opened, "Mcp-Session-Id")):
        assert answer.headers["access-control-allow-origin"] == INSPECTOR
        assert answer.headers["vary"] == "Origin"
        assert shown in answer.headers["access-control-expose-headers"].split(", ")
        assert shown in answer.headers


@pytest.mark.promise("mcp: browsers-welcome")
@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://localhost:6274.evil.example"])
def test_a_page_of_another_site_may_not(client: Client, origin: str) -> None:
    for path in ("/mcp", "/sse", "/messages/"):
        answers = [send_preflight(client.http, origin, path)]
        answers += [client.http.request(each, path, headers={"Origin": origin}) for each in METHODS]
        for answer in answers:
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
METHODS_BY_PATH = {"/mcp": ("GET", "POST", "DELETE"), "/sse": ("GET",), "/messages/": ("POST",)}


@pytest.mark.parametrize("path", METHODS_BY_PATH)
def test_a_method_that_there_is_not_is_refused_with_those_that_there_are(
    gateway: Gateway, client: Client, path: str
) -> None:
    allow = ", ".join([*METHODS_BY_PATH[path], "OPTIONS"])
    with gateway.client() as nobody:
        for http in (nobody, client.http):
            answer = http.options(path)
            assert (answer.status_code, answer.headers["allow"]) == (204, allow)
            for method in set(METHODS) - set(METHODS_BY_PATH[path]):
                answer = http.request(method, path)
                assert (answer.status_code, answer.headers["allow"]) == (405, allow), method


def test_a_gateway_of_several_processes_has_no_stream_and_no_session(
    two_gateways: list[Gateway],
) -> None:
    with two_gateways[0].account() as client:
        for method in ("GET", "DELETE"):
            answer = client.http.request(method, "/mcp")
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
