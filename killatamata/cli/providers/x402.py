"""`facilitator`: the program that settles x402 payments."""

import os
import sys
from typing import Annotated

import typer

from killatamata.cli.server import Host


def facilitator(
    host: Host = "",
    port: Annotated[int, typer.Option(help="Port to listen on.", show_default=False)] = 0,
) -> None:
    """Verify and settle x402 payments with a gas key of yours, until SIGTERM."""
    settings = {"KT_FACILITATOR_HOST": host, "KT_FACILITATOR_PORT": str(port or "")}
    os.environ.update({name: value for name, value in settings.items() if value})
    from gateway.facilitator import serve as run  # noqa: PLC0415 - the server is an extra

    sys.exit(run())
