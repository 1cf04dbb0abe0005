"""`admin key`: list and revoke."""

from typing import Annotated

import typer

from killatamata.cli.operating import DataDir, DryRun, Json, Reason, act, done, say

app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.command("list")
def listed(
    account: Annotated[str, typer.Argument(help="Its id, acct_…")],
    *,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List the keys of an account, never the keys themselves."""
    from gateway.operator import keys  # noqa: PLC0415 - the server is an extra

    say(done(keys.listed(data_dir, account)), as_json=as_json)


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, key_…, or what it starts with.")],
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Revoke a key for good."""
    from gateway.operator import keys  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: keys.revoke(order, key),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )
