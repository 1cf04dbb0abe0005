"""Jobs and files over time, seen from outside with a clock that the test moves."""

import asyncio
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.kit.clock import HOUR, SECOND
from gateway.media.jobs import event_streams, lifecycle
from gateway.media.sweeps.job_sweeps import LEFTOVER_GRACE
from tests.databases import MovedClock
from tests.gateway import picture_data_uri, picture_input
from workers.jobs.endings import LET_GO_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
JOBS = "/api/v1/media/jobs"


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    """One job at a time, on either database."""
    data_dir.mkdir()
    given = Settings(data_dir=data_dir, database_url=database_url, running_jobs=1)
    return given.with_secrets()


async def submit_picture(http: httpx2.AsyncClient, prompt: str, **more: object) -> dict[str, Any]:
    body = {"task": "image.generate", "input": picture_input(prompt), **more}
    answer = await http.post(JOBS, json=body, headers={"Prefer": "wait=0"})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def read_job(
    http: httpx2.AsyncClient, job_id: str, wait: int = 0, since: int | None = None
) -> dict[str, Any]:
    query: dict[str, str | int] = {"jobId": job_id, "waitSeconds": wait}
    if since is not None:
        query["sinceVersion"] = since
    answer = await http.get(JOBS, params=query)
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json()
    return job


