"""`admin delivery`: the webhooks that were sent, or could not be."""

from typing import Annotated

import typer

from killatamata.cli.operating import DataDir, DryRun, Json, Reason, act, done, say

app = typer.Typer(help="Webhook deliveries.", no_args_is_help=True)


@app.command("list")
def listed(
    status: Annotated[
        str | None, typer.Option(help="pending, delivered, stopped or failed.")
    ] = None,
    *,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List the newest deliveries of all accounts."""
    from gateway.operator import deliveries  # noqa: PLC0415 - the server is an extra

    say(done(deliveries.listed(data_dir, status)), as_json=as_json)


@app.command("redeliver")
def redeliver(
    delivery: Annotated[str, typer.Argument(help="Its id, whd_…")],
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Send a delivery again, under the same webhook-id."""
    from gateway.operator import deliveries  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: deliveries.redeliver(order, delivery),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )
