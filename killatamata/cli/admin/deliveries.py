"""`admin delivery`: deliveries of webhooks, also failed ones."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="Webhook deliveries.", no_args_is_help=True)


@app.command("list")
@query_command
def list_deliveries(
    status: Annotated[
        str | None,
        typer.Option(
            help="pending, sending, delivered, stopped, failed, or given-up for both of these."
        ),
    ] = None,
) -> OperatorQuery:
    """List the newest deliveries of all accounts."""
    from gateway.operator import deliveries  # noqa: PLC0415 - the server is an extra

    return lambda folder: deliveries.list_webhook_deliveries(folder, status)


@app.command("redeliver")
@change_command()
def redeliver_webhook(
    delivery: Annotated[str, typer.Argument(help="Its id, whd_…")],
) -> OperatorChange:
    """Send a delivery again, under the same webhook-id."""
    from gateway.operator import deliveries  # noqa: PLC0415 - the server is an extra

    return lambda order: deliveries.resend_delivery(order, delivery)
