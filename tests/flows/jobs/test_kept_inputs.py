"""Inputs of quotes, jobs and plans are stored once, counted, and returned exactly."""

from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.kit.clock import HOUR, MINUTE
from gateway.ledger.invariants import check_invariants
from gateway.media.sweeps.input_sweeps import InputSweeps
from gateway.studio.plans.sweeps import PlanSweeps
from tests.databases import MovedClock
from tests.flows.plan_calls import PLANS, plan_step
from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    call_at_once,
    draw_picture,
    quote_item,
    to_data_uri,
)
from tests.in_process import open_account_client

pytestmark = pytest.mark.anyio
JOBS, QUOTE, EDIT = "/api/v1/media/jobs", "/api/v1/media/quote", "image.edit"
ROOM_BYTES = 1_500


def edit_input(shade: int) -> dict[str, Any]:
    """Return the input of an edit of a picture in this shade; stored it takes about 1 kB."""
    return {"prompt": "night", "image": to_data_uri("image/png", draw_picture(256, 256, shade))}


def list_stored_files(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "files" / "inputs").rglob("*") if path.is_file()]


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    made = Settings(
        data_dir=data_dir, database_url=database_url, open_quotes=2, test_studio_bytes=ROOM_BYTES
    )
    return made.with_secrets()


async def post_quote(http: httpx2.AsyncClient, shade: int) -> httpx2.Response:
    return await http.post(QUOTE, json={"items": [quote_item(EDIT, edit_input(shade))]})


async def submit_edit(http: httpx2.AsyncClient, shade: int, **more: object) -> httpx2.Response:
    return await http.post(JOBS, json={"task": EDIT, "input": edit_input(shade), **more})


async def wait_for_job(http: httpx2.AsyncClient, answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    query = {"jobId": answer.json()["jobId"], "waitSeconds": 30}
    job: dict[str, Any] = (await http.get(JOBS, params=query)).json()
    assert job["status"] == "succeeded", job
    return job


async def count_quota_bytes(http: httpx2.AsyncClient) -> int:
    """Return the bytes that count against the account's quota."""
    snapshot = (await http.get("/api/v1/studio/snapshot")).json()
    number: int = snapshot["quota"]["bytes"]
    return number


async def run_retention(application: Application) -> None:
    """Run the sweeps that delete expired rows and files."""
    await application.job_sweeps.delete_stale_outputs()
    await application.job_sweeps.delete_stale_inputs()
    await InputSweeps(application.database, application.storage).purge_quotes()
    await application.ports.get(PlanSweeps).delete_stale_media()


@pytest.mark.slow
@pytest.mark.promise("jobs: inputs-counted")
async def test_equal_bytes_are_kept_once_and_counted_until_nobody_needs_them(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    quoted = [(await post_quote(http, 90)).json()["quoteId"] for _ in range(2)]
    await wait_for_job(http, await submit_edit(http, 90, quoteId=quoted[0]))
    await wait_for_job(http, await submit_edit(http, 90))
    plan = await http.post(f"{PLANS}/prepare", json={"steps": [plan_step(EDIT, edit_input(90))]})
    assert plan.status_code == 201, plan.text
    (kept,) = list_stored_files(data_dir)
    assert await count_quota_bytes(http) == kept.stat().st_size > 0
    async with open_account_client(application) as other:
        await wait_for_job(other, await submit_edit(other, 90))
        assert await count_quota_bytes(other) == kept.stat().st_size
    assert len(list_stored_files(data_dir)) == 2
    await clock.advance(application.database, 17 * MINUTE)
    await run_retention(application)
    assert await count_quota_bytes(http) == kept.stat().st_size
    await clock.advance(application.database, 73 * HOUR)
    await run_retention(application)
    assert (await count_quota_bytes(http), list_stored_files(data_dir)) == (0, [])
    assert await check_invariants(application.database) == []


@pytest.mark.slow
async def test_what_is_over_the_quota_is_refused_and_fits_when_there_is_room_again(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    assert (await post_quote(http, 90)).status_code == 200
    before = await count_quota_bytes(http)
    plan = partial(http.post, f"{PLANS}/prepare", json={"steps": [plan_step(EDIT, edit_input(91))]})
    for ask in (partial(post_quote, http, 91), partial(submit_edit, http, 91), plan):
        refused = assert_problem(await ask(), 413, "storage_quota_exceeded")
        assert (refused["usedBytes"], refused["maxBytes"]) == (before, ROOM_BYTES)
    assert (await count_quota_bytes(http), len(list_stored_files(data_dir))) == (before, 1)
    await wait_for_job(http, await submit_edit(http, 90))
    await clock.advance(application.database, 74 * HOUR)
    await run_retention(application)
    assert await count_quota_bytes(http) == 0
    await wait_for_job(http, await submit_edit(http, 91))
    assert await check_invariants(application.database) == []


async def test_an_account_has_so_many_open_quotes(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    first = (await post_quote(http, 90)).json()["quoteId"]
    assert (await post_quote(http, 90)).status_code == 200
    refused = assert_problem(await post_quote(http, 90), 429, "concurrency_limited")
    assert "2 open quotes" in refused["detail"]
    assert 10 * 60 < refused["retryAfterSeconds"] <= 15 * 60
    await wait_for_job(http, await submit_edit(http, 90, quoteId=first))
    assert (await post_quote(http, 90)).status_code == 200
    assert_problem(await post_quote(http, 90), 429, "concurrency_limited")
    async with open_account_client(application) as other:
        assert (await post_quote(other, 90)).status_code == 200
    await clock.advance(application.database, 16 * MINUTE)
    assert (await post_quote(http, 90)).status_code == 200


@pytest.mark.slow
@pytest.mark.promise("jobs: inputs-counted")
def test_many_who_give_the_same_bytes_at_once_keep_them_once(gateways: list[Gateway]) -> None:
    folder = gateways[0].data_dir
    with gateways[0].account() as one:
        before = set(list_stored_files(folder))
        doors = [Client(each.client(one.key), one.key, "") for each in gateways]
        answers = call_at_once(
            partial(doors[n % len(doors)].submit, EDIT, edit_input(77), key=f"{n}")
            for n in range(6)
        )
        assert {answer.status_code for answer in answers} == {202}
        for answer in answers:
            assert one.wait_for_job(answer.json()["jobId"])["status"] == "succeeded"
        (kept,) = set(list_stored_files(folder)) - before
        quota = one.http.get("/api/v1/studio/snapshot").json()["quota"]
        assert quota["bytes"] == kept.stat().st_size
        for door in doors:
            door.http.close()
    assert gateways[0].list_findings() == []
