"""`admin share`: shared results, the reports about them, and the front page."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="Shared results and reports about them.", no_args_is_help=True)

Share = Annotated[str, typer.Argument(help="Its id, shr_…")]


@app.command("list")
@query_command
def list_shares() -> OperatorQuery:
    """List the newest shares, those with open reports first."""
    from gateway.operator import shares  # noqa: PLC0415 - the server is an extra

    return shares.list_shares


@app.command("reports")
@query_command
def list_reports() -> OperatorQuery:
    """List the reports that wait for a decision, newest first."""
    from gateway.operator import shares  # noqa: PLC0415 - the server is an extra

    return shares.list_reports


@app.command("takedown")
@change_command()
def take_down_share(share: Share) -> OperatorChange:
    """Take a share down: its page and its files answer 404 at once."""
    from gateway.operator import shares  # noqa: PLC0415 - the server is an extra

    return lambda order: shares.take_down_share(order, share)


@app.command("restore")
@change_command()
def restore_share(share: Share) -> OperatorChange:
    """Undo a takedown: the link works again, if it has not expired."""
    from gateway.operator import shares  # noqa: PLC0415 - the server is an extra

    return lambda order: shares.restore_share(order, share)


@app.command("dismiss")
@change_command()
def dismiss_reports(share: Share) -> OperatorChange:
    """Decide the open reports of a share without taking it down."""
    from gateway.operator import shares  # noqa: PLC0415 - the server is an extra

    return lambda order: shares.dismiss_reports(order, share)


@app.command("feature")
@change_command()
def feature_share(share: Share) -> OperatorChange:
    """Put a share on the front page, if its owner allows it."""
    from gateway.operator import shares  # noqa: PLC0415 - the server is an extra

    return lambda order: shares.feature_share(order, share)


@app.command("unfeature")
@change_command()
def unfeature_share(share: Share) -> OperatorChange:
    """Take a share off the front page; its link goes on working."""
    from gateway.operator import shares  # noqa: PLC0415 - the server is an extra

    return lambda order: shares.unfeature_share(order, share)
