"""`admin account`: accounts are created, exported, erased, frozen, corrected and given credit."""

from pathlib import Path
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

app = typer.Typer(help="Accounts.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(help="Its id, acct_…, or its verified address.")]
Reference = Annotated[
    str, typer.Option(help="Your own reference, such as a ticket number; it moves money only once.")
]
Case = Annotated[
    str, typer.Option(help="Which freeze, as named by `show`; each is lifted separately.")
]


@app.command("create")
@change_command("a new account")
def create_account(
    mode: Mode,
    credit_usd: Annotated[str, typer.Option(help="Credit to give, in dollars.")] = "0",
    label: Annotated[str, typer.Option(help="What the account is for.")] = "operator",
    reference: Annotated[
        str, typer.Option(help="Your own reference: it creates only one account.")
    ] = "",
) -> OperatorChange:
    """Create an account with exactly this credit, and its first key."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    return lambda order: accounts.create_account_once(
        order, credit_usd=credit_usd, mode=check_mode(mode), label=label, reference=reference
    )


@app.command("list")
@query_command
def list_accounts(
    find: Annotated[
        str, typer.Option(help="An id, part of an address or label, or the start of a key.")
    ] = "",
    before: Annotated[str, typer.Option(help="Only accounts older than this one.")] = "",
) -> OperatorQuery:
    """List the 50 newest accounts."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    return lambda folder: accounts.list_accounts(folder, find, before)


@app.command("show")
@query_command
def show_account(account: Account) -> OperatorQuery:
    """Show an account with its addresses and balances."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    return lambda folder: accounts.get_account_details(folder, account)


@app.command("export")
@change_command()
def export_account(
    account: Account,
    target: Annotated[Path, typer.Argument(metavar="TO", help="A new folder.")],
) -> OperatorChange:
    """Write all that belongs to an account to a folder: its rows, and its files."""
    from gateway.operator.personal_data import export  # noqa: PLC0415 - the server is an extra

    return lambda order: export.export_account(order, account, target)


@app.command("erase")
@change_command()
def erase_account(
    account: Account,
    forfeit_usd: Annotated[
        str, typer.Option(help="Exactly the dollars of real money that closing it gives up.")
    ] = "0",
) -> OperatorChange:
    """Erase a person: close the account, and delete all but what the books must keep."""
    from gateway.operator.personal_data import erasure  # noqa: PLC0415 - the server is an extra

    return lambda order: erasure.erase_account(order, account, forfeit_usd)


@app.command("freeze")
@change_command()
def freeze_account(account: Account, reference: Case = "operator") -> OperatorChange:
    """Freeze an account's spending; running jobs finish."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    return lambda order: accounts.freeze(order, account, reference)


@app.command("unfreeze")
@change_command()
def unfreeze_account(account: Account, reference: Case = "operator") -> OperatorChange:
    """Lift a freeze."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    return lambda order: accounts.unfreeze(order, account, reference)


@app.command("adjust")
@change_command()
def adjust_balance(
    account: Account,
    amount_usd: Annotated[str, typer.Option(help="Signed dollars, such as -0.50.")],
    reference: Reference,
    mode: Mode,
) -> OperatorChange:
    """Correct a balance with a new transfer."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    return lambda order: accounts.adjust_balance(
        order, account, amount_usd=amount_usd, mode=check_mode(mode), reference=reference
    )


@app.command("grant")
@change_command()
def grant_credit(
    account: Account,
    credit_usd: Annotated[str, typer.Option(help="Dollars of credit.")],
    reference: Reference,
    mode: Mode,
    days: Annotated[int, typer.Option(min=0, help="Days until it expires; 0 means never.")] = 90,
) -> OperatorChange:
    """Give promotional credit."""
    from gateway.operator import accounts  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda order: accounts.grant_credit(
        order, account, credit_usd=credit_usd, mode=book, reference=reference, days=days
    )
