"""Clips at the OpenAI door: submitted, read, fetched, made again, continued and deleted."""

import io
import os
import shutil
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from gateway.media.tasks.base import Family
from gateway.media.videos.rerun import choose_settings
from tests.doors.openai.calls import assert_refused
from tests.flows.conftest import postgres_url as postgres_url
from tests.gateway import Client, Gateway, draw_picture, picture_data_uri, serve_gateway
from tests.storage.conftest import s3_url as s3_url

VIDEOS = "/v1/videos"
PICTURE = ("fox.png", draw_picture(256, 256), "image/png")


def ask_clip(**fields: object) -> dict[str, Any]:
    """Return the fields of the smallest clip: 9 frames of 256 by 256 pixels."""
    return {"prompt": "a fox runs", "size": "256x256", "seconds": "0.4", **fields}


def to_job_id(video: dict[str, Any]) -> str:
    return str(video["id"]).replace("video_", "job_")


def make_clip(client: Client, **fields: object) -> dict[str, Any]:
    """Make a clip; return it once it is completed."""
    answer = client.http.post(VIDEOS, json=ask_clip(**fields))
    assert answer.status_code == 200, answer.text
    client.wait_for_job(to_job_id(answer.json()))
    video: dict[str, Any] = client.http.get(f"{VIDEOS}/{answer.json()['id']}").json()
    return video


