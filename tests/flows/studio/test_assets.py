"""Assets: uploaded, listed, downloaded, used by jobs and kept from them."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.gateway import Client, Gateway, assert_problem, picture_input
from tests.library.files import (
    create_project,
    list_assets,
    make_mp4,
    make_png,
    make_wav,
    upload_asset,
    upload_file,
)

TEXT = "# The hatch\n\nA fox waits.\n"


def test_a_picture_becomes_an_asset_that_can_be_downloaded(
    gateway: Gateway, client: Client
) -> None:
    home, given = create_project(client), make_png()
    asset = upload_asset(client, home, "fox.png", given)
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
    assert [each["assetId"] for each in list_assets(client, home)] == [asset["assetId"]]
    one = client.http.get(
        "/api/v1/studio/assets/metadata", params={"assetId": asset["assetId"]}
    ).json()
    assert (one["sha256"], one["projectId"]) == (asset["sha256"], home)


def test_film_song_and_text_are_known_by_their_bytes(client: Client, tmp_path: Path) -> None:
    home = create_project(client)
    clip = upload_asset(client, home, "clip.bin", make_mp4(tmp_path, sound="aac"))
    assert (clip["kind"], clip["frames"], clip["fps"], clip["hasAudio"]) == ("video", 25, 25, True)
    song = upload_asset(client, home, "song", make_wav(tmp_path))
    assert (song["kind"], song["durationSeconds"]) == ("audio", 2)
    text = upload_asset(client, home, "notes.md", TEXT.encode())
    assert (text["kind"], text["mimeType"], text["version"]) == ("text", "text/markdown", 1)
    assert {each["kind"] for each in list_assets(client, home)} == {"video", "audio", "text"}
    assert [each["kind"] for each in list_assets(client, home, kind="audio")] == ["audio"]


@pytest.mark.promise("studio: asset-inputs")
def test_an_asset_is_a_source_of_jobs(client: Client, tmp_path: Path) -> None:
    asset = upload_asset(client, create_project(client), "fox.png", make_png(256, 256))
    source = f"asset://{asset['assetId']}"
    given = {"prompt": "at night", "imageUrl": source}
    edited = client.run_job("image.edit", given)
    assert edited["status"] == "succeeded"
    assert edited["effectiveInput"]["images"][0]["source"] == source
    clip = {"prompt": "it runs", "durationFrames": 9, "width": 256, "height": 256}
    made = client.run_job("video.generate", clip | {"startFrameImageUrl": source})
    assert made["status"] == "succeeded"


def test_a_job_of_a_project_leaves_its_output_there(client: Client) -> None:
    home = create_project(client)
    job = client.run_job("image.generate", picture_input(), projectId=home)
    (asset,) = list_assets(client, home)
    assert job["outputs"][0]["assetId"] == asset["assetId"]
    assert asset["source"] == {
        "type": "job", "jobId": job["jobId"], "outputIndex": 0, "planId": None,
    }  # fmt: skip
    assert asset["sha256"] == job["outputs"][0]["sha256"]
    assert client.http.get(asset["downloadUrl"]).status_code == 200


def test_an_output_is_kept_once(client: Client) -> None:
    home = create_project(client)
    job = client.run_job("image.generate", picture_input())
    assert job["outputs"][0]["assetId"] is None
    body = {"projectId": home, "jobId": job["jobId"], "name": "The fox", "tags": ["fox"]}
    first = client.http.post("/api/v1/studio/assets/keep", json=body)
    assert (first.status_code, first.json()["name"]) == (201, "The fox"), first.text
    again = client.http.post("/api/v1/studio/assets/keep", json=body)
    assert (again.status_code, again.json()["deduplicated"]) == (200, True)
    assert again.json()["assetId"] == first.json()["assetId"]
    assert client.get_job(job["jobId"])["outputs"][0]["assetId"] == first.json()["assetId"]


def test_several_outputs_are_kept_in_one_call_without_a_project(client: Client) -> None:
    job = client.run_job("image.generate", {**picture_input(), "count": 2})
    wanted = {"outputs": [{"jobId": job["jobId"], "outputIndex": index} for index in (1, 0)]}
    path, key = "/api/v1/studio/assets/keep", {"X-Idempotency-Key": "both"}
    first = client.http.post(path, json=wanted, headers=key)
    assert first.status_code == 201, first.text
    kept = first.json()
    assert [each["source"]["outputIndex"] for each in kept["data"]] == [1, 0]
    assert (kept["notKept"], len({each["projectId"] for each in kept["data"]})) == ([], 1)
    again = client.http.post(path, json=wanted, headers=key)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    known = client.http.post(path, json=wanted)
    assert (known.status_code, known.json()["data"][0]["deduplicated"]) == (200, True)
    unknown = {"outputs": [*wanted["outputs"], {"jobId": job["jobId"], "outputIndex": 7}]}
    assert_problem(client.http.post(path, json=unknown), 404, "not_found")
    assert_problem(client.http.post(path, json={**wanted, "name": "Fox"}), 422, "invalid_input")


def test_outputs_without_room_are_named_and_the_others_kept(client: Client) -> None:
    kept, deleted = (client.run_job("image.generate", picture_input()) for _ in range(2))
    places = [{"jobId": each["jobId"], "outputIndex": 0} for each in (deleted, kept)]
    client.http.post("/api/v1/media/outputs/delete", json={"outputs": places[:1]})
    path = "/api/v1/studio/assets/keep"
    answer = client.http.post(path, json={"outputs": places})
    assert answer.status_code == 201, answer.text
    assert [each["source"]["jobId"] for each in answer.json()["data"]] == [kept["jobId"]]
    (left,) = answer.json()["notKept"]
    assert (left["jobId"], left["code"]) == (deleted["jobId"], "output_deleted")
    assert_problem(client.http.post(path, json={"outputs": places[:1]}), 410, "output_deleted")


def test_the_same_bytes_again_are_the_same_asset(client: Client) -> None:
    home, given = create_project(client), make_png()
    first = upload_asset(client, home, "fox.png", given)
    again = upload_file(client, home, "other.png", given)
    assert (again.status_code, again.json()["deduplicated"]) == (200, True)
    assert again.json()["assetId"] == first["assetId"]
    assert (
        upload_asset(client, create_project(client), "fox.png", given)["assetId"]
        != first["assetId"]
    )


def test_a_retry_with_the_same_key_gets_the_same_answer(client: Client) -> None:
    home, given = create_project(client), make_png()
    first = upload_file(client, home, "fox.png", given, key="one")
    again = upload_file(client, home, "fox.png", given, key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = upload_file(client, home, "fox.png", make_png(128, 64), key="one")
    assert_problem(other, 409, "idempotency_conflict")
    assert len(list_assets(client, home)) == 1


def test_a_preview_is_one_small_picture(client: Client, tmp_path: Path) -> None:
    home = create_project(client)
    film = upload_asset(client, home, "film.mp4", make_mp4(tmp_path, frames=50, size=(640, 480)))
    large = upload_asset(client, home, "fox.png", make_png(1600, 1200))
    text = upload_asset(client, home, "n.md", TEXT.encode())
    job = client.run_job("image.generate", picture_input())["jobId"]
    for ref, frames, size in (
        (f"asset://{large['assetId']}", 1, (512, 384)),
        (f"asset://{film['assetId']}", 1, (512, 384)),
        (f"asset://{film['assetId']}", 4, (512, 384)),
        (f"asset://{film['assetId']}", 2, (512, 192)),
        (f"job://{job}/0", 1, (256, 256)),
    ):
        query: dict[str, str | int] = {"ref": ref, "frames": frames}
        first, again = (client.http.get("/api/v1/studio/preview", params=query) for _ in range(2))
        assert (first.status_code, first.headers["content-type"]) == (200, "image/jpeg")
        assert first.content == again.content
        assert len(first.content) <= 150_000
        assert Image.open(io.BytesIO(first.content)).size == size
    told = client.http.get("/api/v1/studio/preview", params={"ref": f"asset://{text['assetId']}"})
    assert_problem(told, 415, "unsupported_media")


def test_the_moments_of_a_preview_differ(client: Client, tmp_path: Path) -> None:
    film = upload_asset(client, create_project(client), "f.mp4", make_mp4(tmp_path, frames=25))
    query: dict[str, str | int] = {"ref": f"asset://{film['assetId']}", "frames": 4}
    answer = client.http.get("/api/v1/studio/preview", params=query)
    sheet = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"))
    height, width = sheet.shape
    shades = [sheet[y * height // 4, x * width // 4] for y in (1, 3) for x in (1, 3)]
    assert shades == sorted(shades)
    assert len(set(shades)) == 4


def test_a_project_is_made_once_described_and_archived(client: Client) -> None:
    body = {"name": "Fox", "description": "in space"}
    first, again = (
        client.http.post("/api/v1/studio/projects", json=body, headers={"X-Idempotency-Key": "p"})
        for _ in range(2)
    )
    assert first.content == again.content
    home = first.json()["projectId"]
    asset = upload_asset(client, home, "fox.png", make_png())
    client.run_job("image.generate", picture_input(), projectId=home)
    change = {"projectId": home, "name": "The fox", "coverAssetId": asset["assetId"]}
    answer = client.http.patch("/api/v1/studio/projects/update", json=change)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["name"], shown["description"]) == ("The fox", "in space")
    assert (shown["coverAssetId"], shown["counts"]) == (
        asset["assetId"],
        {"threads": 0, "assets": 2},
    )
    assert (shown["spentUsd"], shown["spentMicrousd"]) == ("0.02", 20_000)
    text = upload_asset(client, home, "n.txt", b"text")["assetId"]
    bad = {"projectId": home, "coverAssetId": text}
    told = client.http.patch("/api/v1/studio/projects/update", json=bad)
    assert assert_problem(told, 422, "invalid_input")["field"] == "coverAssetId"
    client.http.patch("/api/v1/studio/projects/update", json={"projectId": home, "archived": True})
    assert_problem(upload_file(client, home, "m.txt", b"more"), 409, "project_archived")


def test_assets_are_found_by_tag_and_page(client: Client) -> None:
    home, other = create_project(client), create_project(client)
    ids = [upload_asset(client, home, f"{n}.txt", b"%d" % n)["assetId"] for n in range(3)]
    for asset_id, tags in zip(ids, (["Fox", "night"], ["fox"], []), strict=True):
        body = {"assetId": asset_id, "tags": tags, "rating": 4, "notes": "seen", "name": "n"}
        changed = client.http.patch("/api/v1/studio/assets/metadata", json=body).json()
        assert (changed["tags"], changed["rating"], changed["notes"]) == (tags, 4, "seen")
    assert [each["assetId"] for each in list_assets(client, home, tag="Fox")] == ids[:1]
    page = client.http.get(
        "/api/v1/studio/projects/assets", params={"projectId": home, "limit": 2}
    ).json()
    assert [each["assetId"] for each in page["data"]] == ids[:0:-1]
    rest = list_assets(client, home, limit=2, cursor=page["nextCursor"])
    assert [each["assetId"] for each in rest] == ids[:1]
    moved = {"assetId": ids[0], "projectId": other, "archived": True}
    client.http.patch("/api/v1/studio/assets/metadata", json=moved)
    assert list_assets(client, other) == []
    assert [each["assetId"] for each in list_assets(client, other, archived=1)] == ids[:1]


def test_a_text_is_no_source_of_a_job(client: Client) -> None:
    text = upload_asset(client, create_project(client), "n.md", TEXT.encode())
    given = {"prompt": "at night", "imageUrl": f"asset://{text['assetId']}"}
    assert_problem(client.submit("image.edit", given), 415, "unsupported_media")
    given["imageUrl"] = "asset://ast_" + "0" * 26
    assert_problem(client.submit("image.edit", given), 422, "media_not_found")
