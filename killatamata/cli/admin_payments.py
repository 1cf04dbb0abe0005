"""`admin refund`, `admin reconcile` and `admin payments resolve`."""

import sys
from typing import Annotated

import typer

from killatamata.cli.operating import Act, DataDir, Json, Mode, check_mode, done, say, writing

app = typer.Typer(help="Payments that wait for a person.", no_args_is_help=True)


@writing()
def refund(
    purchase: Annotated[str, typer.Argument(help="Its id, pur_…")],
    amount: Annotated[str, typer.Option(help="Dollars to pay back; else all.")] = "",
    external: Annotated[str, typer.Option(help="Name of a payment you made by hand.")] = "",
) -> Act:
    """Pay a purchase back through its provider; the credit goes in proportion."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    return lambda order: payments.refund(order, purchase, amount or None, external or None)


def reconcile(
    provider: Annotated[str, typer.Option(help="stripe")] = "stripe",
    mode: Mode = "live",
    *,
    apply: Annotated[bool, typer.Option(help="Settle what is missing.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Compare 35 days with the provider; exit 1 if they differ."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    if provider != "stripe":
        sys.exit("--provider is stripe")
    report = done(payments.reconcile(data_dir, check_mode(mode), apply=apply))
    say(report, as_json=as_json)
    sys.exit(1 if report["differences"] else 0)


@app.command("resolve")
@writing()
def resolve(
    checkout: Annotated[str, typer.Argument(help="Its id, chk_…")],
    *,
    credit: Annotated[bool, typer.Option("--credit/--reject", help="Credit it, or not.")],
) -> Act:
    """Decide a payment that did not match its checkout."""
    from gateway.operator import payments  # noqa: PLC0415 - the server is an extra

    return lambda order: payments.resolve(order, checkout, "credit" if credit else "reject")
