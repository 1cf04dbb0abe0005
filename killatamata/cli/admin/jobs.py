"""`admin job`: jobs are listed, shown, canceled, queued again and refunded."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="Jobs.", no_args_is_help=True)

Job = Annotated[str, typer.Argument(help="Its id, job_…")]


@app.command("list")
@query_command
def list_jobs(
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
) -> OperatorQuery:
    """List the 50 newest jobs of all accounts."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda folder: jobs.list_jobs(
        folder, state=state, task=task, node=node, account_id=account, before=before
    )


@app.command("show")
@query_command
def show_job(job: Job) -> OperatorQuery:
    """Show a job: its attempts on nodes, and each transfer of its money."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda folder: jobs.get_job_details(folder, job)


@app.command("cancel")
@change_command()
def cancel_job(job: Job) -> OperatorChange:
    """Cancel a job and release its price."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda order: jobs.cancel(order, job)


@app.command("requeue")
@change_command()
def requeue_job(job: Job) -> OperatorChange:
    """Take a running job from its worker and queue it again."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda order: jobs.requeue(order, job)


@app.command("refund")
@change_command()
def refund_job(job: Job) -> OperatorChange:
    """Return what a job was charged, once."""
    from gateway.operator import jobs  # noqa: PLC0415 - the server is an extra

    return lambda order: jobs.refund(order, job)