@pytest.mark.promise("jobs: failed-costs-nothing")
async def test_a_job_that_never_starts_expires_and_costs_nothing(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    ahead = await submit_picture(http, "[sandbox:slow=60]")
    late = await submit_picture(http, "late", queueTimeoutSeconds=30)
    while (await read_job(http, ahead["jobId"]))["status"] == "queued":
        pass
    await clock.advance(application.database, 31 * SECOND)
    job = await read_job(http, late["jobId"], wait=10)
    assert (job["status"], job["billing"]["state"]) == ("expired", "released")
    await http.post(f"{JOBS}/cancel", json={"jobId": ahead["jobId"]})
    balance = (await http.get("/api/v1/balance")).json()
    assert (balance["availableMicrousd"], balance["heldMicrousd"]) == (5_000_000, 0)


async def test_a_job_past_its_deadline_is_canceled_and_costs_nothing(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    slow = await submit_picture(http, "[sandbox:slow=60]", deadlineSeconds=10)
    while (await read_job(http, slow["jobId"]))["status"] == "queued":
        pass
    await clock.advance(application.database, 11 * SECOND)
    job = await read_job(http, slow["jobId"], wait=10)
    assert (job["status"], job["endReason"]) == ("canceled", "deadline")
    assert job["billing"]["state"] == "released"
    assert (await http.get("/api/v1/balance")).json()["availableMicrousd"] == 5_000_000


async def test_outputs_are_there_for_48_hours_and_gone_after_72(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    made = await submit_picture(http, "a fox")
    job = await read_job(http, made["jobId"], wait=30)
    (url,) = job["downloadableOutputUrls"]
    await clock.advance(application.database, 48 * HOUR - 60 * SECOND)
    assert (await http.get(url)).status_code == 200
    await clock.advance(application.database, 61 * SECOND)
    late = await http.get(url)
    assert (late.status_code, late.json()["code"]) == (404, "not_found")
    job = await read_job(http, made["jobId"])
    assert [(each["state"], each["url"]) for each in job["outputs"]] == [("expired", None)]
    assert job["downloadableOutputUrls"] == []
    await application.job_sweeps.delete_stale_outputs()
    assert list((data_dir / "files" / "outputs").rglob("*.png"))
    await clock.advance(application.database, 24 * HOUR)
    await application.job_sweeps.delete_stale_outputs()
    assert not list((data_dir / "files" / "outputs").rglob("*.png"))
    job = await read_job(http, made["jobId"])
    assert (job["status"], job["billing"]["chargedUsd"]) == ("succeeded", "0.02")
    assert [each["state"] for each in job["outputs"]] == ["deleted"]
    assert job["outputs"][0]["sha256"]


async def test_what_a_canceled_job_was_given_is_gone_after_72_hours(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    given = picture_input("[sandbox:slow=60]", startFrameImage=picture_data_uri(), durationFrames=9)
    answer = await http.post(JOBS, json={"task": "video.generate", "input": given})
    job_id = answer.json()["jobId"]
    await http.post(f"{JOBS}/cancel", json={"jobId": job_id})
    folder = data_dir / "files" / "inputs"
    await clock.advance(application.database, 71 * HOUR)
    await application.job_sweeps.delete_stale_inputs()
    assert list(folder.iterdir())
    await clock.advance(application.database, 2 * HOUR)
    await application.job_sweeps.delete_stale_inputs()
    assert not list(folder.iterdir())
    assert (await read_job(http, job_id))["status"] == "canceled"


async def wait_until_running(http: httpx2.AsyncClient, job_id: str) -> dict[str, Any]:
    while (job := await read_job(http, job_id, wait=5, since=1))["status"] == "queued":
        pass
    return job


@pytest.mark.promise("jobs: fair-queue")
async def test_a_canceled_job_keeps_its_slot_until_its_node_lets_go(
    application: Application, http: httpx2.AsyncClient
) -> None:
    assert application.host is not None
    application.host._engine._stall_seconds = 2
    stalled = await submit_picture(http, "[sandbox:stall]")
    await wait_until_running(http, stalled["jobId"])
    canceled = (await http.post(f"{JOBS}/cancel", json={"jobId": stalled["jobId"]})).json()
    assert (canceled["status"], canceled["billing"]["state"]) == ("canceled", "released")
    job = await read_job(http, (await submit_picture(http, "next"))["jobId"], wait=30)
    assert job["status"] == "succeeded"
    waited = datetime.fromisoformat(job["startedAt"]) - datetime.fromisoformat(
        canceled["finishedAt"]
    )
    assert waited.total_seconds() > 1


async def test_the_slot_of_a_canceled_job_whose_worker_died_is_free_again(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    slow = await submit_picture(http, "[sandbox:slow=60]")
    await wait_until_running(http, slow["jobId"])
    await http.post(f"{JOBS}/cancel", json={"jobId": slow["jobId"]})
    assert application.host is not None
    await asyncio.to_thread(application.host.stop)
    application.host = None
    async with application.database.write() as session:
        await session.execute(
            text("UPDATE media_attempt SET state = 'running', finished_at = NULL")
        )
        assert await lifecycle.claim_job(session, "image", running_limit=1) is None
    await submit_picture(http, "next")
    # A worker that lives may wait so long for its engine: the slot is not free yet.
    await clock.advance(application.database, int(LET_GO_SECONDS) * SECOND)
    await application.job_sweeps.mark_leftover_attempts_lost()
    async with application.database.write() as session:
        assert await lifecycle.claim_job(session, "image", running_limit=1) is None
    await clock.advance(application.database, 2 * LEFTOVER_GRACE)
    await application.job_sweeps.mark_leftover_attempts_lost()
    async with application.database.write() as session:
        assert await lifecycle.claim_job(session, "image", running_limit=1) is not None


async def test_a_job_past_its_run_limit_fails_and_costs_nothing(
    application: Application, http: httpx2.AsyncClient
) -> None:
    ahead = await submit_picture(http, "[sandbox:slow=60]")
    await wait_until_running(http, ahead["jobId"])
    slow = await submit_picture(http, "[sandbox:slow=50]")
    async with application.database.write() as session:
        await session.execute(
            text("UPDATE job SET run_limit_seconds = 1 WHERE id = :id"), {"id": slow["jobId"]}
        )
    await http.post(f"{JOBS}/cancel", json={"jobId": ahead["jobId"]})
    job = await read_job(http, slow["jobId"], wait=30)
    assert (job["status"], job["error"]["code"]) == ("failed", "run_timeout")
    assert job["billing"]["state"] == "released"


async def test_the_words_of_a_job_are_gone_after_90_days(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    made = await submit_picture(http, "a secret fox")
    query = {"jobId": made["jobId"], "includeDetails": "1"}
    await read_job(http, made["jobId"], wait=30)
    async with application.database.write() as session:  # as after a job on a node
        sent = {"graph": '{"text": "a secret fox"}', "id": made["jobId"]}
        update = "UPDATE media_attempt SET workflow_json = :graph WHERE job_id = :id"
        await session.execute(text(update), sent)
    await clock.advance(application.database, 89 * 24 * HOUR)
    await application.job_sweeps.blank_old_texts()
    job = (await http.get(JOBS, params=query)).json()
    assert job["effectiveInput"]["prompt"] == "a secret fox"
    assert job["upstream"]["workflow"]["graph"] == {"text": "a secret fox"}
    await clock.advance(application.database, 2 * 24 * HOUR)
    await application.job_sweeps.blank_old_texts()
    job = (await http.get(JOBS, params=query)).json()
    assert (job["effectiveInput"]["prompt"], job["effectiveInput"]["width"]) == ("", 256)
    assert job["upstream"]["engine"] == "sandbox"
    assert "a secret fox" not in str(job)
    assert job["billing"]["chargedUsd"] == "0.02"


async def test_a_download_under_way_outlives_the_clean_up(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    made = await submit_picture(http, "a fox")
    job = await read_job(http, made["jobId"], wait=30)
    key = f"outputs/{made['jobId']}/1/0.png"
    pieces = await application.storage.open(key, 0, job["outputs"][0]["bytes"])
    whole = await anext(pieces)
    await clock.advance(application.database, 73 * HOUR)
    await application.job_sweeps.delete_stale_outputs()
    assert (await read_job(http, made["jobId"]))["outputs"][0]["state"] == "deleted"
    async for piece in pieces:
        whole += piece
    assert hashlib.sha256(whole).hexdigest() == job["outputs"][0]["sha256"]


async def test_a_stream_shows_that_it_lives_and_ends_after_an_hour(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = await submit_picture(http, "[sandbox:slow=60]")
    monkeypatch.setattr(event_streams, "COMMENT_SECONDS", 0.5)
    monkeypatch.setattr(event_streams, "LONGEST_STREAM_SECONDS", 3.0)
    answer = await http.get(f"{JOBS}/events", params={"jobId": slow["jobId"]})
    assert ": waiting\n\n" in answer.text
    assert "event: status\n" in answer.text
    assert "event: done\n" not in answer.text
    await http.post(f"{JOBS}/cancel", json={"jobId": slow["jobId"]})
