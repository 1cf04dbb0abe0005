"""The command `killatamata`; operator commands load the server only when they are called."""

from importlib import metadata
from typing import Annotated, Any

import typer
from typer.completion import completion_init  # type: ignore[attr-defined]  # re-exported
from typer.core import TyperGroup

from killatamata.cli import (
    account,
    admin,
    affiliates,
    extras,
    hooks,
    jobs,
    keys,
    manual,
    media,
    outputs,
    providers,
    purchases,
    server,
    shares,
    studio,
    threads,
)
from killatamata.cli.hosts.command import install_in_host
from killatamata.cli.session import command
from killatamata.cli.terminal import is_plain

MAKE, LIBRARY, ACCOUNT, TOOLS, OPERATE = (
    "Make media",
    "Results and the studio",
    "Account and credit",
    "Tools",
    "Operators (killatamata-server)",
)
PANELS = (MAKE, LIBRARY, ACCOUNT, TOOLS, OPERATE)


class PanelGroup(TyperGroup):
    """The commands in the order of their panels; typer would put groups after all commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - a class that typer hides
        """Return the names of the commands, panel by panel."""
        names = super().list_commands(ctx)
        panels = {name: getattr(self.commands[name], "rich_help_panel", None) for name in names}
        return sorted(names, key=lambda name: PANELS.index(panels[name]))


command(extras.app, "man", example="killatamata man && man killatamata-run")(manual.install_manual)
# Without --install-completion: it would install scripts of typer, `completion` prints our own.
app = typer.Typer(
    cls=PanelGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
completion_init()
GROUPS: dict[str, dict[str, typer.Typer]] = {
    MAKE: {"": media.app, "jobs": jobs.app},
    LIBRARY: {
        "outputs": outputs.app,
        "shares": shares.app,
        "projects": studio.projects,
        "assets": studio.assets,
        "storyboards": studio.storyboards,
        "threads": threads.app,
        "plans": studio.plans,
    },
    ACCOUNT: {
        "": account.app,
        "purchases": purchases.app,
        "affiliates": affiliates.app,
        "keys": keys.app,
    },
    TOOLS: {"": extras.app, "webhooks": hooks.app},
}
for panel, groups in GROUPS.items():
    for name, group in groups.items():
        if name:
            app.add_typer(group, name=name, rich_help_panel=panel)
            continue
        for each in group.registered_commands:  # these stand in the first screen themselves
            each.rich_help_panel = panel
        app.add_typer(group)
mcp = typer.Typer(callback=server.mcp, invoke_without_command=True)
command(mcp, "install", example="killatamata mcp install claude-code")(install_in_host)
app.add_typer(mcp, name="mcp", rich_help_panel=TOOLS)
app.command("serve", rich_help_panel=OPERATE)(server.serve)
app.command("worker", rich_help_panel=OPERATE)(server.worker)
for name, program in providers.PROGRAMS.items():
    app.command(name, rich_help_panel=OPERATE)(program)
app.command("migrate", rich_help_panel=OPERATE)(server.migrate)
app.add_typer(admin.app, name="admin", rich_help_panel=OPERATE)


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
    if is_plain():
        from typer import rich_utils  # noqa: PLC0415 - loads slowly

        rich_utils.COLOR_SYSTEM = None
    app()
