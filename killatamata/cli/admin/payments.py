"""`admin refund`, `admin reconcile`, `admin payments` and `admin event`."""

import sys
from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    DataDir,
    Mode,
    OperatorChange,
    OperatorQuery,
    Reason,
    change_command,
    check_mode,
    print_result,
    query_command,
    run_or_exit,
)
from killatamata.cli.print_options import AsJson, Jq, Quiet
from killatamata.cli.session import Session

app = typer.Typer(help="Payments: those to decide, and all of them as CSV.", no_args_is_help=True)
events = typer.Typer(help="Events of payment providers.", no_args_is_help=True)


@change_command()
def refund_purchase(
    purchase: Annotated[str, typer.Argument(help="Its id, pur_…")],
    amount: Annotated[
        str, typer.Option(help="Amount in the currency that was charged; default: all.")
    ] = "",
    external: Annotated[str, typer.Option(help="Reference of a refund you made by hand.")] = "",
) -> OperatorChange:
    """Refund a purchase through its provider; its credit is taken in proportion."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    return lambda order: payments.refund_purchase(order, purchase, amount or None, external or None)


def reconcile_provider(
    mode: Mode,
    provider: Annotated[
        str, typer.Option(help="Which one; a wrong name lists all. Default: that of cards.")
    ] = "",
    *,
    apply: Annotated[bool, typer.Option(help="Settle what is missing; requires --reason.")] = False,
    reason: Reason = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
    jq: Jq = None,
    quiet: Quiet = False,
) -> None:
    """Compare the last 35 days with the provider; exit 1 if they differ."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    if apply and not reason.strip():
        sys.exit("give a --reason")
    book = check_mode(mode)
    report = run_or_exit(
        payments.reconcile_provider(data_dir, book, provider, apply=apply, reason=reason)
    )
    print_result(report, Session(as_json=as_json, jq=jq, quiet=quiet))
    sys.exit(1 if report["differences"] else 0)


@events.command("list")
@query_command
def list_events(
    limit: Annotated[
        int, typer.Option(min=1, max=1000, help="How many to list, newest first.")
    ] = 50,
) -> OperatorQuery:
    """List provider events and their outcomes."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    return lambda folder: payments.list_provider_events(folder, limit)


@events.command("replay")
@change_command()
def replay_event(
    event: Annotated[str, typer.Argument(help="Its id, evt_…")], mode: Mode
) -> OperatorChange:
    """Re-read an event from its provider, and process it as if it had just arrived."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda order: payments.replay_event(order, event, book)


@app.command("export")
def export_sales(
    mode: Mode,
    first_day: Annotated[str, typer.Option("--from", help="The first day, in UTC: 2026-11-01.")],
    last_day: Annotated[str, typer.Option("--to", help="The last day, in UTC: 2026-11-30.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Print the sales and returns of some days as CSV: net, tax, total, country, tax id."""
    from gateway.operator import sales  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    print(run_or_exit(sales.export_sales(data_dir, book, first_day, last_day)), end="")


@app.command("list")
@query_command
def list_payments_in_review() -> OperatorQuery:
    """List the payments that did not match their checkout, and why."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    return payments.list_payments_in_review


@app.command("resolve")
@change_command()
def resolve_payment(
    checkout: Annotated[str, typer.Argument(help="Its id, chk_…")],
    *,
    credit: Annotated[bool, typer.Option("--credit/--reject", help="Credit it, or not.")],
) -> OperatorChange:
    """Decide a payment that did not match its checkout."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    return lambda order: payments.decide_payment(order, checkout, "credit" if credit else "reject")
