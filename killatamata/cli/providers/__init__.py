"""The commands of payment providers that have some of their own; this file alone names them."""

from collections.abc import Callable

import typer

from killatamata.cli.providers import usdc, x402

PROGRAMS: dict[str, Callable[..., None]] = {"facilitator": x402.facilitator}
ADMIN: dict[str, typer.Typer] = {"crypto": usdc.app}
