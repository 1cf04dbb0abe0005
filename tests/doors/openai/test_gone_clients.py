"""Clients that give up: their jobs are canceled, free of charge, and never one still wanted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text
from starlette.types import Message

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.doors.openai import submitting
from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import ConnectionLost
from gateway.kit.http.rate_limit import RateLimits
from gateway.kit.wire.json_text import write_json
from gateway.media.client_calls.calls import ClientCall, ClientCalls
from gateway.media.jobs.event_streams import MOST_STREAMS, OpenStreams
from gateway.media.jobs.waits import JobWatch
from gateway.media.sweeps.client_call_sweeps import ClientCallSweeps
from tests.databases import MovedClock
from tests.doors.openai.calls import GENERATIONS, ask_picture, assert_refused
from tests.in_process import open_account_client

pytestmark = pytest.mark.anyio
JOBS, BALANCE = "/api/v1/media/jobs", "/api/v1/balance"
SLOW = "a fox [sandbox:slow=60]"
RETRY = {"x-stainless-retry-count": "1"}
SECONDS = 30


@pytest.fixture
def cancels() -> int:
    """The cancels of running jobs that an account may have an hour."""
    return 1


@pytest.fixture
def settings(database_url: str, tmp_path: Path, cancels: int) -> Settings:
    """Settings for a gateway on either database."""
    given = Settings(data_dir=tmp_path, database_url=database_url, running_cancels_per_hour=cancels)
    return given.with_secrets()


@pytest.fixture
async def application(
    anyio_backend: str, settings: Settings, clock: MovedClock
) -> AsyncIterator[Application]:
    """A gateway whose sweeper stands still: the tests sweep."""
    async with run_application(settings, clock) as application:
        await application.sweeper.stop()
        yield application


@pytest.fixture
async def http(application: Application) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_account_client(application) as client:
        yield client


class Asking:
    """Requests that wait for slow pictures, until they are given up."""

    def __init__(
        self, application: Application, http: httpx2.AsyncClient, clock: MovedClock
    ) -> None:
        self.application, self.http, self.clock = application, http, clock
        self.tasks: list[asyncio.Task[httpx2.Response]] = []

    async def start(self, headers: dict[str, str] | None = None) -> None:
        """Send a request, and return once there is a call more, or one was adopted."""
        before = [each for each in await self.list_calls() if each[2]]
        post = self.http.post(GENERATIONS, json=ask_picture(prompt=SLOW), headers=headers)
        self.tasks.append(asyncio.create_task(post))
        async with asyncio.timeout(SECONDS):
            while True:
                calls = await self.list_calls()
                if set(calls) - set(before) and all(job_id for *_, job_id in calls):
                    return
                await asyncio.sleep(0.01)

    async def give_up(self) -> None:
        """Hang up, and let a minute pass."""
        for task in self.tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self.tasks.clear()
        await self.clock.advance(self.application.database, 61 * SECOND)

    async def list_calls(self) -> list[tuple[str, int, str | None]]:
        """Return the id of each call, its retries and its job."""
        async with self.application.database.read() as snapshot:
            found = await snapshot.execute(text("SELECT id, retries, job_id FROM openai_call"))
            return [(row[0], row[1], row[2]) for row in found]

    async def list_states(self) -> list[tuple[str, str | None]]:
        """Return the state of each job and why it ended, the oldest first."""
        async with self.application.database.read() as snapshot:
            found = await snapshot.execute(text("SELECT state, end_reason FROM job ORDER BY id"))
            return [(row[0], row[1]) for row in found]

    async def wait_until_running(self) -> None:
        """Wait until no job is queued."""
        async with asyncio.timeout(SECONDS):
            while ("queued", None) in await self.list_states():  # noqa: ASYNC110 - it is in another thread
                await asyncio.sleep(0.01)

    async def sweep(self) -> None:
        """Sweep once, as each gateway does each second."""
        rates: RateLimits = self.application.ports.get(RateLimits)
        await ClientCallSweeps(self.application.database, rates).cancel_unheard_jobs()

    async def read_held(self) -> str:
        """Return the money that is held."""
        held: str = (await self.http.get(BALANCE)).json()["heldUsd"]
        return held


@pytest.fixture
def asking(application: Application, http: httpx2.AsyncClient, clock: MovedClock) -> Asking:
    return Asking(application, http, clock)


async def test_a_job_nobody_waits_for_is_canceled_and_costs_nothing(asking: Asking) -> None:
    await asking.start()
    await asking.wait_until_running()
    await asking.sweep()
    assert await asking.list_states() == [("running", None)]
    await asking.give_up()
    await asyncio.gather(*(asking.sweep() for _ in range(3)))
    assert await asking.list_states() == [("canceled", "client_gone")]
    assert await asking.read_held() == "0.00"
    await asking.start(RETRY)
    assert len(await asking.list_states()) == 2
    await asking.give_up()


async def test_beyond_the_hourly_limit_jobs_run_on_and_can_be_adopted(asking: Asking) -> None:
    await asking.start()
    await asking.start()
    await asking.wait_until_running()
    await asking.give_up()
    await asking.sweep()
    assert sorted(await asking.list_states()) == [("canceled", "client_gone"), ("running", None)]
    await asking.sweep()
    assert await asking.read_held() == "0.02"
    await asking.start(RETRY)
    assert len(await asking.list_states()) == 2
    await asking.give_up()


async def test_a_job_that_its_owner_reads_is_wanted(asking: Asking) -> None:
    await asking.start()
    await asking.give_up()
    (job,) = (await asking.http.get(JOBS)).json()["data"]
    await asking.sweep()
    assert (await asking.http.get(JOBS, params={"jobId": job["jobId"]})).json()["status"] in {
        "queued",
        "running",
    }


async def test_a_job_whose_gateway_died_before_it_wrote_it_down_is_found(
    asking: Asking, application: Application
) -> None:
    await asking.start()
    await asking.give_up()
    async with application.database.write() as session:
        await session.execute(text("UPDATE openai_call SET job_id = NULL"))
    await asking.sweep()
    assert await asking.list_states() == [("canceled", "client_gone")]


@pytest.mark.parametrize("cancels", [100])
async def test_a_retry_and_the_sweep_at_once_leave_one_job(asking: Asking) -> None:
    for _ in range(4):
        await asking.start()
        known = len(await asking.list_states())
        await asking.give_up()
        await asyncio.gather(asking.start(RETRY), asking.sweep(), asking.sweep())
        states = (await asking.list_states())[known - 1 :]
        assert [state in {"queued", "running"} for state, _ in states].count(True) == 1
        assert len(states) == 1 or states[0] == ("canceled", "client_gone")
        assert await asking.read_held() == "0.02"
        await asking.give_up()
        await asking.sweep()
        assert await asking.read_held() == "0.00"


async def test_a_clip_whose_client_left_before_the_answer_is_canceled(
    asking: Asking, application: Application
) -> None:
    body = write_json({"prompt": SLOW, "size": "256x256", "seconds": "0.4"}).encode()
    parts = [{"type": "http.request", "body": body}]
    headers = {"host": "127.0.0.1", "content-type": "application/json", **asking.http.headers}

    async def receive() -> Message:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        return

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/v1/videos", "raw_path": b"/v1/videos", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    await application.asgi(scope, receive, send)
    assert len(await asking.list_states()) == 1
    await asking.give_up()
    await asking.sweep()
    assert await asking.list_states() == [("canceled", "client_gone")]


async def test_a_renewal_that_fails_is_tried_again(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More failures than loops: a request has one loop for its submit, and one for its wait.
    tries, is_renewed = [ConnectionLost(), *[RuntimeError("a bug")] * 4], asyncio.Event()

    async def hear(_: ClientCalls, __: ClientCall) -> None:
        if tries:
            raise tries.pop()
        is_renewed.set()

    monkeypatch.setattr(ClientCalls, "hear", hear)
    monkeypatch.setattr(submitting, "HEAR_AGAIN_SECONDS", 0)
    await asking.start()
    async with asyncio.timeout(SECONDS):
        await is_renewed.wait()
    await asking.give_up()


async def test_a_wait_outlives_a_database_that_is_away(
    asking: Asking, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch: JobWatch = application.ports.get(JobWatch)
    is_away, read = asyncio.Event(), watch._reads.submit

    async def submit(job_id: str) -> tuple[int, str]:
        if not is_away.is_set():
            is_away.set()
            raise ConnectionLost
        return await read(job_id)

    monkeypatch.setattr(watch._reads, "submit", submit)
    answer = await asking.http.post(GENERATIONS, json=ask_picture())
    assert (answer.status_code, is_away.is_set()) == (200, True)


async def test_a_stream_too_many_is_refused_before_its_job(
    asking: Asking, application: Application
) -> None:
    await asking.start()
    async with application.database.read() as snapshot:
        owner = (await snapshot.execute(text("SELECT account_id, book FROM openai_call"))).one()
    streams: OpenStreams = application.ports.get(OpenStreams)
    streams.counts[owner[0], owner[1]] = MOST_STREAMS
    answer = await asking.http.post(GENERATIONS, json=ask_picture(stream=True))
    assert_refused(answer, 429, "concurrency_limited")
    assert len(await asking.list_states()) == 1
    await asking.give_up()
