"""`affiliates`: the affiliate programme, its codes, commissions and payouts."""

from typing import Annotated, Literal

import typer

from killatamata.cli.session import (
    EXIT_ERROR,
    ListOptions,
    Session,
    command,
    exit_with_message,
    parse_dollars,
)
from killatamata.cli.terminal import to_short_time
from killatamata.types import AffiliateShown

app = typer.Typer(help="Earn by referrals: code, commissions, payouts.", no_args_is_help=True)
USUAL_ROWS = 20
BASIS_POINTS = 100
Code = Annotated[str, typer.Argument(help="A referral code.")]
Name = Annotated[str | None, typer.Option(help="The name shown to visitors.")]
Website = Annotated[str | None, typer.Option(help="Where the links are.")]


@command(app, "apply", example='killatamata affiliates apply "Ada Films" --accept-terms')
def apply_as_affiliate(
    session: Session,
    name: Annotated[str, typer.Argument(help="The name shown to visitors.")],
    website: Website = None,
    promotion_plan: Annotated[
        str | None, typer.Option("--plan", help="How you will promote; the operator reads it.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="The code you want; if not given, one is made.")
    ] = None,
    *,
    accept_terms: Annotated[
        bool, typer.Option("--accept-terms", help="Accept the terms of the programme.")
    ] = False,
) -> None:
    """Apply for the programme; the operator decides."""
    if not accept_terms:
        exit_with_message("The terms of the programme must be accepted: --accept-terms.")
    applied = session.client.affiliates.apply(
        name,
        accept_terms=accept_terms,
        website=website,
        promotion_plan=promotion_plan,
        desired_code=code,
    )
    session.print_values(
        applied, code=applied.code, state=applied.state, affiliate=applied.affiliate_id
    )


@command(app, "show", example="killatamata affiliates show --jq .link")
def show_affiliate(session: Session) -> None:
    """Show your state, link, terms and payout settings."""
    _print_affiliate(session, session.client.affiliates.get())


@command(app, "update", example="killatamata affiliates update --code adafilms")
def update_affiliate(
    session: Session,
    name: Name = None,
    website: Website = None,
    code: Annotated[str | None, typer.Option(help="A new code; once in 30 days.")] = None,
) -> None:
    """Change name, website or code; where payouts go is changed on the web page alone."""
    if name is None and website is None and code is None:
        exit_with_message("Nothing is to change: give --name, --website or --code.")
    client = session.client
    _print_affiliate(
        session, client.affiliates.update(display_name=name, website=website, code=code)
    )


def _print_affiliate(session: Session, shown: AffiliateShown) -> None:
    session.print_values(
        shown,
        code=shown.code,
        state=shown.state,
        link=shown.link,
        name=shown.display_name,
        website=shown.website,
        commission=f"{shown.rate_bps / BASIS_POINTS:g}%, after {shown.hold_days} days",
        cookie_days=shown.cookie_days,
        least_payout=f"${shown.min_payout_usd}",
        payout_to=shown.payout_method
        and f"{shown.payout_method} {shown.payout_destination_masked or ''}".strip(),
        payouts_blocked_until=to_short_time(shown.payouts_blocked_until),
        bound_code=shown.bound_code,
    )


@command(app, "stats", example="killatamata affiliates stats --days 90")
def show_stats(
    session: Session,
    days: Annotated[int, typer.Option(min=1, help="How many days back clicks are counted.")] = 30,
) -> None:
    """Show clicks, sign-ups, and commission by state."""
    sums = session.client.affiliates.dashboard(days=days)
    session.print_values(
        sums,
        available=f"${sums.available_usd}",
        pending=f"${sums.pending_usd}",
        approved=f"${sums.approved_usd}",
        in_payout=f"${sums.in_payout_usd}",
        paid=f"${sums.paid_usd}",
        on_hold=f"${sums.hold_usd}",
        reversed=f"${sums.reversed_usd}",
        clicks=str(sums.clicks),
        sign_ups=str(sums.sign_ups),
        buyers=str(sums.buyers),
    )


@command(app, "commissions", example="killatamata affiliates commissions --state approved --all")
def list_commissions(
    session: Session,
    options: ListOptions,
    state: Annotated[
        Literal["pending", "hold", "approved", "in_payout", "paid", "reversed"] | None,
        typer.Option(help="Only these."),
    ] = None,
) -> None:
    """List commissions, newest first; buyers stay anonymous."""
    client = session.client
    listed = options.take(
        session, lambda limit: client.affiliates.commissions(state=state, limit=limit), USUAL_ROWS
    )
    rows = (
        (
            each.id,
            each.kind,
            each.state,
            f"${each.purchase_usd}",
            f"${each.commission_usd}",
            to_short_time(each.created_at),
            to_short_time(each.approve_at),
        )
        for each in listed
    )
    head = ("commission", "kind", "state", "purchase", "earned", "created", "approved from")
    session.print_rows(listed, head, rows)


@command(app, "payouts", example="killatamata affiliates payouts")
def list_payouts(session: Session, options: ListOptions) -> None:
    """List what was paid out, newest first."""
    client = session.client
    listed = options.take(session, lambda limit: client.affiliates.payouts(limit=limit), USUAL_ROWS)
    rows = (
        (
            each.id,
            f"${each.amount_usd}",
            each.method,
            each.destination_masked,
            each.reference,
            to_short_time(each.paid_at),
        )
        for each in listed
    )
    head = ("payout", "amount", "by", "to", "reference", "paid")
    session.print_rows(listed, head, rows)


@command(app, "requests", example="killatamata affiliates requests --limit 1")
def list_payout_requests(session: Session, options: ListOptions) -> None:
    """List your requests for payouts with their outcomes, newest first."""
    client = session.client
    listed = options.take(
        session, lambda limit: client.affiliates.payout_requests(limit=limit), USUAL_ROWS
    )
    rows = (
        (
            each.id,
            f"${each.amount_usd}",
            each.method,
            each.state,
            each.reason,
            to_short_time(each.created_at),
            to_short_time(each.decided_at),
        )
        for each in listed
    )
    head = ("request", "amount", "by", "state", "reason", "created", "decided")
    session.print_rows(listed, head, rows)


@command(app, "request-payout", example="killatamata affiliates request-payout --amount 50")
def request_payout(
    session: Session,
    amount: Annotated[
        str | None,
        typer.Option(help="Dollars; if not given, all that is available.", callback=parse_dollars),
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="How; if not given, as in the settings, or account_credit.")
    ] = None,
) -> None:
    """Ask for a payout of what you have earned; the operator decides."""
    asked = session.client.affiliates.request_payout(amount_usd=amount, method=method)
    session.print_line(asked, f"{asked.id} ${asked.amount_usd} {asked.state}", asked.id)


@command(app, "check", example="killatamata affiliates check adafilms")
def check_code(session: Session, code: Code) -> None:
    """Check whether a referral code works; exit 1 if it does not."""
    checked = session.client.affiliates.validate_code(code)
    words = f"is {checked.display_name or 'valid'}" if checked.valid else "is not an active code"
    session.print_line(checked, f"{checked.code} {words}", *[checked.code] * checked.valid)
    if not checked.valid:
        raise typer.Exit(EXIT_ERROR)


@command(app, "bind", example="killatamata affiliates bind adafilms")
def bind_code(session: Session, code: Code) -> None:
    """Name the code that referred you; once, within the first days of an account."""
    bound = session.client.affiliates.bind_code(code=code)
    session.print_line(bound, f"Bound to {bound.bound_code}.", bound.bound_code)
