"""Messages to the agent: sending them, and waiting for the answers."""

import json
import time
from typing import Any

import httpx2

from tests.gateway import JOB_SECONDS, Client

AGENT_PATH = "/api/v1/studio/agent"


def prepare_message(
    client: Client,
    thread_id: str,
    content: str = "Hello",
    **fields: Any,  # noqa: ANN401
) -> httpx2.Response:
    """Quote a message."""
    body = {"threadId": thread_id, "content": content, **fields}
    return client.http.post(f"{AGENT_PATH}/messages/prepare", json=body)


def send_message(client: Client, fields: dict[str, Any], key: str | None = None) -> httpx2.Response:
    """Send a message or a quote, with an idempotency key if one is given."""
    headers = {} if key is None else {"X-Idempotency-Key": key}
    return client.http.post(f"{AGENT_PATH}/messages", json=fields, headers=headers)


def send_text(client: Client, thread_id: str, content: str = "Hello", **fields: Any) -> str:  # noqa: ANN401
    """Send a message and return the id of its request."""
    answer = send_message(client, {"threadId": thread_id, "content": content, **fields})
    assert answer.status_code == 202, answer.text
    request_id: str = answer.json()["requestId"]
    return request_id


def get_request(client: Client, request_id: str, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    """Read a request."""
    params = {"requestId": request_id, **query}
    answer = client.http.get(f"{AGENT_PATH}/requests", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def wait_for_request(client: Client, request_id: str) -> dict[str, Any]:
    """Wait until a request has ended, and return it."""
    deadline = time.monotonic() + JOB_SECONDS
    while (body := get_request(client, request_id, waitSeconds=5))["status"] in {
        "queued",
        "running",
    }:
        assert time.monotonic() < deadline, f"{request_id} is {body['status']} for ever"
    return body


def ask_agent(
    client: Client,
    thread_id: str,
    content: str = "Hello",
    **fields: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Send a message, wait for its end, and return its request."""
    return wait_for_request(client, send_text(client, thread_id, content, **fields))


def cancel_request(client: Client, request_id: str) -> httpx2.Response:
    """Cancel a request."""
    return client.http.post(f"{AGENT_PATH}/requests/cancel", json={"requestId": request_id})


def read_events(
    client: Client, request_id: str, last_event_id: str | None = None
) -> list[tuple[str, int, Any]]:
    """Follow a request to its end; return kind, number and data of each event."""
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    params = {"requestId": request_id}
    answer = client.http.get(f"{AGENT_PATH}/requests/events", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    read = []
    for part in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith(":"))
        if "event" in lines:
            read.append((lines["event"], int(lines["id"]), json.loads(lines["data"])))
    return read
