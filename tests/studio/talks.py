"""Threads to talk in, and how to look at the studio."""

from typing import Any

from tests.gateway import Client

THREADS = "/api/v1/studio/threads"


def thread(client: Client, project_id: str, **more: str) -> str:
    """Make a thread and return its id."""
    answer = client.http.post(THREADS, json={"projectId": project_id, **more})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["threadId"]
    return made


def detail(client: Client, thread_id: str, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    """Read a thread."""
    answer = client.http.get(f"{THREADS}/detail", params={"threadId": thread_id, **query})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def settings(client: Client, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    """Change the settings."""
    answer = client.http.patch("/api/v1/studio/settings", json=given)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def snapshot(client: Client, **query: str) -> dict[str, Any]:
    """Look at everything."""
    answer = client.http.get("/api/v1/studio/snapshot", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
