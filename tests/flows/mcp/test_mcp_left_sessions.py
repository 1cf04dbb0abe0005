"""Sessions whose client went without ending them, as Gemini CLI does at each run."""

import time

import httpx2
import pytest

from tests.gateway import Client, Gateway
from tests.mcp_clients import INITIALIZE_REQUEST

PER_KEY, WAIT_SECONDS = 20, 10
NO_OPENINGS = (b"junk", b"[" * 5_000, b"{}", b'"initialize"', b'{"method": "ping"}')
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


def open_session(http: httpx2.Client) -> str:
    """Open a session; wait until the gateway has noticed that one was left, if all are taken."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (answer := http.post("/mcp", json=INITIALIZE_REQUEST, headers=ACCEPT)).status_code == 429:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    assert answer.status_code == 200, answer.text
    return answer.headers["mcp-session-id"]


def send_ping(http: httpx2.Client, session_id: str) -> int:
    """Send a ping in a session; return the status."""
    headers = ACCEPT | {"mcp-session-id": session_id}
    return http.post("/mcp", json=PING, headers=headers).status_code


def leave_session(http: httpx2.Client, session_id: str) -> None:
    """Open the event stream of a session and close the connection without ending the session."""
    headers = ACCEPT | {"mcp-session-id": session_id}
    with http.stream("GET", "/mcp", headers=headers) as listening:
        assert listening.status_code == 200


@pytest.mark.promise("mcp: left-sessions")
def test_a_session_that_nobody_listens_to_any_more_makes_room(
    gateway: Gateway, client: Client
) -> None:
    with gateway.client(client.key) as http:
        used, *left = [open_session(http) for _ in range(PER_KEY)]
        for session_id in left:
            leave_session(http, session_id)
        opened = [open_session(http) for _ in left]
        assert [send_ping(http, each) for each in left] == [404] * len(left)
        assert {send_ping(http, each) for each in (used, *opened)} == {200}
        full = http.post("/mcp", json=INITIALIZE_REQUEST, headers=ACCEPT)
        assert full.json()["error"]["data"]["code"] == "concurrency_limited"


@pytest.mark.promise("mcp: left-sessions")
def test_what_begins_no_session_takes_the_place_of_none(gateway: Gateway, client: Client) -> None:
    with gateway.client(client.key) as http:
        held = [open_session(http) for _ in range(PER_KEY)]
        leave_session(http, held[0])
        for _ in range(10):  # sooner or later the gateway has noticed it
            assert http.get("/mcp", headers=ACCEPT).status_code >= 400
            for body in NO_OPENINGS:
                headers = ACCEPT | {"Content-Type": "application/json"}
                assert http.post("/mcp", content=body, headers=headers).status_code >= 400
        assert {send_ping(http, each) for each in held} == {200}
