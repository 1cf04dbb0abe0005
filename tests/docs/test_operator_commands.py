"""The operator commands are complete: each is in the operators' table and says what it does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from killatamata.cli.admin import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operating.md"


def walk_commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own tree
    """Yield every command below a group, with the words by which it is called."""
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield " ".join(words), command
        return
    for name, each in subcommands.items():
        yield from walk_commands(each, (*words, name))


COMMANDS = dict(walk_commands(get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_and_what_its_options_are(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.help.split("\n")[0].rstrip().endswith("."), command.help
    lacking = [each.name for each in command.params if not getattr(each, "help", None)]
    assert lacking == []


@pytest.mark.parametrize("name", sorted({each.split()[0] for each in COMMANDS}))
def test_the_table_of_operators_has_each_group_of_commands(name: str) -> None:
    table = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert any(f"`{name} " in line or f"`{name}`" in line for line in table), name
