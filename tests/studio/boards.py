"""Documents as a client creates, saves and reads them."""

from typing import Any

import httpx2

from tests.gateway import Client

TEXT_PATH = "/api/v1/studio/assets/text"
STORYBOARDS_PATH = "/api/v1/studio/assets/storyboards"
FILMS_PATH = "/api/v1/studio/films"
VERSIONS_PATH = "/api/v1/studio/assets/versions"
DOCUMENT: dict[str, Any] = {
    "title": "The hatch",
    "characters": [{"id": "fox", "name": "Fox"}],
    "scenes": [
        {
            "id": "s1",
            "heading": "INT. AIRLOCK - NIGHT",
            "shots": [
                {"id": "s1a", "characters": ["fox"], "action": "A fox leans on a hatch."},
                {"id": "s1b", "prompt": "It opens.", "continuity": {"fromShotId": "s1a"}},
            ],
        }
    ],
}


def read_made(answer: httpx2.Response, status: int = 201) -> dict[str, Any]:
    """Check that an answer has this status and the ETag of its body; return the body."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    if "etag" in body and "idempotency-replayed" not in answer.headers:
        assert answer.headers["etag"] == body["etag"]
    return body


def create_text(client: Client, project_id: str, content: str = "one") -> dict[str, Any]:
    """Create a text document."""
    body = {"projectId": project_id, "name": "Notes", "content": content}
    return read_made(client.http.post(TEXT_PATH, json=body))


def create_board(client: Client, project_id: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Create a storyboard."""
    body = {"projectId": project_id, "name": "Hatch", "document": DOCUMENT} | fields
    return read_made(client.http.post(STORYBOARDS_PATH, json=body))


def create_film(client: Client, asset_id: str) -> str:
    """Create the film of a storyboard; return the path of its board."""
    answer = client.http.post(FILMS_PATH, json={"storyboardAssetId": asset_id})
    assert answer.status_code in {200, 201}, answer.text
    return f"/films/{answer.json()['filmId']}"


def save_document(
    client: Client,
    path: str,
    etag: str | None,
    **body: Any,  # noqa: ANN401
) -> httpx2.Response:
    """Save a document over the version with this ETag."""
    headers = {} if etag is None else {"If-Match": etag}
    return client.http.patch(f"{path}/document", json=body, headers=headers)


def read_document(client: Client, path: str, asset_id: str, **query: int) -> dict[str, Any]:
    """Read a document."""
    params: dict[str, str | int] = {"assetId": asset_id, **query}
    return read_made(client.http.get(f"{path}/document", params=params), 200)
