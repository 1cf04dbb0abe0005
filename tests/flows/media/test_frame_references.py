"""A frame of a clip is an input by reference: `job://JOB/0/frames/-1` is its last frame."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from gateway import operator
from gateway.migrations.metadata import METADATA
from killatamata import Client as SdkClient
from tests.flows.plan_calls import plan_step, prepare_plan, request_plan
from tests.gateway import Client, Gateway, assert_problem, quote_item, serve_gateway
from tests.library.files import create_project, upload_asset
from tests.storage.conftest import s3_url as s3_url
from tests.workers.reel import read_strips, write_numbered_film

SMALL: dict[str, Any] = {"prompt": "a fox", "width": 256, "height": 256, "seed": 7}
OUTPUTS = "/api/v1/media/outputs"


def fetch_output(client: Client, job: dict[str, Any], folder: Path) -> Path:
    """Fetch the one file of a job that has to have succeeded."""
    assert job["status"] == "succeeded", job["error"]
    (url,) = job["downloadableOutputUrls"]
    path = folder / str(job["jobId"])
    path.write_bytes(client.http.get(url).content)
    return path


def request_price(client: Client, **task_input: str) -> httpx2.Response:
    """Ask for the price of a small clip with more input."""
    return client.quote(quote_item("video.generate", SMALL | {"durationFrames": 9} | task_input))


def count_used_bytes(client: Client) -> int:
    """Return the bytes that the account has stored."""
    answer = client.http.get("/api/v1/studio/snapshot")
    stored: int = answer.json()["quota"]["bytes"]
    return stored


@pytest.mark.promise("jobs: frames-by-reference")
def test_a_clip_goes_on_from_the_last_frames_of_another_by_name(
    client: Client, tmp_path: Path
) -> None:
    first = client.run_job("video.generate", SMALL | {"durationFrames": 25})
    names = [f"job://{first['jobId']}/0/frames/{number}" for number in range(-9, 0)]
    order = SMALL | {"durationFrames": 33, "overlapFrameImageUrls": names}
    balance = client.get_balance()["balanceMicrousd"]
    second = client.run_job("video.generate", order)
    assert read_strips(fetch_output(client, second, tmp_path)) == list(range(16, 49))
    shown = second["effectiveInput"]["overlapFrameImages"]
    assert [each["source"] for each in shown] == names
    price = second["billing"]["priceMicrousd"]
    assert client.get_balance()["balanceMicrousd"] == balance - price


@pytest.mark.promise("jobs: frames-by-reference")
def test_a_frame_by_name_is_stored_once_for_the_sdk_too(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    film = write_numbered_film(tmp_path / "clip.mp4", range(40), width=256, height=256)
    asset = upload_asset(client, create_project(client), "clip.mp4", film.read_bytes())
    used = [count_used_bytes(client)]
    with SdkClient(client.key, base_url=gateway.base) as sdk:
        for number in (0, 39, -1, -40):
            url = f"asset://{asset['assetId']}/frames/{number}"
            sdk.quote("image.upscale", image_url=url, scale=2)
            used.append(count_used_bytes(client))
    assert used[0] < used[1] < used[2] == used[3] == used[4]


@pytest.mark.promise("jobs: frames-by-reference")
def test_a_frame_that_does_not_exist_is_refused_by_its_field(
    gateway: Gateway, client: Client
) -> None:
    clip = client.run_job("video.generate", SMALL | {"durationFrames": 9})
    picture = client.run_job("image.generate", {"prompt": "a", "width": 256, "height": 256})
    own, still = f"job://{clip['jobId']}/0", f"job://{picture['jobId']}/0"
    name = "input.startFrameImageUrl"
    with gateway.account() as other:
        foreign = request_price(other, startFrameImageUrl=f"{own}/frames/0")
        unknown = request_price(other, startFrameImageUrl=f"job://job_{'0' * 26}/0/frames/0")
    told = [assert_problem(each, 422, "media_not_found") for each in (foreign, unknown)]
    assert len({(each["detail"], each["hint"], each["field"]) for each in told}) == 1
    for number in (9, -10):
        url = f"{own}/frames/{number}"
        refused = assert_problem(
            request_price(client, startFrameImageUrl=url), 422, "invalid_input"
        )
        assert refused["field"].endswith(name)
        assert refused["detail"] == f"There is no frame {number}: the video has 9 frames."
        assert refused["hint"] == "Give 0 to 8, or -1 for the last frame to -9 for the first."
    wrong_kind = request_price(client, startFrameImageUrl=f"{still}/frames/0")
    assert assert_problem(wrong_kind, 415, "unsupported_media")["field"].endswith(name)
    for url in (f"{own}/frames", f"{own}/frames/last", f"job://{clip['jobId']}/frames/0"):
        odd = assert_problem(request_price(client, startFrameImageUrl=url), 422, "invalid_input")
        assert "job://JOB_ID/0/frames/-1" in odd["hint"]
    extended = quote_item("video.extend", {"prompt": "on", "videoUrl": f"{own}/frames/0"})
    assert_problem(client.quote(extended), 415, "unsupported_media")
    open_job = client.submit(
        "image.generate", {"prompt": "[sandbox:slow=60]", "width": 256, "height": 256}
    ).json()
    early = request_price(client, startFrameImageUrl=f"job://{open_job['jobId']}/0/frames/0")
    assert assert_problem(early, 409, "source_not_ready")["retryable"] is True
    client.cancel_job(open_job["jobId"])
    deleted = client.http.post(
        f"{OUTPUTS}/delete", json={"outputs": [{"jobId": clip["jobId"], "outputIndex": 0}]}
    )
    assert deleted.status_code == 200, deleted.text
    gone = request_price(client, startFrameImageUrl=f"{own}/frames/0")
    assert_problem(gone, 422, "media_not_found")


def test_a_plan_takes_frames_of_what_exists_and_none_of_its_own_steps(client: Client) -> None:
    clip = client.run_job("video.generate", SMALL | {"durationFrames": 9})
    first = plan_step("video.generate", SMALL | {"durationFrames": 9}, key="one")
    url = f"job://{clip['jobId']}/0/frames/-1"
    plan = prepare_plan(client, plan_step("image.upscale", {"imageUrl": url, "scale": 2}))
    assert url in str(plan["steps"][0]["input"])
    of_step = plan_step("image.upscale", {"imageUrl": "step://one/0/frames/-1"})
    refused = assert_problem(request_plan(client, first, of_step), 422, "invalid_input")
    assert "video.extend" in refused["hint"]


def test_frames_of_one_clip_are_cut_once_for_all_that_name_them(client: Client) -> None:
    clip = client.run_job("video.generate", SMALL | {"durationFrames": 33})
    names = [f"job://{clip['jobId']}/0/frames/{number}" for number in range(-25, 0)]
    order = SMALL | {"durationFrames": 33, "overlapFrameImageUrls": names}
    quoted = client.quote(*[quote_item("video.generate", order)] * 100)
    assert quoted.status_code == 200, quoted.text
    assert len(quoted.json()["items"]) == 100


def test_frames_of_too_many_videos_or_too_many_of_one_are_refused(client: Client) -> None:
    def quote_frames(urls: Sequence[str]) -> httpx2.Response:
        return client.quote(
            *[quote_item("image.upscale", {"imageUrl": url, "scale": 2}) for url in urls]
        )

    videos = [f"job://job_{place:026}/0/frames/-1" for place in range(33)]
    refused = assert_problem(quote_frames(videos), 422, "invalid_input")
    assert refused["detail"] == "A request takes frames of 32 videos at most."
    clip = f"asset://ast_{'0' * 26}/frames"
    lists = [[f"{clip}/{place + number}" for number in range(9)] for place in range(0, 261, 9)]
    items = [
        quote_item("video.generate", SMALL | {"durationFrames": 17, "overlapFrameImageUrls": urls})
        for urls in lists
    ]
    many = assert_problem(client.quote(*items), 422, "invalid_input")
    assert many["detail"] == "A request takes 256 frames of one video at most."
    assert many["field"] == "items.0.input.overlapFrameImageUrls.0"


@pytest.mark.promise("jobs: frames-by-reference")
def test_frames_of_a_long_film_are_refused_alike_wherever_it_lies(
    gateway: Gateway, client: Client
) -> None:
    clip = client.run_job("video.generate", SMALL | {"durationFrames": 9})
    kept = client.http.post("/api/v1/studio/assets/keep", json={"jobId": clip["jobId"]}).json()

    async def lengthen() -> None:
        async with operator.open_database(operator.load_settings(gateway.data_dir)) as database:
            for name in ("asset", "job_output"):
                rows = METADATA.tables[name]
                async with database.write() as session:
                    await session.execute(update(rows).values(duration="1800"))

    gateway.run_as_operator(lengthen)
    told = [
        assert_problem(
            request_price(client, startFrameImageUrl=f"{url}/frames/-1"), 422, "invalid_input"
        )
        for url in (f"job://{clip['jobId']}/0", f"asset://{kept['assetId']}")
    ]
    details = {each["detail"] for each in told}
    assert details == {"Frames are taken of videos of 600 seconds at most; this one has 1800.00."}


def test_a_frame_that_was_quoted_outlives_its_clip_and_is_made_again_from(
    gateway: Gateway, client: Client
) -> None:
    clip = client.run_job("video.generate", SMALL | {"durationFrames": 9})
    url = f"job://{clip['jobId']}/0/frames/-1"
    order = SMALL | {"durationFrames": 9, "startFrameImageUrl": url}
    quote = client.create_quote(quote_item("video.generate", order))
    deleted = client.http.post(
        f"{OUTPUTS}/delete", json={"outputs": [{"jobId": clip["jobId"], "outputIndex": 0}]}
    )
    assert deleted.status_code == 200, deleted.text
    made = client.run_job("video.generate", order, quoteId=quote["quoteId"])
    assert made["status"] == "succeeded", made["error"]
    assert made["effectiveInput"]["startFrameImage"]["source"] == url


@pytest.mark.promise("jobs: frames-by-reference")
def test_a_frame_of_an_asset_is_for_its_owner_and_goes_into_a_mask(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    film = write_numbered_film(tmp_path / "clip.mp4", range(3), width=256, height=256)
    asset = upload_asset(client, create_project(client), "clip.mp4", film.read_bytes())
    url = f"asset://{asset['assetId']}/frames/0"
    edit = {"prompt": "a fox", "imageUrl": url, "maskUrl": url}
    quoted = client.quote(quote_item("image.edit", edit))
    assert quoted.status_code == 200, quoted.text
    with gateway.account() as other:
        refused = other.quote(quote_item("image.edit", edit))
    assert_problem(refused, 422, "media_not_found")


@pytest.mark.slow
@pytest.mark.promise("jobs: frames-by-reference")
def test_a_frame_of_a_clip_in_a_bucket_is_cut_there(s3_url: str, tmp_path: Path) -> None:
    secrets = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    with (
        serve_gateway(tmp_path / "data", KT_STORAGE_URL=s3_url, **secrets) as gateway,
        gateway.account() as client,
    ):
        clip = client.run_job("video.generate", SMALL | {"durationFrames": 9})
        names = [f"job://{clip['jobId']}/0/frames/{number}" for number in (0, -1)]
        frames = {"startFrameImageUrl": names[0], "finalFrameImageUrl": names[1]}
        made = client.run_job("video.generate", SMALL | {"durationFrames": 9} | frames)
        assert made["status"] == "succeeded", made["error"]
