"""A frame of a clip is an input by reference: `job://JOB/0/frames/-1` is its last frame."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx2
import numpy as np
import pytest
from PIL import Image

from gateway.library.errors import MediaUnreadable
from gateway.library.inspection.inspector import inspect_frame
from killatamata import Client as SdkClient
from tests.flows.plan_calls import plan_step, prepare_plan, request_plan
from tests.gateway import Client, Gateway, assert_problem, quote_item
from tests.library.files import create_project, upload_asset
from tests.workers.reel import read_frames, read_strips, write_numbered_film

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


@pytest.mark.promise("jobs: frames-by-reference")
@pytest.mark.anyio
@pytest.mark.parametrize("form", ["mp4", "matroska"])
async def test_frames_at_odd_times_come_pixel_by_pixel_by_their_place(
    tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"odd.{form}"
    with av.open(path, "w", format=form) as container:
        stream = container.add_stream("libx264", rate=24, options={"bf": "3", "g": "4"})
        stream.width = stream.height = 64
        for number, tick in enumerate((0, 1, 5, 6, 30, 31, 32, 33, 34, 60, 61, 70)):
            shade = np.full((64, 64, 3), 20 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, format="rgb24")
            frame.pts, frame.time_base = tick, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    for number, pixels in enumerate(read_frames(path)):
        cut = await inspect_frame(path, number, out_folder=tmp_path)
        assert np.array_equal(np.asarray(Image.open(cut.path)), pixels)
        assert (cut.facts.kind, cut.facts.mime_type) == ("image", "image/png")
    with pytest.raises(MediaUnreadable, match="12 frames"):
        await inspect_frame(path, 12, out_folder=tmp_path)
