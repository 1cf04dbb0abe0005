"""Operations on media tasks, jobs, quotes, outputs and usage."""

import re
from functools import partial

from gateway.kit import faults
from gateway.kit.database.sessions import Database, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import (
    ConcurrencyLimited,
    InsufficientCredits,
    KeyLimitExceeded,
    NotFound,
    PayloadTooLarge,
)
from gateway.kit.http.rate_limit import RateLimits
from gateway.kit.long_poll import wait_while_allowed
from gateway.kit.operation import JSON_MEDIA_TYPE, Answer, Call, Caller, Reply, operation
from gateway.kit.telemetry.tracing import build_trace_headers
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.operations import TopUp
from gateway.library import errors as library
from gateway.library import previews
from gateway.library.schemas import AssetMade
from gateway.library.uploads.intake import Uploads
from gateway.media import errors, schemas, usage, usage_schemas
from gateway.media.client_calls.calls import ClientCalls
from gateway.media.jobs import job_schemas, kept_outputs, lifecycle, queries, view
from gateway.media.jobs.event_streams import EVENT_STREAM, JobEvents
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.jobs.waits import JobWatch
from gateway.media.outputs.keeping import keep_outputs
from gateway.media.outputs.schemas import KeptOutputs
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.media.submits.submitter import Submitter
from gateway.media.tasks.catalogue import TASKS, build_task_entry, get_task

BODY_BYTES = 32 * 1024 * 1024
MOST_WAIT_SECONDS = 60
WAIT_PREFERENCE = re.compile(r"(?:^|[,;\s])wait(?:=(\d{1,3}))?(?:$|[,;\s])")
CSV = "text/csv"
OK, ACCEPTED = 200, 202


@operation("GET", "/api/v1/media/tasks", tag="media", response=schemas.Tasks, public=True)
async def list_tasks(query: schemas.TasksQuery, submitter: Submitter) -> Reply:
    """Describe the media tasks: input schema, price rule, limits, guidance, an example."""
    tasks = TASKS.values() if query.task is None else [get_task(query.task, TASKS)]
    planning = submitter.planner
    shown = [
        schemas.TaskShown.model_validate(
            {
                **build_task_entry(task, planning.prices),
                "capacity": submitter.describe_capacity(task),
                "runLimitSeconds": planning.run_limit_seconds(task),
            }
        )
        for task in tasks
    ]
    return Reply(body=schemas.Tasks(data=shown), headers={"Cache-Control": "public, max-age=60"})


@operation(
    "POST",
    "/api/v1/media/jobs",
    tag="media",
    response=job_schemas.Job,
    alternatives=(job_schemas.DryRun,),
    status=ACCEPTED,
    scopes=("media",),
    spends="directly",
    submits=True,
    allows_cached_key=True,
    body_bytes=BODY_BYTES,
    seconds=90,
    problems=(
        InsufficientCredits,
        KeyLimitExceeded,
        MemberLimitExceeded,
        NotFound,
        errors.PriceExceedsMax,
        errors.QuoteMismatch,
        errors.QuoteUsed,
        errors.QuoteExpired,
        errors.PriceChanged,
        errors.NoPrice,
        errors.UnknownTask,
        errors.AdjustmentRequired,
        errors.SourceNotReady,
        errors.MediaNotFound,
        errors.ContentRejected,
        errors.WebhookUrlRefused,
        library.StorageQuotaExceeded,
        errors.NoCapacity,
        errors.QueueFull,
    ),
)
async def submit_job(
    call: Call,
    caller: Caller,
    body: schemas.SubmitJob,
    query: schemas.SubmitQuery,
    *,
    submitter: Submitter,
    watch: JobWatch,
    database: Database,
    files: OutputUrls,
    top_up: TopUp,
) -> Answer | Reply:
    """Submit a media job; its exact price is held now and charged only if it succeeds.

    One idempotency key per intended job: send the SAME key when you retry. `dryRun=1` only checks
    and prices. `Prefer: wait=N` waits up to 60 seconds for the end.
    """
    if query.dry_run:
        return Reply(status=OK, body=await submitter.dry_run_job(caller, body))
    with top_up.adding_url_to_refusal():
        admitted = await submitter.submit_job(call, caller, body)
    stored = admitted.answer
    headers = {
        "Location": f"/api/v1/media/jobs?jobId={stored.resource_id}",
        "Retry-After": str(view.POLL_SECONDS[get_task(body.task).queue]),
        **build_trace_headers(stored.resource_id),
    }
    if admitted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    seconds = _parse_preferred_wait(call)
    if seconds is not None:
        headers["Preference-Applied"] = f"wait={seconds}"
        await wait_while_allowed(call, seconds, partial(watch.wait, stored.resource_id))
        job, shown = await queries.load_job(
            database, files, caller, stored.resource_id, details=True
        )
        if job.state not in OPEN_JOB_STATES:
            return Reply(status=OK, body=shown, headers=headers)
    return Answer(
        status=stored.status,
        body=stored.response.encode(),
        headers=headers,
        available_microusd=admitted.available_microusd,
    )


