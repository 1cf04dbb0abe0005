"""Assets, what time does to them and what haste does, on either database."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY, HOUR, MINUTE
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.library.quota import SELECT_USAGE
from gateway.library.uploads.intake import Uploads
from tests.databases import MovedClock
from tests.gateway import picture_input
from tests.in_process import run_sweeps_once
from tests.library.files import make_png

pytestmark = pytest.mark.anyio
STUDIO = "/api/v1/studio"
KILOBYTES = 1_000


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    """A test account may keep 100 kB."""
    data_dir.mkdir()
    given = Settings(
        data_dir=data_dir, database_url=database_url, test_studio_bytes=100 * KILOBYTES
    )
    return given.with_secrets()


async def create_project(http: httpx2.AsyncClient) -> str:
    made: str = (await http.post(f"{STUDIO}/projects", json={"name": "Fox"})).json()["projectId"]
    return made


async def upload_text(
    http: httpx2.AsyncClient, home: str, data: bytes, filename: str = "n.txt", key: str = ""
) -> httpx2.Response:
    query = {"projectId": home, "filename": filename}
    headers = {"X-Idempotency-Key": key} if key else {}
    return await http.post(f"{STUDIO}/assets/upload", params=query, content=data, headers=headers)


async def list_assets(http: httpx2.AsyncClient, home: str, **query: str) -> list[dict[str, Any]]:
    params = {"projectId": home, **query}
    found: list[dict[str, Any]] = (
        await http.get(f"{STUDIO}/projects/assets", params=params)
    ).json()["data"]
    return found


async def change_asset(http: httpx2.AsyncClient, asset_id: str, **more: object) -> dict[str, Any]:
    answer = await http.patch(f"{STUDIO}/assets/metadata", json={"assetId": asset_id, **more})
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def find_only_account(session: Session) -> int:
    """Return the only account that keeps anything."""
    return int((await session.read(sql("SELECT account_id FROM shelf")))[0][0])


async def read_counted_and_stored_bytes(
    application: Application, http: httpx2.AsyncClient, home: str
) -> tuple[int, int]:
    """Return the bytes that are counted or reserved, and those that the assets have."""
    shown = await list_assets(http, home) + await list_assets(http, home, archived="1")
    async with application.database.read() as session:
        ((used, _, _, coming, _),) = await session.read(
            SELECT_USAGE, [(await find_only_account(session), "")]
        )
    return used + coming, sum(each["bytes"] for each in shown if each["downloadUrl"])


@pytest.mark.promise("studio: exact-quota")
async def test_many_at_once_get_exactly_the_room_there_is(
    application: Application, http: httpx2.AsyncClient
) -> None:
    home = await create_project(http)
    answers = await asyncio.gather(
        *(upload_text(http, home, bytes([65 + n]) * 30 * KILOBYTES) for n in range(8))
    )
    assert sorted(each.status_code for each in answers) == [201] * 3 + [413] * 5
    assert await read_counted_and_stored_bytes(application, http, home) == (90_000, 90_000)
    assert (await upload_text(http, home, b"z" * 10 * KILOBYTES)).status_code == 201
    assert (await upload_text(http, home, b"!")).json()["code"] == "storage_quota_exceeded"


async def test_twins_of_one_key_make_one_asset(
    application: Application, http: httpx2.AsyncClient
) -> None:
    home = await create_project(http)
    answers = await asyncio.gather(
        *(upload_text(http, home, make_png(), "f.png", "one") for _ in range(4))
    )
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert len(await list_assets(http, home)) == 1
    used, there = await read_counted_and_stored_bytes(application, http, home)
    assert used == there


async def test_what_a_dead_gateway_reserved_is_free_after_an_hour_and_its_file_goes_in_a_week(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    home = await create_project(http)
    uploads: Uploads = application.ports.get(Uploads)
    async with application.database.write() as session:
        ours = await find_only_account(session)
        await uploads.quotas.reserve_room(session, ours, "test", "room_dead", 90 * KILOBYTES)
    orphan = uploads.ids.new("ast")
    await uploads.storage.put_file(f"assets/{orphan}/1.txt", Path(__file__), "text/plain")
    data = b"a" * 20 * KILOBYTES
    assert (await upload_text(http, home, data)).status_code == 413
    await clock.advance(application.database, HOUR + MINUTE)
    await run_sweeps_once(application)
    assert (await upload_text(http, home, data)).status_code == 201
    file = data_dir / "files" / "assets" / orphan / "1.txt"
    assert file.exists()
    await clock.advance(application.database, 8 * DAY)
    await run_sweeps_once(application)
    assert not file.exists()


@pytest.mark.promise("studio: archive-and-purge")
async def test_an_archived_asset_goes_after_30_days_unless_a_quote_or_job_needs_it(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    home = await create_project(http)
    ids = [
        (await upload_text(http, home, make_png(size, size), "f.png")).json()["assetId"]
        for size in (64, 72)
    ]
    for asset_id in ids:
        await change_asset(http, asset_id, archived=True)
    assert await list_assets(http, home) == []
    await clock.advance(application.database, 29 * DAY)
    await run_sweeps_once(application)
    assert (await change_asset(http, ids[1], archived=False))["downloadUrl"]
    given = {"prompt": "x", "imageUrl": f"asset://{ids[1]}"}
    quoted = await http.post(
        "/api/v1/media/quote", json={"items": [{"task": "image.edit", "input": given}]}
    )
    assert quoted.status_code == 200, quoted.text
    await change_asset(http, ids[1], archived=True)
    job = await http.post("/api/v1/media/jobs", json={"task": "image.edit", "input": given})
    assert (job.status_code, job.json()["code"]) == (422, "media_not_found")
    async with application.database.write() as session:
        old = clock.now() - 31 * DAY
        await session.change(
            sql("UPDATE asset SET archived_at = given.old FROM {rows}", old="int"), [(old,)]
        )
    await run_sweeps_once(application)
    shown = {each["assetId"]: each for each in await list_assets(http, home, archived="1")}
    assert shown[ids[0]]["downloadUrl"] is None
    assert (await http.get(shown[ids[1]]["downloadUrl"])).status_code == 200
    used, there = await read_counted_and_stored_bytes(application, http, home)
    assert used == there
    await clock.advance(application.database, 16 * MINUTE)
    await run_sweeps_once(application)
    assert list((data_dir / "files" / "assets").iterdir()) == []
    assert (await read_counted_and_stored_bytes(application, http, home))[0] == 0


async def test_links_and_download_urls_end(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    home = await create_project(http)
    body = {"filename": "n.txt", "projectId": home}
    link = (await http.post(f"{STUDIO}/assets/upload-link", json=body)).json()
    asset = (await upload_text(http, home, b"text")).json()
    ends = datetime.fromisoformat(asset["downloadUrlExpiresAt"])
    assert ends > datetime.fromisoformat(asset["createdAt"])
    await clock.advance(application.database, 16 * MINUTE)
    del http.headers["x-api-key"]
    late = await http.post(link["uploadUrl"], content=b"late")
    assert (late.status_code, late.json()["code"]) == (410, "upload_link_ended")
    assert (await http.get(asset["downloadUrl"])).status_code == 200
    await clock.advance(application.database, DAY)
    assert (await http.get(asset["downloadUrl"])).status_code == 404


async def test_a_link_used_by_many_at_once_makes_one_asset(
    application: Application, http: httpx2.AsyncClient
) -> None:
    home = await create_project(http)
    body = {"filename": "n.txt", "projectId": home}
    link = (await http.post(f"{STUDIO}/assets/upload-link", json=body)).json()
    answers = await asyncio.gather(
        *(http.post(link["uploadUrl"], content=b"one of %d" % n, headers={"x-api-key": ""})
          for n in range(4))
    )  # fmt: skip
    assert sorted(each.status_code for each in answers) == [201, 410, 410, 410]
    assert len(await list_assets(http, home)) == 1
    assert await read_counted_and_stored_bytes(application, http, home) == (8, 8)


async def test_a_job_whose_project_is_full_succeeds_and_is_not_kept(
    application: Application, http: httpx2.AsyncClient
) -> None:
    home = await create_project(http)
    assert (await upload_text(http, home, b"a" * 99 * KILOBYTES)).status_code == 201
    body = {"task": "image.generate", "input": picture_input(), "projectId": home}
    answer = await http.post("/api/v1/media/jobs", json=body, headers={"Prefer": "wait=30"})
    job = answer.json()
    assert (job["status"], job["outputs"][0]["assetId"]) == ("succeeded", None)
    assert (await http.get(job["downloadableOutputUrls"][0])).status_code == 200
    assert [each["kind"] for each in await list_assets(http, home)] == ["text"]