def test_a_clip_is_submitted_polled_and_fetched(client: Client) -> None:
    answer = client.http.post(VIDEOS, json=ask_clip(model="killatamata-video", seed=7))
    made = answer.json()
    assert (made["object"], made["prompt"], made["seconds"]) == ("video", "a fox runs", "0.333333")
    assert made["killatamata"]["seed"] == 7
    assert made["status"] in {"queued", "in_progress"}
    assert answer.headers["x-killatamata-price-usd"] == made["killatamata"]["price_usd"]
    assert 2_000 <= int(answer.headers["openai-poll-after-ms"]) <= 5_000
    client.wait_for_job(to_job_id(made))
    read = client.http.get(f"{VIDEOS}/{made['id']}")
    video = read.json()
    assert (video["status"], video["progress"], video["size"]) == ("completed", 100, "256x256")
    assert video["completed_at"] >= video["created_at"]
    assert video["expires_at"] - video["completed_at"] == 48 * 3600
    assert "openai-poll-after-ms" not in read.headers
    content = f"{VIDEOS}/{made['id']}/content"
    whole = client.http.get(content)
    assert (whole.content[4:8], whole.headers["content-type"]) == (b"ftyp", "video/mp4")
    part = client.http.get(content, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    head = client.http.head(content)
    assert head.headers["content-length"] == str(len(whole.content))
    poster = client.http.get(content, params={"variant": "thumbnail"})
    with Image.open(io.BytesIO(poster.content)) as picture:
        assert picture.size == (256, 256)
    sheet = client.http.get(content, params={"variant": "spritesheet"})
    assert sheet.headers["content-type"] == "image/jpeg"
    wrong = client.http.get(content, params={"variant": "gif"})
    assert assert_refused(wrong, 400, "invalid_input")["param"] == "variant"


def test_a_first_frame_comes_as_a_file_or_a_data_uri(client: Client) -> None:
    uri = picture_data_uri()
    fields = ask_clip(seed=7)
    asked = [
        client.http.post(VIDEOS, data=fields, files={"input_reference": PICTURE}),
        client.http.post(VIDEOS, json=fields | {"input_reference": {"image_url": uri}}),
        client.http.post(
            VIDEOS, data=fields | {"input_reference[image_url]": uri}, files={"none": ("", b"")}
        ),
    ]
    assert [answer.status_code for answer in asked] == [200] * 3, [each.text for each in asked]
    native = client.run_job(
        "video.generate",
        {
            "prompt": "a fox runs", "width": 256, "height": 256, "durationSeconds": 0.4, "seed": 7,
            "startFrameImage": uri,
        },
    )  # fmt: skip
    for answer in asked:
        job = client.wait_for_job(to_job_id(answer.json()))
        assert job["effectiveInput"] == native["effectiveInput"]
        assert job["billing"]["chargedUsd"] == native["billing"]["chargedUsd"]


def test_the_list_goes_by_pages_in_both_orders(client: Client) -> None:
    ids = [
        client.http.post(VIDEOS, json=ask_clip(prompt=f"clip {number}")).json()["id"]
        for number in range(3)
    ]
    client.submit("image.generate", {"prompt": "no clip"})
    page = client.http.get(VIDEOS, params={"limit": 2}).json()
    assert [each["id"] for each in page["data"]] == [ids[2], ids[1]]
    shown = {name: page[name] for name in ("object", "first_id", "last_id", "has_more")}
    assert shown == {
        "object": "list", "first_id": ids[2], "last_id": ids[1], "has_more": True
    }  # fmt: skip
    rest = client.http.get(VIDEOS, params={"after": ids[1]}).json()
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == ([ids[0]], False)
    oldest = client.http.get(VIDEOS, params={"order": "asc", "after": ids[0]}).json()
    assert [each["prompt"] for each in oldest["data"]] == ["clip 1", "clip 2"]
    wrong = client.http.get(VIDEOS, params={"after": "job_1"})
    assert assert_refused(wrong, 400, "invalid_input")["param"] == "after"


@pytest.mark.promise("openai: remix")
def test_a_remix_keeps_seed_settings_and_first_frame(client: Client) -> None:
    video = make_clip(
        client, seed=7, fps=30, input_reference={"image_url": picture_data_uri(shade=200)}
    )
    answer = client.http.post(f"{VIDEOS}/{video['id']}/remix", json={"prompt": "an owl flies"})
    remixed = answer.json()
    assert answer.status_code == 200, answer.text
    assert (remixed["remixed_from_video_id"], remixed["prompt"]) == (video["id"], "an owl flies")
    first, second = (client.wait_for_job(to_job_id(each)) for each in (video, remixed))
    assert second["effectiveInput"] == first["effectiveInput"] | {"prompt": "an owl flies"}
    assert second["billing"]["chargedUsd"] == first["billing"]["chargedUsd"]
    assert (second["parent"]["jobId"], second["parent"]["relation"]) == (first["jobId"], "remix")
    wrong = client.http.post(f"{VIDEOS}/{video['id']}/remix", json={"prompt": "x", "seconds": "2"})
    assert "keeps it" in assert_refused(wrong, 400, "unknown_parameter")["hint"]


def test_an_extension_takes_a_clip_by_its_id_or_as_a_file(client: Client) -> None:
    video = make_clip(client)
    named = client.http.post(
        f"{VIDEOS}/extensions",
        data={"prompt": "it stops", "seconds": "0.4", "video[id]": video["id"]},
        files={"video": ("video", b"")},  # as the official client sends it, for want of a file
    )
    data = client.http.get(f"{VIDEOS}/{video['id']}/content").content
    sent = client.http.post(
        f"{VIDEOS}/extensions",
        data={"prompt": "it stops", "seconds": "0.4"},
        files={"video": ("fox.mp4", data, "video/mp4")},
    )
    for answer in (named, sent):
        assert answer.status_code == 200, answer.text
        longer = client.wait_for_job(to_job_id(answer.json()))
        (output,) = longer["outputs"]
        assert output["frames"] == longer["effectiveInput"]["outputFrames"] > 9
    shown = client.http.get(f"{VIDEOS}/{named.json()['id']}").json()
    assert float(shown["seconds"]) > float(video["seconds"])
    none = client.http.post(f"{VIDEOS}/extensions", json={"prompt": "it stops"})
    assert assert_refused(none, 400, "invalid_input")["param"] == "video"


@pytest.mark.promise("openai: deleted-clip")
def test_a_remix_sends_again_what_its_model_takes() -> None:
    effective: dict[str, object] = {
        "prompt": "a fox", "width": 256, "durationFrames": 9, "seed": 7, "cameraMotion": "static"
    }  # fmt: skip
    bare = Family(bound=frozenset({"prompt"}))
    assert choose_settings("video.generate", effective, bare) == {"cameraMotion": "static"}
    whole = choose_settings("video.generate", effective, None)
    assert whole == {name: value for name, value in effective.items() if name != "prompt"}


def test_a_large_body_of_json_is_refused(http: httpx2.Client) -> None:
    answer = http.post(VIDEOS, json=ask_clip(prompt="a" * (15 * 2**20)))
    assert_refused(answer, 413, "payload_too_large")


def test_a_name_s_defaults_hold_for_clips_remixes_and_extensions(client: Client) -> None:
    dear = {"model": "thrifty-clips", "prompt": "an owl"}
    video = make_clip(client, model="thrifty-clips", max_price_usd="1", seed=7)
    assert client.get_job(to_job_id(video), includeDetails=1)["effectiveInput"]["fps"] == 30
    for path, fields in (
        ("", ask_clip()),
        ("/extensions", {"video": {"id": video["id"]}, "seconds": 0.4}),
        (f"/{video['id']}/remix", {}),
    ):
        answer = client.http.post(f"{VIDEOS}{path}", json=fields | dear)
        assert_refused(answer, 402, "price_exceeds_max")
        allowed = client.http.post(
            f"{VIDEOS}{path}", json=fields | dear, headers={"x-max-price-usd": "1"}
        )
        assert allowed.status_code == 200, allowed.text


def test_a_key_gets_the_same_remix_after_its_media_are_gone(
    client: Client, gateway: Gateway
) -> None:
    video = make_clip(client, input_reference={"image_url": picture_data_uri()})
    path, key = f"{VIDEOS}/{video['id']}/remix", {"Idempotency-Key": "one"}
    first = client.http.post(path, json={"prompt": "an owl"}, headers=key).json()["id"]
    for folder in list(gateway.data_dir.rglob("input_*")):
        shutil.rmtree(folder)
    gone = client.http.post(path, json={"prompt": "an owl"})
    assert_refused(gone, 400, "media_not_found")
    again = client.http.post(path, json={"prompt": "an owl"}, headers=key)
    assert (again.json()["id"], again.headers["idempotency-replayed"]) == (first, "true")
    other = client.http.post(path, json={"prompt": "a crow"}, headers=key)
    assert_refused(other, 409, "idempotency_conflict")


@pytest.mark.promise("openai: remix")
def test_a_remix_of_a_clip_from_frames_needs_their_clip_no_more(client: Client) -> None:
    first = to_job_id(make_clip(client))
    size = {"prompt": "a fox", "width": 256, "height": 256}
    frame = {"startFrameImageUrl": f"job://{first}/0/frames/-1", "durationFrames": 9}
    made = client.run_job("video.generate", size | frame)
    gone = {"outputs": [{"jobId": first, "outputIndex": 0}]}
    assert client.http.post("/api/v1/media/outputs/delete", json=gone).status_code == 200
    video = made["jobId"].replace("job_", "video_")
    remixed = client.http.post(f"{VIDEOS}/{video}/remix", json={"prompt": "an owl"})
    assert remixed.status_code == 200, remixed.text
    again = client.wait_for_job(to_job_id(remixed.json()))
    assert again["status"] == "succeeded", again["error"]
    assert again["effectiveInput"]["startFrameImage"]["source"] == "inline"


def test_deleting_cancels_drops_and_leaves_out(client: Client) -> None:
    done = make_clip(client)
    kept = make_clip(client, prompt="a heron")
    asset = client.http.post("/api/v1/studio/assets/keep", json={"jobId": to_job_id(kept)}).json()
    before = client.get_balance()
    running = client.http.post(VIDEOS, json=ask_clip(prompt="a fox [sandbox:slow=60]")).json()
    not_ready = client.http.get(f"{VIDEOS}/{running['id']}/content")
    assert_refused(not_ready, 404, "not_found")
    for video in (done, kept, running):
        answer = client.http.delete(f"{VIDEOS}/{video['id']}")
        assert answer.json() == {"id": video["id"], "object": "video.deleted", "deleted": True}
        for gone in (f"{VIDEOS}/{video['id']}", f"{VIDEOS}/{video['id']}/content"):
            assert_refused(client.http.get(gone), 404, "not_found")
        again = client.http.delete(f"{VIDEOS}/{video['id']}")
        assert again.json() == answer.json()
    assert client.http.get(VIDEOS).json()["data"] == []
    assert client.get_job(to_job_id(running))["status"] == "canceled"
    assert client.get_balance()["availableUsd"] == before["availableUsd"]
    (output,) = client.get_job(to_job_id(done))["outputs"]
    assert output["state"] == "deleted"
    assert client.http.get(asset["downloadUrl"]).content[4:8] == b"ftyp"
    (output,) = client.get_job(to_job_id(kept))["outputs"]
    assert output["assetId"] == asset["assetId"]


def test_a_failed_clip_says_why_and_costs_nothing(client: Client) -> None:
    video = make_clip(client, prompt="a fox [sandbox:reject]")
    assert (video["status"], video["error"]["code"]) == ("failed", "engine_failed")
    assert "Nothing was charged" in video["error"]["message"]
    assert client.get_balance()["availableUsd"] == "5.00"
    assert_refused(client.http.get(f"{VIDEOS}/{video['id']}/content"), 404, "not_found")


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"characters": []}, "unknown_parameter", "characters"),
        ({"seconds": "long"}, "invalid_input", "seconds"),
        ({"seconds": "60"}, "invalid_input", "seconds"),
        ({"size": "64x64"}, "invalid_input", "size"),
        ({"fps": 12}, "invalid_input", "fps"),
        ({"input_reference": {"file_id": "f"}}, "invalid_input", "input_reference"),
        ({"input_reference": {"image_url": "http://x/"}}, "source_unreachable", "input_reference"),
        ({"model": "killatamata-image"}, "invalid_input", "model"),
        ({"model": "sora-9"}, "model_not_found", "model"),
        ({"max_price_usd": "0.001"}, "price_exceeds_max", None),
    ],
)
def test_a_wrong_field_is_refused_before_the_price(
    client: Client, fields: dict[str, object], code: str, param: str | None
) -> None:
    answer = client.http.post(VIDEOS, json=ask_clip(**fields))
    statuses = {"model_not_found": 404, "price_exceeds_max": 402}
    assert assert_refused(answer, statuses.get(code, 400), code)["param"] == param
    assert client.get_balance()["heldMicrousd"] == 0