@operation(
    "POST",
    "/api/v1/media/quote",
    tag="media",
    response=schemas.Quote,
    alternatives=(schemas.PriceCheck,),
    limit="quote",
    allows_cached_key=True,
    scopes=("media", "account:read"),
    body_bytes=BODY_BYTES,
    seconds=90,
    problems=(
        errors.NoPrice,
        errors.UnknownTask,
        errors.AdjustmentRequired,
        errors.MediaNotFound,
        errors.ContentRejected,
        library.StorageQuotaExceeded,
        ConcurrencyLimited,
    ),
)
async def quote_jobs(
    caller: Caller, body: schemas.QuoteRequest, query: schemas.QuoteQuery, submitter: Submitter
) -> schemas.Quote | schemas.PriceCheck:
    """Price 1 to 100 jobs exactly, for 15 minutes; nothing is held.

    Submit the same task and input with `quoteId`: the job gets the quoted input, including seed and
    media bytes, at the quoted or the current price, whichever is lower. Each item works once.
    `dryRun=1` only prices, without `quoteId`: a key that only reads may do that.
    """
    if query.dry_run:
        return await submitter.price_jobs(caller, body)
    caller.require_scope("media")
    return await submitter.quote_jobs(caller, body)


@operation(
    "GET",
    "/api/v1/media/jobs",
    tag="media",
    response=job_schemas.Job,
    alternatives=(job_schemas.JobPage,),
    conditional=True,
    scopes=("media", "account:read"),
    seconds=35,
    problems=(NotFound,),
)
async def get_job(
    call: Call,
    caller: Caller,
    query: schemas.JobQuery,
    database: Database,
    files: OutputUrls,
    watch: JobWatch,
    calls: ClientCalls,
) -> Answer | Reply | job_schemas.JobPage:
    """Read one job, or list jobs, newest first.

    `includeDetails=1` adds the sanitized upstream result, `effectiveInput` and
    `inputAdjustments`. `waitSeconds` waits for the end, or for a version above `sinceVersion`.
    `downloadableOutputUrls` work for 48 hours after completion; clean-up targets 72 hours.
    """
    if query.job_id is None:
        page = await queries.list_jobs(database, files, caller, query)
        await calls.leave_jobs(caller, [o.id for o in page.data if o.status in OPEN_JOB_STATES])
        return page
    job, shown = await queries.load_job(
        database, files, caller, query.job_id, details=query.include_details
    )
    if job.state in OPEN_JOB_STATES:
        await calls.leave_jobs(caller, [job.id])
    if query.wait_seconds and job.state in OPEN_JOB_STATES:
        ended = partial(watch.wait, job.id, since_version=query.since_version)
        await wait_while_allowed(call, query.wait_seconds, ended)
        job, shown = await queries.load_job(
            database, files, caller, query.job_id, details=query.include_details
        )
    etag = view.compute_etag(job, shown, details=query.include_details)
    if call.headers.get("if-none-match") == etag:
        return Answer(status=304, body=b"", headers={"ETag": etag})
    return Reply(body=shown, headers={"ETag": etag, **build_trace_headers(job.id)})


@operation(
    "GET",
    "/api/v1/media/jobs/events",
    tag="media",
    response=job_schemas.Job,
    scopes=("media", "account:read"),
    seconds=None,
    media_types=(EVENT_STREAM,),
    problems=(NotFound, ConcurrencyLimited),
)
async def watch_job(
    call: Call, caller: Caller, query: schemas.EventsQuery, events: JobEvents, calls: ClientCalls
) -> Answer:
    """Follow one job as server-sent events: `status`, `progress`, then `done` with the whole job.

    The first event is the current state. An event's id is the job's version: reconnect with
    `Last-Event-ID` to get only newer events. The stream ends after `done`, or after an hour.
    Without `jobId` it follows all open jobs until they end; its first event, `jobs`, has their ids.
    """
    headers = {"Content-Type": EVENT_STREAM, "X-Accel-Buffering": "no"}
    if query.job_id is None:
        stream = events.follow_all(call, caller)
    else:
        await calls.leave_jobs(caller, [query.job_id])
        stream = events.follow(call, caller, query.job_id)
    return Answer(status=OK, body=b"", headers=headers, stream=stream)


