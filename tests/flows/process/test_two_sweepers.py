"""Two gateways look after the same dead lease; the second one is slow."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import Application, build_application
from gateway.configuration.settings import Settings
from gateway.kit.clock import SECOND
from gateway.media.jobs import attempts, lifecycle
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.sweeps.job_sweeps import SELECT_LOST
from tests.databases import MovedClock
from tests.gateway import picture_input
from tests.in_process import open_account_client

pytestmark = pytest.mark.anyio
JOBS = "/api/v1/media/jobs"


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    return Settings(data_dir=data_dir, database_url=database_url).with_secrets()


@pytest.fixture
async def application(
    anyio_backend: str, settings: Settings, clock: MovedClock
) -> AsyncIterator[Application]:
    """A gateway whose workers and sweepers are the test, on either database."""
    application = build_application(settings, clock)
    yield application
    await application.admissions.close()
    await application.database.close()


async def claim_job(application: Application) -> ClaimedJob:
    async with application.database.write() as session:
        found = await lifecycle.claim_job(session, "image", running_limit=4)
        assert found is not None
        await attempts.start_attempt(session, found)
        return found


async def test_a_sweeper_with_an_old_list_writes_off_no_attempt_that_lives(
    application: Application, clock: MovedClock
) -> None:
    body = {"task": "image.generate", "input": picture_input()}
    async with open_account_client(application) as http:
        job_id = (await http.post(JOBS, json=body)).json()["jobId"]
        await claim_job(application)
        await clock.advance(application.database, 61 * SECOND)
        old_list = await application.job_sweeps._read_due(SELECT_LOST)
        await application.job_sweeps.requeue_lost_jobs()
        await claim_job(application)
        for one, fence in old_list:
            async with application.database.write() as session:
                await application.job_sweeps._requeue_lost_job(session, one, fence)
        read = await http.get(JOBS, params={"jobId": job_id, "includeDetails": 1})
        job = read.json()
        ends = [(each["outcome"], each["endedAt"] is None) for each in job["attempts"]]
        assert (job["status"], ends) == ("running", [("lost", False), ("created", True)])


async def test_a_worker_that_was_only_late_keeps_its_job(
    application: Application, clock: MovedClock
) -> None:
    body = {"task": "image.generate", "input": picture_input()}
    async with open_account_client(application) as http:
        job_id = (await http.post(JOBS, json=body)).json()["jobId"]
        mine = await claim_job(application)
        await clock.advance(application.database, 61 * SECOND)
        old_list = await application.job_sweeps._read_due(SELECT_LOST)
        async with application.database.write() as session:
            row = (mine.job_id, mine.fence, lifecycle.LEASE)
            assert await session.change(lifecycle.RENEW_LEASE, [row]) == 1
        for one, fence in old_list:
            async with application.database.write() as session:
                await application.job_sweeps._requeue_lost_job(session, one, fence)
        assert (await http.get(JOBS, params={"jobId": job_id})).json()["status"] == "running"
