"""The command `killatamata`; operator commands load the server only when they are called."""

from importlib import metadata
from typing import Annotated

import typer

from killatamata.cli import (
    account,
    admin,
    extras,
    jobs,
    keys,
    media,
    outputs,
    providers,
    server,
    shares,
    studio,
)
from killatamata.cli.hosts.command import install_in_host
from killatamata.cli.session import command

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(account.app)
app.add_typer(keys.app, name="keys")
app.add_typer(media.app)
app.add_typer(jobs.app, name="jobs")
app.add_typer(outputs.app, name="outputs")
app.add_typer(shares.app, name="shares")
app.add_typer(studio.projects, name="projects")
app.add_typer(studio.assets, name="assets")
app.add_typer(studio.plans, name="plans")
app.add_typer(studio.storyboards, name="storyboards")
app.add_typer(extras.hooks, name="webhooks")
app.add_typer(extras.app)
OPERATOR_PANEL = "Operators (killatamata-server)"
app.command("serve", rich_help_panel=OPERATOR_PANEL)(server.serve)
app.command("worker", rich_help_panel=OPERATOR_PANEL)(server.worker)
for name, program in providers.PROGRAMS.items():
    app.command(name, rich_help_panel=OPERATOR_PANEL)(program)
app.command("migrate", rich_help_panel=OPERATOR_PANEL)(server.migrate)
mcp = typer.Typer(callback=server.mcp, invoke_without_command=True)
command(mcp, "install")(install_in_host)
app.add_typer(mcp, name="mcp")
app.add_typer(admin.app, name="admin", rich_help_panel=OPERATOR_PANEL)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer hands the flag in
    if wanted:
        typer.echo(metadata.version("killatamata"))
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Killa Tamata: a prepaid gateway for AI media generation."""


def main() -> None:
    """Run the command; a refusal is one line and a non-zero exit."""
    app()
