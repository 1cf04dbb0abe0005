"""`admin code`: credit codes are made, listed, shown and disabled."""

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

app = typer.Typer(help="Credit codes and their redemptions.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Its id, cod_…")]


@app.command("create")
@change_command()
def create_code(
    credit_usd: Annotated[str, typer.Option(help="Credit of each redemption, in dollars.")],
    mode: Mode,
    uses: Annotated[int, typer.Option(min=1, help="How many accounts may redeem it.")] = 1,
    word: Annotated[
        str,
        typer.Option(help="A word of your choice, which people can guess; default: generated."),
    ] = "",
    last_day: Annotated[
        str, typer.Option(help="Last UTC day to redeem it, such as 2026-12-31; default: no end.")
    ] = "",
    *,
    first_purchase: Annotated[
        bool,
        typer.Option(
            "--first-purchase", help="Credit it with the first purchase of the account only."
        ),
    ] = False,
    least_purchase_usd: Annotated[
        str,
        typer.Option(
            help="Least price of that first purchase, in dollars; default: the credit of the code."
        ),
    ] = "",
    days: Annotated[
        int, typer.Option(min=0, help="Days until its credit expires; 0 means never.")
    ] = 90,
    note: Annotated[str, typer.Option(help="For yourself, such as the campaign.")] = "",
) -> OperatorChange:
    """Create a credit code; a generated one is shown this once."""
    from gateway.operator import codes  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda order: codes.create_code(
        order,
        credit_usd=credit_usd,
        mode=book,
        uses=uses,
        word=word,
        last_day=last_day,
        first_purchase=first_purchase,
        least_purchase_usd=least_purchase_usd,
        days=days,
        note=note,
    )


@app.command("list")
@query_command
def list_codes() -> OperatorQuery:
    """List the newest codes."""
    from gateway.operator import codes  # noqa: PLC0415 - the server is an extra

    return codes.list_codes


@app.command("show")
@query_command
def show_code(code: Code) -> OperatorQuery:
    """Show a code with its redemptions."""
    from gateway.operator import codes  # noqa: PLC0415 - the server is an extra

    return lambda folder: codes.get_code_details(folder, code)


@app.command("disable")
@change_command()
def disable_code(code: Code) -> OperatorChange:
    """Disable a code permanently; the credit that it gave stays."""
    from gateway.operator import codes  # noqa: PLC0415 - the server is an extra

    return lambda order: codes.disable_code(order, code)
