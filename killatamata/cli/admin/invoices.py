"""`admin invoice`: the invoices and credit notes that this gateway issued."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    Mode,
    OperatorQuery,
    check_mode,
    query_command,
)

app = typer.Typer(help="Invoices and credit notes.", no_args_is_help=True)


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
