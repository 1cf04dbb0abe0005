"""`admin operator`: accounts that may use the operator pages at /admin."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="Operators.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="An account's id, acct_…, or its verified address.")]


@app.command("list")
@query_command
def list_operators() -> OperatorQuery:
    """List the accounts that may use the operator pages."""
    from gateway.operator import operators  # noqa: PLC0415 - the server is an extra

    return operators.list_operators


@app.command("grant")
@change_command()
def grant_operator(account: Name) -> OperatorChange:
    """Let an account use the operator pages after its next sign-in."""
    from gateway.operator import operators  # noqa: PLC0415 - the server is an extra

    return lambda order: operators.grant_operator_access(order, account)


@app.command("revoke")
@change_command()
def revoke_operator(account: Name) -> OperatorChange:
    """Revoke that right at once."""
    from gateway.operator import operators  # noqa: PLC0415 - the server is an extra

    return lambda order: operators.revoke_operator_access(order, account)
