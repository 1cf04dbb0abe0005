"""`jobs`: jobs of the account are listed, shown, awaited, canceled and downloaded."""

import json
from typing import Annotated, Literal

import typer

from killatamata.cli.completion import complete_jobs, complete_tasks
from killatamata.cli.job_run import deliver_outputs, finish_job
from killatamata.cli.session import ListOptions, Session, command
from killatamata.cli.terminal import (
    errors,
    output,
    print_pairs,
    to_plain_text,
    to_short_time,
)
from killatamata.errors import JobFailed
from killatamata.events import JobEvent
from killatamata.types import Job, Upstream

app = typer.Typer(help="List, follow, cancel and download jobs.", no_args_is_help=True)
JobId = Annotated[
    str, typer.Argument(help="Its id, job_…", metavar="JOB", autocompletion=complete_jobs)
]
States = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]
USUAL_JOBS = 20
Out = Annotated[
    str | None,
    typer.Option("--output", "-o", help="A file, a folder ending in /, or - for stdout."),
]


@command(app, "list", example="killatamata jobs list --status failed --all --quiet")
def list_jobs(
    session: Session,
    options: ListOptions,
    status: Annotated[States | None, typer.Option(help="Only these.")] = None,
    task: Annotated[
        str | None, typer.Option(help="Only jobs of this task.", autocompletion=complete_tasks)
    ] = None,
) -> None:
    """List jobs, newest first."""
    client = session.client
    jobs = options.take(
        session, lambda limit: client.jobs.list(status=status, task=task, limit=limit), USUAL_JOBS
    )
    rows = (
        (each.id, each.task, each.status, _to_price_text(each), to_short_time(each.created_at))
        for each in jobs
    )
    session.print_rows(jobs, ("job", "task", "status", "price", "created"), rows)


def _to_price_text(job: Job) -> str:
    return f"${job.billing.price_usd} {job.billing.state}"


@command(app, "get", example="killatamata jobs get job_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def show_job(session: Session, job_id: JobId) -> None:
    """Show a job with its input and its outputs."""
    job = session.client.jobs.get(job_id)
    session.print_result(job, lambda: _print_job(job), [job.id])


def _print_job(job: Job) -> None:
    print_pairs(
        job=job.id,
        task=job.task,
        status=job.status,
        price=_to_price_text(job),
        created=to_short_time(job.created_at),
        finished=to_short_time(job.finished_at),
        error=job.error and f"{job.error.message} {job.error.hint}",
        engine=_describe_engine(job.upstream),
        input=json.dumps(job.effective_input, ensure_ascii=False),
        outputs=job.downloadable_output_urls,
    )


def _describe_engine(upstream: Upstream | None) -> str | None:
    if upstream is None:
        return None
    name = upstream.workflow and upstream.workflow.name
    workflow = name and f"workflow {name}"
    words = (upstream.engine, upstream.engine_version, f"on {upstream.node}", workflow)
    return " ".join(word for word in words if word)


@command(app, "wait", example="killatamata jobs wait job_01J8ZQ4V8Y6T3N5R7W9XABCDEF -o fox.png")
def wait_for_job(
    session: Session,
    job_id: JobId,
    timeout: Annotated[float | None, typer.Option(help="Maximum seconds to wait.")] = None,
    out: Out = None,
) -> None:
    """Wait for a job, and save what it made."""
    finish_job(session, job_id, timeout=timeout, out=out)


@command(app, "watch", example="killatamata jobs watch job_01J8ZQ4V8Y6T3N5R7W9XABCDEF --json")
def watch_job(session: Session, job_id: JobId) -> None:
    """Follow a job to its end, event by event; with --json one document per line."""
    for event in session.client.jobs.events(job_id):
        if session.as_json:
            session.print_document(
                {"type": event.type, "version": event.version, "data": event.data}
            )
        elif not session.quiet:
            output.print(to_plain_text(_to_event_line(event)))
        if event.job is not None and event.job.status != "succeeded":
            raise JobFailed(event.job)


def _to_event_line(event: JobEvent) -> str:
    data = event.data
    percent = f" {data['percent']}%" if data.get("percent") is not None else ""
    return f"{event.type} {data.get('stage') or data.get('status') or ''}{percent}".strip()


@command(app, "cancel", example="killatamata jobs cancel job_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def cancel_job(session: Session, job_id: JobId) -> None:
    """Cancel a queued or running job; its price is released."""
    job = session.client.jobs.cancel(job_id)
    words = f"{job.id} is {job.status}, nothing charged."
    session.print_result(job, lambda: errors.print(to_plain_text(words)), [job.id])


@command(
    app, "download", example="killatamata jobs download job_01J8ZQ4V8Y6T3N5R7W9XABCDEF -o out/"
)
def download_job(session: Session, job_id: JobId, out: Out = "./") -> None:
    """Save the outputs of a job."""
    deliver_outputs(session, session.client.jobs.get(job_id), out)
