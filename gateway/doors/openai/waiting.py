"""The wait of a request for its job: as long as the client listens, and not a minute longer.

A client that hangs up, or times out, is gone: nothing is answered, and the job is not heard of any
more (`gateway.media.client_calls`). A request that waited for as long as it may is answered with
504, which the official clients take as a reason to ask again.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

from starlette.requests import ClientDisconnect, Request

from gateway.doors.openai.door import Exchange, OpenAiDoor
from gateway.doors.openai.errors import JobCanceled, JobFailed, JobRejected, StillRunning
from gateway.doors.openai.submitting import Submitted, keep_heard
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Problem
from gateway.kit.long_poll import wait_while_allowed
from gateway.kit.queue import OUTAGE_ERRORS
from gateway.media.client_calls.calls import ClientCalls
from gateway.media.jobs import queries
from gateway.media.jobs.job_schemas import Job
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.jobs.waits import JobWatch
from gateway.media.states import OPEN_JOB_STATES, JobState

READ_TIMEOUT_HEADER = "x-stainless-read-timeout"
LONGEST_SECONDS, MARGIN_SECONDS = 600.0, 15.0
OUTAGE_SECONDS = 1.0  # between two looks at a database that is away
SHORT_SHARE = 0.8  # of a read timeout so short that the margin would leave nothing
JOB_ID_HEADER = "X-Killatamata-Job-Id"
EXPIRED_MESSAGE = "The job did not start in time. Nothing was charged."
CANCELED_MESSAGE = "The job was canceled. Nothing was charged."


def compute_wait_seconds(headers: Mapping[str, str], most_seconds: float) -> float:
    """Return how long a request may wait: shorter than its client does, by a margin."""
    timeout = LONGEST_SECONDS
    with suppress(ValueError):
        timeout = min(float(headers.get(READ_TIMEOUT_HEADER, "")), LONGEST_SECONDS)
    if not timeout > 0:  # also of a NaN
        timeout = LONGEST_SECONDS
    return min(max(timeout - MARGIN_SECONDS, timeout * SHORT_SHARE), most_seconds)


async def wait_for_job(door: OpenAiDoor, exchange: Exchange, submitted: Submitted) -> Job:
    """Wait until a job has succeeded, and return it with details.

    Raises:
        ClientDisconnect: the client has gone.
        StillRunning: the time is over; or the gateway stops.
        JobFailed, JobRejected, JobCanceled: it ended otherwise.
        Unauthorized, ScopeDenied: the key was revoked meanwhile.
    """
    watch: JobWatch = door.ports.get(JobWatch)
    seconds = compute_wait_seconds(exchange.request.headers, door.wait_seconds)
    job_id = submitted.job_id
    exchange.facts.submit = "stored"
    async with keep_heard(door, submitted.call):
        with door.waits.take_slot(exchange.caller):
            async with end_if_client_leaves(exchange.request):
                wait_turn = partial(wait_a_turn, watch, job_id)
                await wait_while_allowed(exchange.call, seconds, wait_turn)
        job = await load_job(door, exchange, job_id)
        if job.status in OPEN_JOB_STATES:
            if exchange.call.recheck is not None:
                await exchange.call.recheck()
            raise StillRunning(headers={JOB_ID_HEADER: job_id}, jobId=job_id)
    if job.status is not JobState.SUCCEEDED:
        if submitted.call is not None:
            calls: ClientCalls = door.ports.get(ClientCalls)
            await calls.deliver(submitted.call)
        raise build_job_problem(job)
    return job


async def wait_a_turn(watch: JobWatch, job_id: str, seconds: float) -> bool:
    """Wait for a job for some seconds, also while the database is away; return True at its end."""
    try:
        return await watch.wait(job_id, seconds)
    except OUTAGE_ERRORS:
        await asyncio.sleep(max(0.0, min(seconds, OUTAGE_SECONDS)))
        return False


async def load_job(door: OpenAiDoor, exchange: Exchange, job_id: str) -> Job:
    """Return a job of the caller with its details.

    Raises:
        NotFound: it is not the caller's.
    """
    database, files = door.ports.get(Database), door.ports.get(OutputUrls)
    _, job = await queries.load_job(database, files, exchange.caller, job_id, details=True)
    return job


@asynccontextmanager
async def end_if_client_leaves(request: Request) -> AsyncIterator[None]:
    """Run the block while the client listens; its body must have been read.

    Raises:
        ClientDisconnect: the client hung up, and the block was ended.
    """
    task, gone = asyncio.current_task(), False

    async def listen() -> None:
        nonlocal gone
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone = True
        if task is not None:
            task.cancel()

    listening = asyncio.create_task(listen())
    try:
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.wait({listening})
    except asyncio.CancelledError:
        if not gone:
            raise
    if gone:
        if task is not None:
            task.uncancel()
        raise ClientDisconnect


def build_job_problem(job: Job) -> Problem:
    """Return the problem that answers for a job which ended without a result."""
    headers = {JOB_ID_HEADER: job.id}
    if job.status is JobState.CANCELED:
        return JobCanceled(CANCELED_MESSAGE, headers=headers, jobId=job.id)
    if job.error is None:
        return _with_code(JobFailed(EXPIRED_MESSAGE, headers=headers, jobId=job.id), "job_expired")
    message, hint = job.error.message, job.error.hint
    if job.error.code == JobRejected.code:
        return JobRejected(message, hint=hint, headers=headers, jobId=job.id)
    failed = JobFailed(message, hint=hint, headers=headers, jobId=job.id)
    return _with_code(failed, job.error.code)


def _with_code(problem: JobFailed, code: str) -> Problem:
    problem.code = code  # type: ignore[misc]  # of this one: jobs fail with codes of their own
    return problem
