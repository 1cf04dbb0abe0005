"""`admin outbox`: mails that are unsent or given up."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="Mail waiting to be sent.", no_args_is_help=True)


@app.command("list")
@query_command
def list_mails(
    *,
    given_up: Annotated[bool, typer.Option("--given-up", help="Only mail given up on.")] = False,
) -> OperatorQuery:
    """List unsent e-mail, without its contents."""
    from gateway.operator import mails  # noqa: PLC0415 - the server is an extra

    return mails.list_given_up_mails if given_up else mails.list_waiting_mails


@app.command("replay")
@change_command()
def replay_mail(mail: Annotated[str, typer.Argument(help="Its id, mail_…")]) -> OperatorChange:
    """Retry an e-mail now, even one given up on."""
    from gateway.operator import mails  # noqa: PLC0415 - the server is an extra

    return lambda order: mails.retry_mail(order, mail)
