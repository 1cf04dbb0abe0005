"""`admin plan` and `admin prices`: look at a plan, let it expire, take prices back."""

from typing import Annotated

import typer

from killatamata.cli.operating import DataDir, DryRun, Json, Reason, act, done, say

app = typer.Typer(help="Approval plans.", no_args_is_help=True)
prices = typer.Typer(help="Prices.", no_args_is_help=True)

Plan = Annotated[str, typer.Argument(help="Its id, plan_…")]


@app.command("show")
def show(plan: Plan, *, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show how it stands with a plan and its steps."""
    from gateway.operator import plans  # noqa: PLC0415 - the server is an extra

    say(done(plans.show(data_dir, plan)), as_json=as_json)


@app.command("expire")
def expire(
    plan: Plan,
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let a pending plan expire now."""
    from gateway.operator import plans  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: plans.expire(order, plan),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@prices.command("withdraw")
def withdraw(
    version: Annotated[str, typer.Argument(help="The price version, as plans and jobs name it.")],
    reason: Reason,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a price version back: pending plans with it are refused with `price_changed`."""
    from gateway.operator import plans  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: plans.withdraw_prices(order, version),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )
