"""What each attempt of a job on a node reports: when it ran, on what, and how it ended."""

import asyncio

import pytest
from sqlalchemy import update

from gateway.media.tables import Attempt, Job
from tests.fakes.comfyui import FakeComfy
from tests.waiting import await_condition
from tests.workers.comfyui.farm import JOBS, Farm
from tests.workers.comfyui.test_details import SMALL, hash_id, hold, until_running

pytestmark = pytest.mark.anyio


async def test_a_job_tells_when_its_node_worked_and_on_what(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, fake = ranch
    fake.set_sample_seconds(0.4)
    job = await client.make_job("image.generate", **SMALL, count=2)
    fake.set_sample_seconds(0.02)
    times = job["upstream"]["timings"]
    assert times["queuedAt"] <= times["startedAt"] < times["endedAt"]
    assert times["queueMs"] < 10_000
    assert 400 <= times["runMs"] < 10_000
    assert 200 <= times["sampleMs"] <= times["runMs"] + 100
    ran = {each["node"]: each["ms"] for each in times["nodes"]}
    assert sum(ms for node, ms in ran.items() if node.startswith("sample_")) >= 300
    listed = (await client.http.get("/api/v1/media/jobs?includeDetails=1&limit=1")).json()["data"]
    job["upstream"]["workflow"].pop("graph")  # too much for a page of jobs
    assert listed[0]["upstream"] == job["upstream"]


async def test_each_attempt_keeps_what_its_node_reported(ranch: tuple[Farm, FakeComfy]) -> None:
    client, fake = ranch
    before = len(fake.accepted_ids)
    fake.faults.fail = 1
    job = await client.make_job("image.generate", **SMALL)
    await hold(client, job)
    first, second = job["attempts"]
    assert (first["attempt"], first["outcome"], first["charged"]) == (1, "failed", False)
    assert (second["attempt"], second["outcome"], second["charged"]) == (2, "succeeded", True)
    assert (first["errorCode"], second["errorCode"]) == ("engine_failed", None)
    prompts = [each["upstream"]["promptIdHash"] for each in (first, second)]
    assert prompts == [hash_id(each) for each in fake.accepted_ids[before:]]
    for attempt in (first, second):
        assert (attempt["engine"], attempt["node"]) == ("comfyui", "gpu")
        assert attempt["startedAt"] <= attempt["endedAt"]
        assert attempt["upstream"]["engineVersion"] == "0.27.0"
        assert attempt["upstream"]["timings"]["runMs"] >= 0


async def test_what_was_lost_with_its_node_keeps_what_was_known(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, fake = ranch
    fake.set_sample_seconds(5.0)
    job_id = await client.submit_picture()

    await until_running(client, job_id)
    fake.set_sample_seconds(0.02)
    await asyncio.to_thread(fake.restart)
    job = await client.wait_for_end(job_id)
    await hold(client, job)
    lost, made = job["attempts"]
    assert (lost["outcome"], lost["errorCode"], lost["charged"]) == ("lost", "worker_lost", False)
    assert (made["outcome"], made["charged"]) == ("succeeded", True)
    for name in ("engineVersion", "device", "models", "workflow"):
        assert lost["upstream"][name] == made["upstream"][name]


async def test_a_node_older_than_its_list_of_jobs_tells_its_times_too(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, fake = ranch
    fake.faults.old = True
    job = await client.make_job("image.generate", **SMALL)
    fake.faults.old = False
    times = job["upstream"]["timings"]
    assert times["queuedAt"] <= times["startedAt"] <= times["endedAt"]
    assert times["runMs"] >= 0


async def test_who_polls_with_an_etag_sees_the_end_of_a_canceled_attempt(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, fake = ranch
    fake.set_sample_seconds(1.0)
    fake.faults.ignore_cancel = True
    job_id = await client.submit_picture()
    await until_running(client, job_id)
    query = {"jobId": job_id, "includeDetails": "1"}
    assert (await client.http.post(f"{JOBS}/cancel", json={"jobId": job_id})).status_code == 200
    before = await client.http.get(JOBS, params=query)
    assert before.json()["status"] == "canceled"
    assert before.json()["attempts"][0]["endedAt"] is None

    async def is_let_go() -> bool:
        return (await client.get_job(job_id))["attempts"][0]["endedAt"] is not None

    await await_condition(is_let_go)
    fake.set_sample_seconds(0.02)
    fake.faults.ignore_cancel = False
    after = await client.http.get(
        JOBS, params=query, headers={"If-None-Match": before.headers["etag"]}
    )
    assert (after.status_code, after.json()["version"]) == (200, before.json()["version"])
    same = await client.http.get(
        JOBS, params=query, headers={"If-None-Match": after.headers["etag"]}
    )
    assert same.status_code == 304


async def test_a_job_that_an_older_worker_ended_shows_its_report(
    ranch: tuple[Farm, FakeComfy],
) -> None:
    client, fake = ranch
    fake.faults.fail = 1
    job = await client.make_job("image.generate", **SMALL)
    blank = update(Attempt).where(Attempt.job_id == job["jobId"], Attempt.state == "succeeded")
    own = update(Job).where(Job.id == job["jobId"])
    async with client.application.database.write() as session:
        await session.execute(blank.values(upstream_json=None))
        await session.execute(own.values(upstream_json='{"engine":"comfyui","node":"older"}'))
    found = await client.get_job(job["jobId"])
    assert found["attempts"][0]["upstream"]["node"] == "gpu"
    assert found["upstream"] == {"engine": "comfyui", "node": "older"}
