"""`admin team`: the members of an account are listed and removed."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="Members of accounts.", no_args_is_help=True)


@app.command("list")
@query_command
def list_members(
    account: Annotated[str, typer.Argument(help="Its id, acct_…, or a verified address.")],
) -> OperatorQuery:
    """List the members and open invitations of an account, without its owner."""
    from gateway.operator import teams  # noqa: PLC0415 - the server is an extra

    return lambda folder: teams.list_members(folder, account)


@app.command("remove")
@change_command()
def remove_member(
    member: Annotated[str, typer.Argument(help="The membership, mbr_…")],
) -> OperatorChange:
    """Remove a member: keys, apps, devices, sessions and waiting plans end; running jobs finish."""
    from gateway.operator import teams  # noqa: PLC0415 - the server is an extra

    return lambda order: teams.remove_member(order, member)
