"""The bridge of the desktop bundle where things go wrong: addresses, lines, sessions.

`KT_TEST_SLOW=1 ./test tests/slow -k desktop` needs npm; without it, it is skipped.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agent_skill.desktop import BRIDGE
from tests.installing import NODE, install_from_npm
from tests.processes import BASE_ENVIRONMENT
from tests.slow.test_desktop_bundle import FOLDER, PACKAGES

pytestmark = pytest.mark.slow
SECONDS = 60
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25"},
}


class ForgetfulServer(ThreadingHTTPServer):
    """An MCP server that forgets its first session as soon as two calls have come in it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ForgetfulHandler)
        self.sessions: list[str] = []
        self.both = threading.Barrier(2, timeout=SECONDS)
        self.listening = {"s1": threading.Event(), "s2": threading.Event()}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class ForgetfulHandler(BaseHTTPRequestHandler):
    server: ForgetfulServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        session, more = self.headers.get("mcp-session-id"), {}
        if message["method"] == "initialize":
            self.server.sessions.append(f"s{len(self.server.sessions) + 1}")
            more = {"mcp-session-id": self.server.sessions[-1]}
        elif "id" not in message:
            self.answer(202, b"")
            return
        elif session == "s1":
            self.server.both.wait()
            self.answer(404, b"{}")
            return
        result = {
            "protocolVersion": "2025-11-25",
            "in": session,
            "authorization": self.headers["authorization"],
        }
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        self.answer(200, json.dumps(answer).encode(), **more)

    def do_GET(self) -> None:
        self.server.listening[self.headers["mcp-session-id"]].set()
        self.answer(405, b"")

    def do_DELETE(self) -> None:
        self.answer(200, b"")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def node() -> str:
    install_from_npm(FOLDER, PACKAGES)
    return str(FOLDER / NODE)


@pytest.fixture
def server() -> Iterator[ForgetfulServer]:
    with ForgetfulServer() as one:
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        yield one
        one.shutdown()
        thread.join(SECONDS)


def ask(node: str, lines: list[str], **environment: str) -> list[dict[str, Any]]:
    """Write lines to the bridge; return what it answered before it ended in peace."""
    with subprocess.Popen(
        [node, str(BRIDGE)],
        env=BASE_ENVIRONMENT | {"KT_API_KEY": "kt_test_key"} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as bridge:
        assert bridge.stdin is not None
        assert bridge.stdout is not None
        answers: list[dict[str, Any]] = []
        for line in lines:
            bridge.stdin.write(f"{line}\n")
        bridge.stdin.flush()
        while len(answers) < len([line for line in lines if '"notifications/' not in line]):
            answers.append(json.loads(bridge.stdout.readline()))
        _, said = bridge.communicate(timeout=SECONDS)
    assert (bridge.returncode, said) == (0, "")
    return answers


@pytest.mark.promise("mcp: desktop")
@pytest.mark.parametrize(
    ("entered", "problem"),
    [
        ({"KT_API_BASE": "http://example.com"}, "not https, so no key is sent there"),
        ({"KT_API_BASE": "ftp://127.0.0.1"}, "not https, so no key is sent there"),
        ({"KT_API_BASE": "example"}, "is not a URL"),
        ({"KT_API_BASE": "${user_config.gateway}"}, "is missing"),
        ({}, "is missing"),
    ],
)
def test_a_key_goes_only_to_an_address_by_https(
    node: str, entered: dict[str, str], problem: str
) -> None:
    broken, refused = ask(node, ["{", json.dumps(INITIALIZE)], **entered)
    assert (broken["id"], broken["error"]["code"]) == (None, -32700)
    assert problem in refused["error"]["message"]


@pytest.mark.promise("mcp: desktop")
@pytest.mark.parametrize(
    "entered",
    [
        {"KT_API_KEY": "kt_test_SECRET\nx"},
        {"KT_API_KEY": "kt_test_SECRET…"},
        {"KT_API_BASE": "https://user:SECRET@127.0.0.1:1"},
        {"KT_API_BASE": "http://user:SECRET@example.com"},
        {"KT_API_BASE": "kt_test_SECRET"},
    ],
)
def test_no_answer_quotes_a_key_or_a_password(node: str, entered: dict[str, str]) -> None:
    (refused,) = ask(
        node, [json.dumps(INITIALIZE)], **{"KT_API_BASE": "https://127.0.0.1:1"} | entered
    )
    assert "in the settings of the extension" in refused["error"]["message"]
    assert "SECRET" not in json.dumps(refused)


@pytest.mark.promise("mcp: desktop")
def test_a_key_is_sent_without_the_line_end_of_its_file(node: str, server: ForgetfulServer) -> None:
    key = "kt_test_key\r\n"
    (opened,) = ask(node, [json.dumps(INITIALIZE)], KT_API_KEY=key, KT_API_BASE=server.base)
    assert opened["result"]["authorization"] == "Bearer kt_test_key"


@pytest.mark.promise("mcp: desktop")
def test_two_calls_in_a_session_that_is_lost_share_a_new_one(
    node: str, server: ForgetfulServer
) -> None:
    calls = [{"jsonrpc": "2.0", "id": number, "method": "tools/list"} for number in (1, 2)]
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    lines = [json.dumps(each) for each in (INITIALIZE, ready, *calls)]
    opened, *answers = ask(node, lines, KT_API_BASE=server.base)
    assert opened["id"] == 0
    assert sorted((each["id"], each["result"]["in"]) for each in answers) == [(1, "s2"), (2, "s2")]
    assert server.sessions == ["s1", "s2"]
    assert all(heard.wait(SECONDS) for heard in server.listening.values())
