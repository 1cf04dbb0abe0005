"""`admin usage` and `admin statement`: what an account was charged, and its months."""

from typing import Annotated

import typer

from killatamata.cli.admin.accounts import Account
from killatamata.cli.operator_command import Mode, OperatorQuery, check_mode, query_command

Day = Annotated[str, typer.Option(help="A UTC day, such as 2026-11-25.")]


@query_command
def list_usage(account: Account, mode: Mode, first: Day = "", last: Day = "") -> OperatorQuery:
    """List what an account was charged, by task; by default in the last 30 days."""
    from gateway.operator import spending  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda folder: spending.list_usage(folder, account, book, first, last)


@query_command
def show_statement(
    account: Account,
    mode: Mode,
    month: Annotated[str, typer.Option(help="A UTC month, such as 2026-11; default: this.")] = "",
) -> OperatorQuery:
    """Show an account's statement of a month: opening balance, lines, closing balance."""
    from gateway.operator import spending  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda folder: spending.get_statement(folder, account, book, month)
