"""`mcp`: the server of tools, and `mcp install`."""

import typer

from killatamata.cli import server
from killatamata.cli.hosts.command import install_in_host
from killatamata.cli.session import command

app = typer.Typer(callback=server.mcp, invoke_without_command=True)
command(app, "install", example="killatamata mcp install claude-code")(install_in_host)
