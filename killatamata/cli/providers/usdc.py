"""`admin crypto`: payments in USDC."""

from typing import Annotated

import typer

from killatamata.cli.operator_command import Mode, OperatorChange, change_command, check_mode

app = typer.Typer(help="Payments in USDC.", no_args_is_help=True)


@app.callback()
def crypto() -> None:
    """Payments in USDC."""


@app.command("rescan")
@change_command()
def rescan_address(
    address: Annotated[str, typer.Argument(help="The address of a checkout, 0x…")],
    mode: Mode,
) -> OperatorChange:
    """Find deposits to an address that is no longer watched, and credit them."""
    from gateway.operator.providers import usdc  # noqa: PLC0415 - the server is an extra

    book = check_mode(mode)
    return lambda order: usdc.rescan_address(order, address, book)