@operation(
    "POST",
    "/api/v1/media/jobs/cancel",
    tag="media",
    response=job_schemas.Job,
    scopes=("media",),
    problems=(NotFound, errors.JobFinished),
)
async def cancel_job(
    caller: Caller,
    body: schemas.CancelJob,
    database: Database,
    files: OutputUrls,
    rates: RateLimits,
) -> Reply:
    """Cancel a queued or running job at once and release its price."""
    async with database.read() as snapshot:
        job = await queries.get_own_job(snapshot, caller, body.job_id)
    # Only canceling a running job is limited: it throws away work that an engine has begun.
    if job.state == JobState.RUNNING:
        (await rates.count_request("cancel", f"{caller.account_id}:{caller.book}")).check()
    async with database.write() as session:
        job = await queries.get_own_job(session, caller, body.job_id)
        canceled = await lifecycle.cancel_open_job(session, job.id, "user")
        await session.refresh(job)
        if not canceled and job.state != JobState.CANCELED:
            raise errors.JobFinished(f"The job has {job.state}.", jobStatus=job.state)
        shown = await queries.render_stored_job(session, files, job, now=job.finished_at or 0)
    await faults.reach("cancel.committed")
    return Reply(body=shown, headers=build_trace_headers(job.id))


@operation(
    "POST",
    "/api/v1/studio/assets/keep",
    tag="studio",
    response=AssetMade,
    alternatives=(KeptOutputs,),
    status=201,
    other_statuses=(200,),
    scopes=("studio",),
    seconds=90,
    problems=(
        NotFound,
        PayloadTooLarge,
        errors.SourceNotReady,
        errors.OutputDeleted,
        library.ProjectArchived,
        library.StorageQuotaExceeded,
        library.UnsupportedMedia,
        library.MediaUnreadable,
        library.SourceUnreachable,
    ),
)
async def keep_asset(
    call: Call, caller: Caller, body: schemas.KeepAsset, uploads: Uploads
) -> Answer:
    """Keep a job's output for longer than 48 hours, up to 100 `outputs`, or a file at a public URL.

    Keeping the same output again answers 200 with the existing asset. Of `outputs` as many are kept
    as there is room for: `notKept` names the others and why; if none is kept, it is a refusal.
    """
    if body.url is not None:
        return await kept_outputs.keep_url(uploads, call, caller, body, body.url)
    if body.outputs is not None:
        return await keep_outputs(uploads, call, caller, body)
    return await kept_outputs.keep_output(uploads, call, caller, body)


@operation(
    "GET",
    "/api/v1/studio/preview",
    tag="studio",
    response=schemas.Preview,
    scopes=("studio", "media", "account:read"),
    seconds=90,
    media_types=(previews.PREVIEW_MIME_TYPE,),
    problems=(
        NotFound,
        errors.SourceNotReady,
        errors.OutputDeleted,
        library.UnsupportedMedia,
        library.MediaUnreadable,
    ),
)
async def get_preview(caller: Caller, query: schemas.PreviewQuery, uploads: Uploads) -> Answer:
    """View an asset or an output as one small picture; of a video, up to four frames."""
    async with uploads.database.read() as snapshot:
        key, kind = await kept_outputs.get_preview_source(
            snapshot, caller.ledger_account, query.ref
        )
    asker = await uploads.inspection_budgets.get_budget(caller.ledger_account, caller.book)
    picture = await previews.load_preview(
        uploads.storage, uploads.folder, key=key, kind=kind, frames=query.frames, budget=asker
    )
    headers = {"Content-Type": previews.PREVIEW_MIME_TYPE, "Cache-Control": "private, max-age=3600"}
    return Answer(status=OK, body=picture, headers=headers)


@operation(
    "GET",
    "/api/v1/media/usage",
    tag="media",
    response=usage_schemas.Usage,
    scopes=("account:read",),
    session="also",
    media_types=(JSON_MEDIA_TYPE, CSV),
)
async def get_usage(
    call: Call, caller: Caller, query: usage_schemas.UsageQuery, snapshot: Snapshot
) -> Answer | usage_schemas.Usage:
    """Total the jobs that ended in a range of UTC days, by day, task, key, project or member.

    Developers and viewers of a team see their own. `Accept: text/csv` returns CSV.
    """
    now = await get_database_time(snapshot)
    days = usage.build_period(query.first, query.last, now)
    totals = await usage.load_usage(snapshot, caller, days, query.group_by)
    if CSV in call.headers.get("accept", ""):
        headers = {"Content-Type": f"{CSV}; charset=utf-8"}
        return Answer(status=OK, body=usage.render_csv(totals).encode(), headers=headers)
    return totals


def _parse_preferred_wait(call: Call) -> int | None:
    """Return the seconds of `Prefer: wait=N`; bare `wait` is 60."""
    match = WAIT_PREFERENCE.search(call.headers.get("prefer", ""))
    if match is None:
        return None
    return min(int(match[1] or MOST_WAIT_SECONDS), MOST_WAIT_SECONDS)
