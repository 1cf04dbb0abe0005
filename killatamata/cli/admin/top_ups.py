"""`admin topup`: auto top-ups are listed, shown, stopped and released."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    Mode,
    OperatorChange,
    OperatorQuery,
    change_command,
    check_mode,
    query_command,
)

app = typer.Typer(help="Auto top-ups.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(help="Its id, acct_…, or an e-mail address of it.")]


@app.command("list")
@query_command
def list_top_up_rules(
    limit: Annotated[
        int, typer.Option(min=1, max=1000, help="How many to list, changed last first.")
    ] = 50,
) -> OperatorQuery:
    """List the auto top-ups that are on or were, and what was charged this month."""
    from gateway.operator import top_ups  # noqa: PLC0415 - the server is an extra

    return lambda folder: top_ups.list_top_up_rules(folder, limit)


@app.command("show")
@query_command
def show_top_up(account: Account) -> OperatorQuery:
    """Show the auto top-up of an account in each mode, with its newest charges."""
    from gateway.operator import top_ups  # noqa: PLC0415 - the server is an extra

    return lambda folder: top_ups.get_account_top_ups(folder, account)


@app.command("stop")
@change_command()
def stop_top_up(account: Account, mode: Mode) -> OperatorChange:
    """Turn an auto top-up off and remove the card, until it is released; the person gets a mail."""
    from gateway.operator import top_ups  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda order: top_ups.stop_top_up(order, account, book)


@app.command("release")
@change_command()
def release_top_up(account: Account, mode: Mode) -> OperatorChange:
    """Let a person turn auto top-up on again after it was stopped."""
    from gateway.operator import top_ups  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda order: top_ups.release_top_up(order, account, book)
