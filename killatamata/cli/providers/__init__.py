"""Commands of single payment providers; no other file of the command line names a provider."""

from collections.abc import Callable

import typer

from killatamata.cli.providers import usdc, x402

PROGRAMS: dict[str, Callable[..., None]] = {"facilitator": x402.facilitator}
ADMIN: dict[str, typer.Typer] = {"crypto": usdc.app}
