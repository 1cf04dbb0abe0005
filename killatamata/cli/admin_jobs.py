"""`admin job`: look at, cancel, queue again, refund."""

from typing import Annotated

import typer

from killatamata.cli.operating import DataDir, DryRun, Json, Reason, act, done, say

app = typer.Typer(help="Jobs.", no_args_is_help=True)

Job = Annotated[str, typer.Argument(help="Its id, job_…")]


@app.command("show")
def show(job: Job, *, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show how it stands with a job."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    say(done(jobs.show(data_dir, job)), as_json=as_json)


@app.command("cancel")
def cancel(
    job: Job,
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Cancel a job and release its price."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: jobs.cancel(order, job),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("requeue")
def requeue(
    job: Job,
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a running job from its worker and queue it again."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: jobs.requeue(order, job),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("refund")
def refund(
    job: Job,
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give back what a job was charged, once."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: jobs.refund(order, job),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )
