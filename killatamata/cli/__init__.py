"""The command `killatamata`; each command is loaded when it is called.

`killatamata/first_screen.py` names all commands, `PLACES` says where each of them is. A call loads
only the module of its command. Where all are needed (a word that is no command, completion, manual
pages) `build_app` builds them all, and `app` is that whole.
"""

import gc
import os
import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.completion import completion_init  # type: ignore[attr-defined]  # re-exported
from typer.core import TyperGroup

from killatamata.cli.terminal import is_plain
from killatamata.first_screen import ABOUT, COMMANDS, OPTIONS

app: typer.Typer  # the whole command, which `__getattr__` builds
COMPLETION_VARIABLE = "_KILLATAMATA_COMPLETE"
PLACES = {
    "media:app": ("tasks", "quote", "run", "generate", "edit", "upscale", "combine", "frames"),
    "jobs:app": ("jobs",),
    "outputs:app": ("outputs",),
    "shares:app": ("shares",),
    "studio:projects": ("projects",),
    "studio:assets": ("assets",),
    "studio:storyboards": ("storyboards",),
    "threads:app": ("threads",),
    "studio:plans": ("plans",),
    "account:app": (
        "login", "logout", "whoami", "balance", "packages", "buy", "usage", "statement",
    ),
    "purchases:app": ("purchases",),
    "affiliates:app": ("affiliates",),
    "keys:app": ("keys",),
    "extras:app": ("api", "doctor", "completion"),
    "manual:app": ("man",),
    "hooks:app": ("webhooks",),
    "mcp:app": ("mcp",),
    "server:serve": ("serve",),
    "server:worker": ("worker",),
    "providers:facilitator": ("facilitator",),
    "server:migrate": ("migrate",),
    "admin:app": ("admin",),
}  # fmt: skip
"""The names of the commands in each module of this package, by what holds them there."""


class PanelGroup(TyperGroup):
    """The commands in the order of the first screen; typer would put groups after all commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - a class that typer hides
        """Return the names of the commands, panel by panel."""
        order = [name for panel in COMMANDS.values() for name in panel]
        return sorted(super().list_commands(ctx), key=order.index)


def build_app(names: Collection[str] | None = None) -> typer.Typer:
    """Build the command with these commands below it, by default with all of them."""
    completion_init()
    # Without --install-completion: it would install scripts of typer, `completion` prints our own.
    whole = typer.Typer(
        cls=PanelGroup, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
    )
    whole.callback(help=ABOUT)(accept_options)
    panels = {name: panel for panel, commands in COMMANDS.items() for name in commands}
    for place, held in PLACES.items():
        for name in held:
            if names is None or name in names:
                _add_command(whole, name, place, panels[name])
    return whole


def _add_command(whole: typer.Typer, name: str, place: str, panel: str) -> None:
    """Add what is at a place: a function, a group of commands, or one command of a group."""
    module, _, attribute = place.partition(":")
    part = getattr(import_module(f"{__name__}.{module}"), attribute)
    if not isinstance(part, typer.Typer):
        whole.command(name, rich_help_panel=panel)(part)
        return
    for info in part.registered_commands:
        if info.name == name:
            info.rich_help_panel = panel
            whole.registered_commands.append(info)
            return
    whole.add_typer(part, name=name, rich_help_panel=panel)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer hands the flag in
    if wanted:
        from killatamata.version import __version__  # noqa: PLC0415 - loads slowly

        typer.echo(__version__)
        raise typer.Exit


def accept_options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help=OPTIONS["version"]),
    ] = False,
) -> None:
    """Take the options that stand before the name of a command."""


def __getattr__(name: str) -> object:
    """Build `app`, the whole command, at its first use.

    Raises:
        AttributeError: there is no such name.
    """
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    whole = globals()["app"] = build_app()
    return whole


def main() -> None:
    """Run the command; a refusal is one line and a non-zero exit."""
    if is_plain():
        from typer import rich_utils  # noqa: PLC0415 - loads slowly

        rich_utils.COLOR_SYSTEM = None
    command = build_app(_list_needed_commands(sys.argv[1:]))
    gc.freeze()  # no collection need look at what is loaded
    gc.enable()
    command()


def _list_needed_commands(words: Sequence[str]) -> Collection[str] | None:
    """List the commands that a command line needs to know; None for all of them."""
    if COMPLETION_VARIABLE in os.environ:
        return None
    if words == ["--version"]:
        return ()
    known = {name for held in PLACES.values() for name in held}
    return known.intersection(words[:1]) or None
