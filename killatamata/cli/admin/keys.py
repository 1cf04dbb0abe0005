"""`admin key`: keys of an account are listed and revoked."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.command("list")
@query_command
def list_keys(
    account: Annotated[str, typer.Argument(help="Its id, acct_…, or its verified address.")],
) -> OperatorQuery:
    """List an account's keys, without their secrets."""
    from gateway.operator import keys  # noqa: PLC0415 - the server is an extra

    return lambda folder: keys.list_account_keys(folder, account)


@app.command("revoke")
@change_command()
def revoke_key(
    key: Annotated[str, typer.Argument(help="Its id, key_…, or its prefix.")],
) -> OperatorChange:
    """Revoke a key permanently."""
    from gateway.operator import keys  # noqa: PLC0415 - the server is an extra

    return lambda order: keys.revoke_key(order, key)
