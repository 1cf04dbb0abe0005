"""`admin job`: jobs are listed, shown, canceled, queued again and refunded."""

from typing import Annotated

import typer

from killatamata.cli.operating import Act, Look, reading, writing

app = typer.Typer(help="Jobs.", no_args_is_help=True)

Job = Annotated[str, typer.Argument(help="Its id, job_…")]


@app.command("list")
@reading
def listed(
    state: Annotated[
        str,
        typer.Option(help="Only queued, running, succeeded, failed, canceled or expired."),
    ] = "",
    task: Annotated[str, typer.Option(help="Only jobs of this task.")] = "",
    node: Annotated[str, typer.Option(help="Only jobs given to this node.")] = "",
    account: Annotated[
        str, typer.Option(help="Only jobs of this account: its id, or its verified address.")
    ] = "",
    before: Annotated[str, typer.Option(help="Only jobs older than this one.")] = "",
) -> Look:
    """List the 50 newest jobs of all accounts."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda folder: jobs.list_jobs(
        folder, state=state, task=task, node=node, account_id=account, before=before
    )


@app.command("show")
@reading
def show(job: Job) -> Look:
    """Show a job: its attempts on nodes, and each transfer of its money."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda folder: jobs.get_job_details(folder, job)


@app.command("cancel")
@writing()
def cancel(job: Job) -> Act:
    """Cancel a job and release its price."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda order: jobs.cancel(order, job)


@app.command("requeue")
@writing()
def requeue(job: Job) -> Act:
    """Take a running job from its worker and queue it again."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda order: jobs.requeue(order, job)


@app.command("refund")
@writing()
def refund(job: Job) -> Act:
    """Return what a job was charged, once."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda order: jobs.refund(order, job)
