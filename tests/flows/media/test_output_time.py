"""Results over time, on either database: undone in time, swept after it, kept and ended."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY, HOUR, MINUTE
from gateway.ledger.invariants import check_invariants
from tests.databases import MovedClock
from tests.gateway import assert_problem, picture_input
from tests.in_process import run_sweeps_once

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
OUTPUTS = "/api/v1/media/outputs"


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    given = Settings(data_dir=data_dir, database_url=database_url, job_input_days=5)
    return given.with_secrets()


async def make_pictures(http: httpx2.AsyncClient, prompt: str, **more: object) -> str:
    fields = {name: more.pop(name) for name in ("count", "seed") if name in more}
    body = {"task": "image.generate", "input": picture_input(prompt, **fields), **more}
    answer = await http.post("/api/v1/media/jobs", json=body, headers={"Prefer": "wait=60"})
    assert answer.json()["status"] == "succeeded", answer.text
    job_id: str = answer.json()["jobId"]
    return job_id


async def edit_picture(http: httpx2.AsyncClient, source: str) -> httpx2.Response:
    body = {"task": "image.edit", "input": {"prompt": "at night", "imageUrl": source}}
    return await http.post("/api/v1/media/jobs", json=body, headers={"Prefer": "wait=60"})


async def list_outputs(http: httpx2.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await http.get(OUTPUTS, params=query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


async def test_ten_minutes_after_a_delete_its_bytes_are_gone_and_only_its_own(
    http: httpx2.AsyncClient, application: Application, clock: MovedClock
) -> None:
    job_id = await make_pictures(http, "a fox", count=2)
    body = {"outputs": [{"jobId": job_id, "outputIndex": 1}]}
    files = sorted((application.settings.data_dir / "files" / "outputs" / job_id).rglob("*.png"))
    assert len(files) == 2
    await http.post(f"{OUTPUTS}/delete", json=body)
    await clock.advance(application.database, 9 * MINUTE)
    await run_sweeps_once(application)
    assert all(file.exists() for file in files)
    assert (await http.post(f"{OUTPUTS}/restore", json=body)).status_code == 200
    assert len(await list_outputs(http)) == 2
    await http.post(f"{OUTPUTS}/delete", json=body)
    await clock.advance(application.database, 11 * MINUTE)
    assert_problem(await http.post(f"{OUTPUTS}/restore", json=body), 410, "output_deleted")
    await run_sweeps_once(application)
    assert [file.exists() for file in files] == [True, False]
    assert [each["outputIndex"] for each in await list_outputs(http)] == [0]
    await http.get("/api/v1/studio/preview", params={"ref": f"job://{job_id}/0"})
    await http.post(f"{OUTPUTS}/delete", json={"outputs": [{"jobId": job_id}]})
    await clock.advance(application.database, 11 * MINUTE)
    await run_sweeps_once(application)
    assert not files[0].parents[1].exists()
    assert await check_invariants(application.database) == []


async def test_an_ended_result_keeps_its_words_and_a_kept_one_its_bytes(
    http: httpx2.AsyncClient, application: Application, clock: MovedClock
) -> None:
    made = await http.post("/api/v1/studio/projects", json={"name": "Fox"})
    job_id = await make_pictures(http, "kept fox", projectId=made.json()["projectId"])
    await make_pictures(http, "lost fox", seed=7)
    soon = {"endsBefore": "2200-01-01T00:00:00Z"}
    assert [each["prompt"] for each in await list_outputs(http, **soon)] == ["lost fox"]
    await clock.advance(application.database, 2 * DAY + HOUR)
    assert await list_outputs(http, **soon) == []
    assert (await edit_picture(http, f"job://{job_id}/0")).status_code == 200
    await clock.advance(application.database, DAY + HOUR)
    await run_sweeps_once(application)
    assert (await edit_picture(http, f"job://{job_id}/0")).status_code == 200
    shown = await http.get("/api/v1/studio/preview", params={"ref": f"job://{job_id}/0"})
    assert shown.status_code == 200
    lost, kept = await list_outputs(http, q="fox")
    assert_problem(await edit_picture(http, f"job://{lost['jobId']}/0"), 422, "media_not_found")
    assert (lost["state"], lost["url"], lost["seed"]) == ("expired", None, 7)
    assert (kept["state"], kept["expiresAt"]) == ("available", None)
    assert (await http.get(kept["url"])).status_code == 200


async def test_erased_prompts_leave_the_search_and_the_list_of_prompts(
    http: httpx2.AsyncClient, application: Application, clock: MovedClock
) -> None:
    job_id = await make_pictures(http, "a secret fox")
    named = {"outputs": [{"jobId": job_id}], "name": "Reineke"}
    assert (await http.patch(OUTPUTS, json=named)).status_code == 200
    await clock.advance(application.database, 6 * DAY)
    await run_sweeps_once(application)
    assert await list_outputs(http, q="secret") == []
    (tile,) = await list_outputs(http, q="reineke")
    assert tile["prompt"] is None
    assert (await http.get("/api/v1/media/prompts")).json()["data"] == []


async def test_rows_of_an_older_release_are_found_after_a_sweep(
    http: httpx2.AsyncClient, application: Application
) -> None:
    await make_pictures(http, "Élan")
    forget = "UPDATE job_output SET account_id = NULL, task = NULL, search_text = NULL"
    async with application.database.write() as session:
        await session.execute(text(forget))
        await session.execute(text("UPDATE asset SET search_text = NULL"))
    await run_sweeps_once(application)
    assert len(await list_outputs(http, q="elan", task="image.generate")) == 1


async def test_a_tag_of_the_asset_that_keeps_a_result_finds_it(http: httpx2.AsyncClient) -> None:
    made = await http.post("/api/v1/studio/projects", json={"name": "Fox"})
    await make_pictures(http, "a fox", projectId=made.json()["projectId"])
    (tile,) = await list_outputs(http)
    assert await list_outputs(http, q="café") == []
    change = {"assetId": tile["assetId"], "tags": ["Café"]}
    await http.patch("/api/v1/studio/assets/metadata", json=change)
    assert len(await list_outputs(http, q="cafe")) == 1