def test_what_is_not_offered_says_so(http: httpx2.Client) -> None:
    for path in ("edits", "characters"):
        form = {"video": ("fox.mp4", b"1")}
        answer = http.post(f"{VIDEOS}/{path}", data={"prompt": "x"}, files=form)
        assert_refused(answer, 400, "unsupported_operation")
    assert_refused(http.get(f"{VIDEOS}/characters/c1"), 400, "unsupported_operation")
    assert_refused(http.get(f"{VIDEOS}/video_{'0' * 26}"), 404, "not_found")


def test_a_marked_retry_gets_the_clip_of_the_first_request(client: Client) -> None:
    first = client.http.post(VIDEOS, json=ask_clip()).json()
    marked = {"x-stainless-retry-count": "1"}
    again = client.http.post(VIDEOS, json=ask_clip(), headers=marked)
    assert again.json()["id"] == first["id"]
    other = client.http.post(VIDEOS, json=ask_clip())
    assert other.json()["id"] != first["id"]
    keyed = [
        client.http.post(VIDEOS, json=ask_clip(), headers={"Idempotency-Key": "one"}).json()["id"]
        for _ in range(2)
    ]
    assert keyed[0] == keyed[1]
    assert len(client.http.get(VIDEOS).json()["data"]) == 3


@pytest.mark.slow
def test_a_clip_in_a_bucket_is_fetched_there(s3_url: str, tmp_path: Path) -> None:
    secrets = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    with (
        serve_gateway(tmp_path / "data", KT_STORAGE_URL=s3_url, **secrets) as gateway,
        gateway.account() as client,
    ):
        video = make_clip(client, input_reference={"image_url": picture_data_uri()})
        content = client.http.get(f"{VIDEOS}/{video['id']}/content")
        assert content.status_code == 307
        fetched = httpx2.get(content.headers["location"], trust_env=False)
        assert fetched.content[4:8] == b"ftyp"
        remixed = client.http.post(f"{VIDEOS}/{video['id']}/remix", json={"prompt": "an owl"})
        assert remixed.status_code == 200, remixed.text


@pytest.mark.slow
def test_lists_remixes_and_deletes_are_alike_on_postgresql(
    postgres_url: str, tmp_path: Path
) -> None:
    with serve_gateway(tmp_path / "data", KT_DATABASE_URL=postgres_url) as gateway:
        for check in (
            test_the_list_goes_by_pages_in_both_orders,
            test_a_remix_keeps_seed_settings_and_first_frame,
            test_deleting_cancels_drops_and_leaves_out,
        ):
            with gateway.account() as client:
                check(client)
