"""`admin plan` and `admin prices`: plans are shown and expired, prices withdrawn."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    OperatorChange,
    OperatorQuery,
    change_command,
    query_command,
)

app = typer.Typer(help="Approval plans.", no_args_is_help=True)
prices = typer.Typer(help="Prices.", no_args_is_help=True)

Plan = Annotated[str, typer.Argument(help="Its id, plan_…")]


@app.command("show")
@query_command
def show_plan(plan: Plan) -> OperatorQuery:
    """Show a plan and its steps."""
    from gateway.operator import plans  # noqa: PLC0415 - the server is an extra

    return lambda folder: plans.get_plan_details(folder, plan)


@app.command("expire")
@change_command()
def expire_plan(plan: Plan) -> OperatorChange:
    """Let a pending plan expire now."""
    from gateway.operator import plans  # noqa: PLC0415 - the server is an extra

    return lambda order: plans.expire_plan(order, plan)


@prices.command("withdraw")
@change_command()
def withdraw_prices(
    version: Annotated[str, typer.Argument(help="The price version, as shown in plans and jobs.")],
) -> OperatorChange:
    """Withdraw a price version: plans and quotes with it are refused with `price_changed`.

    While the gateway itself still uses this version, nothing has a price (`no_price`): publish a
    table with a new version in KT_PRICES, then restart.
    """
    from gateway.operator import plans  # noqa: PLC0415 - the server is an extra

    return lambda order: plans.withdraw_prices(order, version)
