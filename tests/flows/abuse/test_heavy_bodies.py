"""A body that is made to be slow is refused at once: one process serves everybody."""

import json

import pytest

from tests.gateway import Gateway, assert_problem, picture_input

START = "/api/v1/auth/email/start"
JOBS = "/api/v1/media/jobs"
TIMES, MOST_BUSY_SECONDS = 3, 1.5
UNKNOWN = {f"emai{number:x}": 1 for number in range(68_000)}
EMPTY = picture_input() | {"more": [[]] * 2_000_000}
LONG_PATHS = picture_input() | {"x" * 2_000_000: [0] * 50_000}


def test_a_call_of_a_tool_made_to_be_slow_is_refused_at_once(gateway: Gateway) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    body = call | {"params": {"name": "x", "arguments": {"x": [[]] * 1_300_000}}}
    content = json.dumps(body, separators=(",", ":")).encode()
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    with gateway.account() as account:
        account.http.post("/mcp", content=b"{}", headers=headers)  # the server opens itself
        before = gateway.busy_seconds()
        for _ in range(2 * TIMES):
            answer = account.http.post("/mcp", content=content, headers=headers)
            assert_problem(answer, 413, "payload_too_large")
        assert gateway.busy_seconds() - before < MOST_BUSY_SECONDS


@pytest.mark.promise("house: problems")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (START, UNKNOWN),
        (JOBS, {"task": "image.generate", "input": EMPTY}),
        (JOBS, {"task": "image.generate", "input": LONG_PATHS}),
    ],
    ids=["unknown fields", "empty lists", "long paths"],
)
def test_a_body_made_to_be_slow_is_refused_at_once(
    gateway: Gateway, path: str, body: dict[str, object]
) -> None:
    content = json.dumps(body, separators=(",", ":")).encode()
    headers = {"content-type": "application/json"}
    with gateway.account() as account:
        before = gateway.busy_seconds()
        for _ in range(TIMES):
            answer = account.http.post(path, content=content, headers=headers)
            assert_problem(answer, 422, "invalid_input")
        assert gateway.busy_seconds() - before < MOST_BUSY_SECONDS
