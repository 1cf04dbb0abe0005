"""Threads, the studio's settings and its snapshot, as a client uses them."""

from typing import Any

from tests.gateway import Client

THREADS_PATH = "/api/v1/studio/threads"


def create_thread(client: Client, project_id: str, **fields: str) -> str:
    """Create a thread and return its id."""
    answer = client.http.post(THREADS_PATH, json={"projectId": project_id, **fields})
    assert answer.status_code == 201, answer.text
    thread_id: str = answer.json()["threadId"]
    return thread_id


def get_thread_detail(client: Client, thread_id: str, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    """Read a thread with its messages."""
    answer = client.http.get(f"{THREADS_PATH}/detail", params={"threadId": thread_id, **query})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def change_settings(client: Client, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Change settings of the studio."""
    answer = client.http.patch("/api/v1/studio/settings", json=changes)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def get_snapshot(client: Client, **query: str) -> dict[str, Any]:
    """Read the snapshot of the studio."""
    answer = client.http.get("/api/v1/studio/snapshot", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
