"""`admin operator`: accounts that may use the operator pages at /admin."""

from typing import Annotated

import typer

from killatamata.cli.operating import Act, Look, reading, writing

app = typer.Typer(help="Operators.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="An account's id, acct_…, or its verified address.")]


@app.command("list")
@reading
def listed() -> Look:
    """List the accounts that may use the operator pages."""
    from gateway.operator import operators  # noqa: PLC0415 - the server is an extra

    return operators.list_operators


@app.command("grant")
@writing()
def grant(account: Name) -> Act:
    """Let an account use the operator pages after its next sign-in."""
    from gateway.operator import operators  # noqa: PLC0415 - the server is an extra

    return lambda order: operators.grant(order, account)


@app.command("revoke")
@writing()
def revoke(account: Name) -> Act:
    """Revoke that right at once."""
    from gateway.operator import operators  # noqa: PLC0415 - the server is an extra

    return lambda order: operators.revoke(order, account)
