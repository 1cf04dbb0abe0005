"""Assets: uploaded, listed, downloaded, used by jobs and kept from them."""

import hashlib
import io
from pathlib import Path

from PIL import Image

from tests.gateway import Client, Gateway, picture, problem
from tests.library.files import listed, mp4, png, project, upload, uploaded, wav

TEXT = "# The hatch\n\nA fox waits.\n"


def test_a_picture_becomes_an_asset_that_can_be_downloaded(
    gateway: Gateway, client: Client
) -> None:
    home, given = project(client), png()
    asset = uploaded(client, home, "fox.png", given)
    assert (asset["kind"], asset["name"], asset["filename"]) == ("image", "fox", "fox.png")
    assert (asset["width"], asset["height"], asset["mimeType"]) == (96, 64, "image/png")
    assert asset["sourceSha256"] == hashlib.sha256(given).hexdigest()
    assert asset["source"]["type"] == "upload"
    with gateway.client() as anyone:
        got = anyone.get(asset["downloadUrl"])
    assert (got.status_code, len(got.content)) == (200, asset["bytes"])
    assert hashlib.sha256(got.content).hexdigest() == asset["sha256"]
    before, after = (Image.open(io.BytesIO(each)) for each in (given, got.content))
    assert before.tobytes() == after.tobytes()
    assert [each["assetId"] for each in listed(client, home)] == [asset["assetId"]]


def test_film_song_and_text_are_known_by_their_bytes(client: Client, tmp_path: Path) -> None:
    home = project(client)
    clip = uploaded(client, home, "clip.bin", mp4(tmp_path, sound="aac"))
    assert (clip["kind"], clip["frames"], clip["fps"], clip["hasAudio"]) == ("video", 25, 25, True)
    song = uploaded(client, home, "song", wav(tmp_path))
    assert (song["kind"], song["durationSeconds"]) == ("audio", 2)
    text = uploaded(client, home, "notes.md", TEXT.encode())
    assert (text["kind"], text["mimeType"], text["version"]) == ("text", "text/markdown", 1)
    assert {each["kind"] for each in listed(client, home)} == {"video", "audio", "text"}
    assert [each["kind"] for each in listed(client, home, kind="audio")] == ["audio"]


def test_an_asset_is_a_source_of_jobs(client: Client, tmp_path: Path) -> None:
    asset = uploaded(client, project(client), "fox.png", png(256, 256))
    source = f"asset://{asset['assetId']}"
    given = {"prompt": "at night", "imageUrl": source}
    edited = client.made("image.edit", given)
    assert edited["status"] == "succeeded"
    assert edited["effectiveInput"]["images"][0]["source"] == source
    clip = {"prompt": "it runs", "durationFrames": 9, "width": 256, "height": 256}
    made = client.made("video.generate", clip | {"startFrameImageUrl": source})
    assert made["status"] == "succeeded"


def test_a_job_of_a_project_leaves_its_output_there(client: Client) -> None:
    home = project(client)
    job = client.made("image.generate", picture(), projectId=home)
    (asset,) = listed(client, home)
    assert job["outputs"][0]["assetId"] == asset["assetId"]
    assert asset["source"] == {
        "type": "job", "jobId": job["jobId"], "outputIndex": 0, "planId": None,
    }  # fmt: skip
    assert asset["sha256"] == job["outputs"][0]["sha256"]
    assert client.http.get(asset["downloadUrl"]).status_code == 200


def test_an_output_is_kept_once(client: Client) -> None:
    home = project(client)
    job = client.made("image.generate", picture())
    assert job["outputs"][0]["assetId"] is None
    body = {"projectId": home, "jobId": job["jobId"], "name": "The fox", "tags": ["fox"]}
    first = client.http.post("/api/v1/studio/assets/keep", json=body)
    assert (first.status_code, first.json()["name"]) == (201, "The fox"), first.text
    again = client.http.post("/api/v1/studio/assets/keep", json=body)
    assert (again.status_code, again.json()["deduplicated"]) == (200, True)
    assert again.json()["assetId"] == first.json()["assetId"]
    assert client.job(job["jobId"])["outputs"][0]["assetId"] == first.json()["assetId"]


def test_the_same_bytes_again_are_the_same_asset(client: Client) -> None:
    home, given = project(client), png()
    first = uploaded(client, home, "fox.png", given)
    again = upload(client, home, "other.png", given)
    assert (again.status_code, again.json()["deduplicated"]) == (200, True)
    assert again.json()["assetId"] == first["assetId"]
    assert uploaded(client, project(client), "fox.png", given)["assetId"] != first["assetId"]


def test_a_retry_with_the_same_key_gets_the_same_answer(client: Client) -> None:
    home, given = project(client), png()
    first = upload(client, home, "fox.png", given, key="one")
    again = upload(client, home, "fox.png", given, key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = upload(client, home, "fox.png", png(128, 64), key="one")
    problem(other, 409, "idempotency_conflict")
    assert len(listed(client, home)) == 1
