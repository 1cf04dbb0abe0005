"""Threads, the studio's settings and its snapshot, as a client uses them."""

from typing import Any

from tests.gateway import Client

THREADS = "/api/v1/studio/threads"


def thread(client: Client, project_id: str, **more: str) -> str:
    """Create a thread and return its id."""
    answer = client.http.post(THREADS, json={"projectId": project_id, **more})
    assert answer.status_code == 201, answer.text
    thread_id: str = answer.json()["threadId"]
    return thread_id


def detail(client: Client, thread_id: str, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    """Read a thread with its messages."""
    answer = client.http.get(f"{THREADS}/detail", params={"threadId": thread_id, **query})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def settings(client: Client, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    """Change settings of the studio."""
    answer = client.http.patch("/api/v1/studio/settings", json=given)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def snapshot(client: Client, **query: str) -> dict[str, Any]:
    """Read the snapshot of the studio."""
    answer = client.http.get("/api/v1/studio/snapshot", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
