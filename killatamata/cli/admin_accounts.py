"""`admin account`: make, look at, freeze, correct, give credit."""

from typing import Annotated

import typer

from killatamata.cli.operating import (
    DataDir,
    DryRun,
    Json,
    Mode,
    Reason,
    act,
    check_mode,
    done,
    say,
)

app = typer.Typer(help="Accounts.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(help="Its id, acct_…")]
Reference = Annotated[
    str, typer.Option(help="A name of your own, such as a ticket; it moves money only once.")
]
Case = Annotated[str, typer.Option(help="Which freeze; each has to be taken back.")]


@app.command("create")
def create(
    credit_usd: Annotated[str, typer.Option(help="Credit to give, in dollars.")] = "0",
    mode: Mode = "test",
    label: Annotated[str, typer.Option(help="What the account is for.")] = "operator",
    reference: Annotated[str, typer.Option(help="A name of your own: it makes one account.")] = "",
    reason: Reason = "a new account",
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make an account with exactly this credit, and its first key."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: accounts.create(
            order, credit_usd=credit_usd, mode=check_mode(mode), label=label, reference=reference
        ),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("show")
def show(account: Account, *, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show an account with its balances."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    say(done(accounts.show(data_dir, account)), as_json=as_json)


@app.command("freeze")
def freeze(
    account: Account,
    reason: Reason,
    reference: Case = "operator",
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Stop an account's spending; running jobs finish."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: accounts.freeze(order, account, reference),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("unfreeze")
def unfreeze(
    account: Account,
    reason: Reason,
    reference: Case = "operator",
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a freeze back."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: accounts.unfreeze(order, account, reference),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("adjust")
def adjust(
    account: Account,
    amount_usd: Annotated[str, typer.Option(help="Signed dollars, such as -0.50.")],
    reference: Reference,
    reason: Reason,
    mode: Mode = "live",
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Correct a balance by a new transfer."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    act(
        lambda order: accounts.adjust(
            order, account, amount_usd=amount_usd, mode=check_mode(mode), reference=reference
        ),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )


@app.command("grant")
def grant(
    account: Account,
    credit_usd: Annotated[str, typer.Option(help="Dollars of credit.")],
    reference: Reference,
    reason: Reason,
    mode: Mode = "live",
    days: Annotated[int, typer.Option(min=0, help="Days until it expires; 0: never.")] = 90,
    *,
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give promotional credit."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    act(
        lambda order: accounts.grant(
            order, account, credit_usd=credit_usd, mode=book, reference=reference, days=days
        ),
        reason=reason,
        data_dir=data_dir,
        dry_run=dry_run,
        as_json=as_json,
    )
