"""Files to upload, and a project to put them in."""

import io
from pathlib import Path
from typing import Any

import httpx2

from tests.gateway import Client
from tests.media.made_media import make_picture, write_film, write_song


def make_png(width: int = 96, height: int = 64, **text: str) -> bytes:
    stream = io.BytesIO()
    make_picture(width, height).save(stream, "PNG")
    return stream.getvalue()


def make_mp4(folder: Path, **more: Any) -> bytes:  # noqa: ANN401 - the film's own
    return write_film(folder / "film.mp4", **more).read_bytes()


def make_wav(folder: Path, seconds: float = 2.0) -> bytes:
    return write_song(
        folder / "song.wav", form="wav", codec="pcm_s16le", seconds=seconds
    ).read_bytes()


def create_project(client: Client, name: str = "Fox") -> str:
    """Make a project and return its id."""
    answer = client.http.post("/api/v1/studio/projects", json={"name": name})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["projectId"]
    return made


def upload_file(
    client: Client,
    project_id: str,
    filename: str,
    data: Any,  # noqa: ANN401 - whatever httpx sends
    key: str | None = None,
) -> httpx2.Response:
    """Upload a file."""
    return client.http.post(
        "/api/v1/studio/assets/upload",
        params={"projectId": project_id, "filename": filename},
        content=data,
        headers={} if key is None else {"X-Idempotency-Key": key},
    )


def upload_asset(client: Client, project_id: str, filename: str, data: Any) -> dict[str, Any]:  # noqa: ANN401 - see above
    """Upload a file and return the new asset."""
    answer = upload_file(client, project_id, filename, data)
    assert answer.status_code == 201, answer.text
    asset: dict[str, Any] = answer.json()
    return asset


def list_assets(client: Client, project_id: str, **query: str | int) -> list[dict[str, Any]]:
    """Return the assets of a project."""
    params = {"projectId": project_id, **query}
    answer = client.http.get("/api/v1/studio/projects/assets", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found
