"""`admin affiliate` and `admin payout`: decisions about affiliates, commissions and payouts."""

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

app = typer.Typer(help="Affiliates and their commissions.", no_args_is_help=True)
payouts = typer.Typer(help="Payouts to affiliates.", no_args_is_help=True)

Affiliate = Annotated[str, typer.Argument(help="Its id, aff_…")]
Commission = Annotated[str, typer.Argument(help="Its id, com_…")]
Payout = Annotated[str, typer.Argument(help="Its id, pay_…")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many.")]


@app.command("list")
@query_command
def list_affiliates(
    state: Annotated[
        str, typer.Option(help="Only applied, approved, rejected, suspended or banned.")
    ] = "",
    limit: Limit = 50,
) -> OperatorQuery:
    """List affiliates, newest first."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda folder: affiliates.list_affiliates(folder, state or None, limit)


@app.command("approve")
@change_command()
def approve_affiliate(affiliate: Affiliate) -> OperatorChange:
    """Approve an affiliate, or approve one again."""
    return _decide_affiliate(affiliate, "approve")


@app.command("reject")
@change_command()
def reject_affiliate(affiliate: Affiliate) -> OperatorChange:
    """Reject an application."""
    return _decide_affiliate(affiliate, "reject")


@app.command("suspend")
@change_command()
def suspend_affiliate(affiliate: Affiliate) -> OperatorChange:
    """Suspend an affiliate: nothing new is earned, approved or paid."""
    return _decide_affiliate(affiliate, "suspend")


@app.command("ban")
@change_command()
def ban_affiliate(affiliate: Affiliate) -> OperatorChange:
    """Ban a suspended affiliate permanently."""
    return _decide_affiliate(affiliate, "ban")


def _decide_affiliate(affiliate: str, decision: str) -> OperatorChange:
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda order: affiliates.decide_affiliate(order, affiliate, decision)


@app.command("holds")
@query_command
def list_held_commissions(mode: Mode = "live", limit: Limit = 50) -> OperatorQuery:
    """List the commissions on hold, and why."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda folder: affiliates.list_held_commissions(folder, book, limit)


@app.command("release")
@change_command()
def release_commission(commission: Commission) -> OperatorChange:
    """Release a commission on hold: it is approved when it is due."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda order: affiliates.release_commission(order, commission)


@app.command("reverse")
@change_command()
def reverse_commission(commission: Commission) -> OperatorChange:
    """Reverse a commission that is not yet approved, permanently."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda order: affiliates.reverse_commission(order, commission)


@payouts.command("list")
@query_command
def list_payouts(
    mode: Mode = "live",
    state: Annotated[
        str, typer.Option(help="requested, approved, paid, rejected or failed.")
    ] = "requested",
    limit: Limit = 50,
) -> OperatorQuery:
    """List payouts, oldest first, with their destinations."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda folder: affiliates.list_payouts(folder, book, state, limit)


@payouts.command("approve")
@change_command()
def approve_payout(payout: Payout) -> OperatorChange:
    """Approve a payout."""
    return _decide_payout(payout, "approve")


@payouts.command("paid")
@change_command("paid by hand")
def record_paid_payout(
    payout: Payout,
    reference: Annotated[
        str, typer.Option(help="The payment's reference at the place it was made.")
    ],
) -> OperatorChange:
    """Record that an approved payout was made."""
    return _decide_payout(payout, "paid", reference)


@payouts.command("reject")
@change_command()
def reject_payout(payout: Payout) -> OperatorChange:
    """Reject a payout: the money returns to the affiliate, who sees the reason."""
    return _decide_payout(payout, "reject")


@payouts.command("failed")
@change_command()
def record_failed_payout(payout: Payout) -> OperatorChange:
    """Record that an approved payout failed: the money returns to the affiliate."""
    return _decide_payout(payout, "failed")


def _decide_payout(payout: str, decision: str, reference: str | None = None) -> OperatorChange:
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda order: affiliates.decide_payout(order, payout, decision, reference)
