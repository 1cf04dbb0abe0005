"""`admin key`: keys of an account are listed and revoked."""

from typing import Annotated

import typer

from killatamata.cli.operating import Act, Look, reading, writing

app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.command("list")
@reading
def listed(
    account: Annotated[str, typer.Argument(help="Its id, acct_…, or its verified address.")],
) -> Look:
    """List an account's keys, without their secrets."""
    from gateway.operator import keys  # noqa: PLC0415 - the server is an extra

    return lambda folder: keys.list_account_keys(folder, account)


@app.command("revoke")
@writing()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, key_…, or its prefix.")],
) -> Act:
    """Revoke a key permanently."""
    from gateway.operator import keys  # noqa: PLC0415 - the server is an extra

    return lambda order: keys.revoke(order, key)
