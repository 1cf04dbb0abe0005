"""`admin affiliate` and `admin payout`: decisions about affiliates, commissions and payouts."""

from typing import Annotated

import typer

from killatamata.cli.operating import Act, Look, Mode, check_mode, reading, writing

app = typer.Typer(help="Affiliates and their commissions.", no_args_is_help=True)
payouts = typer.Typer(help="Payouts to affiliates.", no_args_is_help=True)

Affiliate = Annotated[str, typer.Argument(help="Its id, aff_…")]
Commission = Annotated[str, typer.Argument(help="Its id, com_…")]
Payout = Annotated[str, typer.Argument(help="Its id, pay_…")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many.")]


@app.command("list")
@reading
def listed(
    state: Annotated[
        str, typer.Option(help="Only applied, approved, rejected, suspended or banned.")
    ] = "",
    limit: Limit = 50,
) -> Look:
    """List affiliates, newest first."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda folder: affiliates.list_affiliates(folder, state or None, limit)


@app.command("approve")
@writing()
def approve(affiliate: Affiliate) -> Act:
    """Approve an affiliate, or approve one again."""
    return _decided(affiliate, "approve")


@app.command("reject")
@writing()
def reject(affiliate: Affiliate) -> Act:
    """Reject an application."""
    return _decided(affiliate, "reject")


@app.command("suspend")
@writing()
def suspend(affiliate: Affiliate) -> Act:
    """Suspend an affiliate: nothing new is earned, approved or paid."""
    return _decided(affiliate, "suspend")


@app.command("ban")
@writing()
def ban(affiliate: Affiliate) -> Act:
    """Ban a suspended affiliate permanently."""
    return _decided(affiliate, "ban")


def _decided(affiliate: str, decision: str) -> Act:
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda order: affiliates.decide_affiliate(order, affiliate, decision)


@app.command("holds")
@reading
def holds(mode: Mode = "live", limit: Limit = 50) -> Look:
    """List the commissions on hold, and why."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda folder: affiliates.list_held_commissions(folder, book, limit)


@app.command("release")
@writing()
def release(commission: Commission) -> Act:
    """Release a commission on hold: it is approved when it is due."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda order: affiliates.release_commission(order, commission)


@app.command("reverse")
@writing()
def reverse(commission: Commission) -> Act:
    """Reverse a commission that is not yet approved, permanently."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda order: affiliates.reverse_commission(order, commission)


@payouts.command("list")
@reading
def waiting(
    mode: Mode = "live",
    state: Annotated[
        str, typer.Option(help="requested, approved, paid, rejected or failed.")
    ] = "requested",
    limit: Limit = 50,
) -> Look:
    """List payouts, oldest first, with their destinations."""
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda folder: affiliates.list_payouts(folder, book, state, limit)


@payouts.command("approve")
@writing()
def approve_payout(payout: Payout) -> Act:
    """Approve a payout."""
    return _payout(payout, "approve")


@payouts.command("paid")
@writing("paid by hand")
def paid(
    payout: Payout,
    reference: Annotated[
        str, typer.Option(help="The payment's reference at the place it was made.")
    ],
) -> Act:
    """Record that an approved payout was made."""
    return _payout(payout, "paid", reference)


@payouts.command("reject")
@writing()
def reject_payout(payout: Payout) -> Act:
    """Reject a payout: the money returns to the affiliate, who sees the reason."""
    return _payout(payout, "reject")


@payouts.command("failed")
@writing()
def failed(payout: Payout) -> Act:
    """Record that an approved payout failed: the money returns to the affiliate."""
    return _payout(payout, "failed")


def _payout(payout: str, decision: str, reference: str | None = None) -> Act:
    from gateway.operator import affiliates  # noqa: PLC0415 - the server is an extra

    return lambda order: affiliates.decide_payout(order, payout, decision, reference)
