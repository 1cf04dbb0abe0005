"""The tree of typer's commands, built once in a process and its forks."""

from functools import cache

import typer.main
import typer.testing


def keep_built_commands() -> None:
    """Let typer build its commands once: it does at each call, longer than most commands take."""
    typer.main.get_command = cache(typer.main.get_command)
    typer.testing._get_command = typer.main.get_command  # type: ignore[attr-defined]  # the runner's name
