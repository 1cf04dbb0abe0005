"""Commands of single payment providers; no other file of the command line names a provider."""

import typer

from killatamata.cli.providers import usdc
from killatamata.cli.providers.x402 import facilitator as facilitator

ADMIN: dict[str, typer.Typer] = {"crypto": usdc.app}
