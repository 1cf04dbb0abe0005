"""`admin invoice`: the invoices and credit notes that this gateway issued."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    DataDir,
    Mode,
    OperatorQuery,
    check_mode,
    query_command,
    run_or_exit,
)

app = typer.Typer(help="Invoices and credit notes.", no_args_is_help=True)
DAY_FORMAT = ["%Y-%m-%d"]


@app.command("list")
@query_command
def list_invoices(
    mode: Mode,
    limit: Annotated[
        int, typer.Option(min=1, max=1000, help="How many to list, newest first.")
    ] = 50,
) -> OperatorQuery:
    """List invoices and credit notes, newest first."""
    from gateway.operator import invoices  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda folder: invoices.list_invoices(folder, book, limit)


@app.command("show")
@query_command
def show_invoice(
    invoice: Annotated[str, typer.Argument(help="Its id, inv_…")],
) -> OperatorQuery:
    """Show an invoice or credit note with all that it says."""
    from gateway.operator import invoices  # noqa: PLC0415 - the server is an extra

    return lambda folder: invoices.show_invoice(folder, invoice)


@app.command("export")
def export_invoices(
    mode: Mode,
    first: Annotated[
        datetime, typer.Option("--from", formats=DAY_FORMAT, help="The first day, in UTC.")
    ] = datetime(1970, 1, 1, tzinfo=UTC),
    last: Annotated[
        datetime | None, typer.Option("--to", formats=DAY_FORMAT, help="The last day, in UTC.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print what was issued as CSV, for the tax adviser; credit notes are negative."""
    from gateway.operator import invoices  # noqa: PLC0415 - the server is an extra

    book, until = check_mode(mode), last or datetime.now(UTC)
    text = run_or_exit(invoices.export_invoices(data_dir, book, first.date(), until.date()))
    sys.stdout.write(text)
