"""Previews of results, as a grid shows them: while the output lives, kept, and once it is gone."""

from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY
from tests.databases import MovedClock
from tests.gateway import picture_input
from tests.in_process import run_sweeps_once

pytestmark = pytest.mark.anyio
API = "/api/v1"


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    return Settings(data_dir=data_dir, database_url=database_url).with_secrets()


async def run_job(http: httpx2.AsyncClient, task: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a submit
    body = {"task": task, **more}
    answer = await http.post(f"{API}/media/jobs", json=body, headers={"Prefer": "wait=30"})
    job: dict[str, Any] = answer.json()
    assert job["status"] == "succeeded", answer.text
    return job


async def measure_picture(http: httpx2.AsyncClient, url: str) -> tuple[int, int]:
    answer = await http.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    with Image.open(BytesIO(answer.content)) as picture:
        return picture.size


async def test_a_picture_and_a_film_have_previews_as_long_as_their_url_works(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    given = picture_input(width=1_280, height=640)
    (picture,) = (await run_job(http, "image.generate", input=given))["outputs"]
    sizes = {side: await measure_picture(http, url) for side, url in picture["previewUrls"].items()}
    assert sizes == {"256": (256, 128), "512": (512, 256), "1024": (1_024, 512)}
    assert picture["previewClipUrl"] is None
    assert picture["placeholder"].startswith("data:image/webp;base64,")

    given = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}
    film = await run_job(http, "video.generate", input=given)
    (clip,) = film["outputs"]
    # all sizes are there for a grid, though none is larger than the film
    assert {await measure_picture(http, url) for url in clip["previewUrls"].values()} == {
        (256, 256)
    }
    assert [*clip["previewUrls"]] == ["256", "512", "1024"]
    answer = await http.get(clip["previewClipUrl"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")

    await clock.advance(application.database, 2 * DAY)
    assert (await http.get(clip["previewUrls"]["512"])).status_code == 404
    await clock.advance(application.database, 2 * DAY)
    await run_sweeps_once(application)
    read = (await http.get(f"{API}/media/jobs", params={"jobId": film["jobId"]})).json()
    (gone,) = read["outputs"]
    assert (gone["state"], gone["previewUrls"], gone["placeholder"]) == ("deleted", {}, None)
    folder = application.settings.data_dir
    assert [*folder.rglob("*preview*")] == []


async def test_a_kept_result_has_previews_of_its_own_after_the_output_is_gone(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    made = await http.post(f"{API}/studio/projects", json={"name": "Fox"})
    given = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}
    job = await run_job(http, "video.generate", input=given, projectId=made.json()["projectId"])
    plain = await run_job(http, "image.generate", input=picture_input())
    later = {"jobId": plain["jobId"], "outputIndex": 0, "projectId": made.json()["projectId"]}
    kept = (await http.post(f"{API}/studio/assets/keep", json=later)).json()
    await clock.advance(application.database, 4 * DAY)
    await run_sweeps_once(application)
    asset_id = job["outputs"][0]["assetId"]
    for wanted in (asset_id, kept["assetId"]):
        answer = await http.get(f"{API}/studio/assets/metadata", params={"assetId": wanted})
        asset = answer.json()
        assert await measure_picture(http, asset["previewUrls"]["512"]) == (256, 256)
        assert asset["placeholder"].startswith("data:image/webp;base64,")
        if asset["kind"] == "video":
            answer = await http.get(asset["previewClipUrl"])
            assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
