"""The command `killatamata`. Operator commands load the server only when they are called."""

import sys

import typer

from killatamata.cli import admin, server

app = typer.Typer(
    help="Killa Tamata: a prepaid gateway for AI media generation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("serve")(server.serve)
app.command("worker")(server.worker)
app.command("migrate")(server.migrate)
app.command("mcp")(server.mcp)
app.add_typer(admin.app, name="admin")


def main() -> None:
    """Run the command; a refusal is one line and a non-zero exit."""
    try:
        app()
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing: install it with  pip install 'killatamata[server]'")
