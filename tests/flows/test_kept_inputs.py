"""Inputs of quotes, jobs and plans are stored once, counted, and returned exactly."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.kit.clock import HOUR, MINUTE
from gateway.ledger.audit import check_invariants
from gateway.media.sweeps.input_sweeps import InputSweeps
from gateway.studio.plans.sweeps import PlanSweeps
from tests.databases import MovedClock
from tests.flows.plans import PLANS, step
from tests.gateway import Client, Gateway, drawn, inline, item, problem, together
from tests.in_process import account

pytestmark = pytest.mark.anyio
JOBS, QUOTE, EDIT = "/api/v1/media/jobs", "/api/v1/media/quote", "image.edit"
ROOM = 1_500


def given(shade: int) -> dict[str, Any]:
    """Return the input of an edit of a picture in this shade; stored it takes about 1 kB."""
    return {"prompt": "night", "image": inline("image/png", drawn(256, 256, shade))}


def files(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "files" / "inputs").rglob("*") if path.is_file()]


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    made = Settings(
        data_dir=data_dir, database_url=database_url, open_quotes=2, test_studio_bytes=ROOM
    )
    return made.with_secrets()


@pytest.fixture
async def application(
    anyio_backend: str, settings: Settings, clock: MovedClock
) -> AsyncIterator[Application]:
    """An embedded gateway without a socket, on either database; 1,500 bytes and 2 quotes each."""
    async with run_application(settings, clock) as application:
        yield application


@pytest.fixture
async def http(application: Application) -> AsyncIterator[httpx2.AsyncClient]:
    async with account(application) as client:
        yield client


async def quote(http: httpx2.AsyncClient, shade: int) -> httpx2.Response:
    return await http.post(QUOTE, json={"items": [item(EDIT, given(shade))]})


async def submit(http: httpx2.AsyncClient, shade: int, **more: object) -> httpx2.Response:
    return await http.post(JOBS, json={"task": EDIT, "input": given(shade), **more})


async def ended(http: httpx2.AsyncClient, answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    query = {"jobId": answer.json()["jobId"], "waitSeconds": 30}
    job: dict[str, Any] = (await http.get(JOBS, params=query)).json()
    assert job["status"] == "succeeded", job
    return job


async def counted(http: httpx2.AsyncClient) -> int:
    """Return the bytes that count against the account's quota."""
    snapshot = (await http.get("/api/v1/studio/snapshot")).json()
    number: int = snapshot["quota"]["bytes"]
    return number


async def sweep(application: Application) -> None:
    """Run the sweeps that delete expired rows and files."""
    await application.sweeps.delete_stale_outputs()
    await application.sweeps.delete_stale_inputs()
    await InputSweeps(application.database, application.storage).purge_quotes()
    await application.ports.get(PlanSweeps).delete_stale_media()


@pytest.mark.slow
@pytest.mark.promise("jobs: inputs-counted")
async def test_equal_bytes_are_kept_once_and_counted_until_nobody_needs_them(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    quoted = [(await quote(http, 90)).json()["quoteId"] for _ in range(2)]
    await ended(http, await submit(http, 90, quoteId=quoted[0]))
    await ended(http, await submit(http, 90))
    plan = await http.post(f"{PLANS}/prepare", json={"steps": [step(EDIT, given(90))]})
    assert plan.status_code == 201, plan.text
    (kept,) = files(data_dir)
    assert await counted(http) == kept.stat().st_size > 0
    async with account(application) as other:
        await ended(other, await submit(other, 90))
        assert await counted(other) == kept.stat().st_size
    assert len(files(data_dir)) == 2
    await clock.forward(application.database, 17 * MINUTE)
    await sweep(application)
    assert await counted(http) == kept.stat().st_size
    await clock.forward(application.database, 73 * HOUR)
    await sweep(application)
    assert (await counted(http), files(data_dir)) == (0, [])
    assert await check_invariants(application.database) == []


@pytest.mark.slow
async def test_what_is_over_the_quota_is_refused_and_fits_when_there_is_room_again(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    assert (await quote(http, 90)).status_code == 200
    before = await counted(http)
    plan = partial(http.post, f"{PLANS}/prepare", json={"steps": [step(EDIT, given(91))]})
    for ask in (partial(quote, http, 91), partial(submit, http, 91), plan):
        refused = problem(await ask(), 413, "storage_quota_exceeded")
        assert (refused["usedBytes"], refused["maxBytes"]) == (before, ROOM)
    assert (await counted(http), len(files(data_dir))) == (before, 1)
    await ended(http, await submit(http, 90))
    await clock.forward(application.database, 74 * HOUR)
    await sweep(application)
    assert await counted(http) == 0
    await ended(http, await submit(http, 91))
    assert await check_invariants(application.database) == []


async def test_an_account_has_so_many_open_quotes(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    first = (await quote(http, 90)).json()["quoteId"]
    assert (await quote(http, 90)).status_code == 200
    refused = problem(await quote(http, 90), 429, "concurrency_limited")
    assert "2 open quotes" in refused["detail"]
    assert 0 < refused["retryAfterSeconds"] <= 15 * 60
    await ended(http, await submit(http, 90, quoteId=first))
    assert (await quote(http, 90)).status_code == 200
    problem(await quote(http, 90), 429, "concurrency_limited")
    async with account(application) as other:
        assert (await quote(other, 90)).status_code == 200
    await clock.forward(application.database, 16 * MINUTE)
    assert (await quote(http, 90)).status_code == 200


@pytest.mark.slow
@pytest.mark.promise("jobs: inputs-counted")
def test_many_who_give_the_same_bytes_at_once_keep_them_once(gateways: list[Gateway]) -> None:
    folder = gateways[0].data_dir
    with gateways[0].account() as one:
        before = set(files(folder))
        doors = [Client(each.client(one.key), one.key, "") for each in gateways]
        answers = together(
            partial(doors[n % len(doors)].post, EDIT, given(77), key=f"{n}") for n in range(6)
        )
        assert {answer.status_code for answer in answers} == {202}
        for answer in answers:
            assert one.ended(answer.json()["jobId"])["status"] == "succeeded"
        (kept,) = set(files(folder)) - before
        quota = one.http.get("/api/v1/studio/snapshot").json()["quota"]
        assert quota["bytes"] == kept.stat().st_size
        for door in doors:
            door.http.close()
    assert gateways[0].findings() == []
