"""What a start of the command loads, and the first screen, which is drawn without its libraries."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

import pytest
import typer
from typer import rich_utils
from typer.main import get_command

import killatamata
from killatamata.cli import PLACES, app
from killatamata.first_screen import COMMANDS, OTHER_DRAWINGS, draw_first_screen
from killatamata.tool_server import (
    READ_ONLY_OPTION,
    TEXT_OPTIONS,
    ToolServerOptions,
    read_options,
)
from tests.processes import BASE_ENVIRONMENT, COMMAND_PATH

RUN_AND_LIST = """
import sys
sys.argv = ["killatamata", *sys.argv[1:]]
from killatamata.__main__ import main
try:
    main()
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""
SLOW = {"httpx2", "pydantic", "rich", "ssl", "typer"}


def list_loaded(*words: str, **environment: str) -> set[str]:
    """List the top modules and our own that a command line loads."""
    ran = subprocess.run(
        [sys.executable, "-c", RUN_AND_LIST, *words],
        capture_output=True, text=True, check=True, timeout=90,
        env=BASE_ENVIRONMENT | environment,
    )  # fmt: skip
    names = ran.stderr.splitlines()[-1].split()
    return {name if name.startswith("killatamata") else name.partition(".")[0] for name in names}


def test_asking_for_help_loads_no_library() -> None:
    assert not list_loaded("--help") & SLOW


def test_importing_the_client_loads_nothing_until_a_name_is_used() -> None:
    code = "import sys, killatamata; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, timeout=90).stdout
    assert not {name.partition(".")[0] for name in loaded.split()} & SLOW


def test_a_command_loads_no_other_one_and_draws_nothing_with_rich() -> None:
    loaded = list_loaded("balance", "--base-url", "http://127.0.0.1:9")
    modules = {f"killatamata.cli.{place.partition(':')[0]}" for place in PLACES}
    assert modules & loaded == {"killatamata.cli.account"}
    assert "rich" not in loaded


def test_saying_the_version_loads_no_command() -> None:
    assert not {"httpx2", "pydantic", "rich"} & list_loaded("--version")


def test_the_tool_server_loads_neither_the_client_nor_what_reads_command_lines() -> None:
    loaded = list_loaded("mcp", "--read-only", KT_API_BASE="http://127.0.0.1:9")
    assert "mcp" in loaded
    assert not {"argparse", "typer", "yaml", "killatamata.types", "killatamata.cli"} & loaded


def test_the_tool_server_reads_each_option_that_its_help_lists() -> None:
    whole = get_command(app)
    described = whole.get_command(typer.Context(whole), "mcp").params  # type: ignore[attr-defined]
    options = {option for each in described for option in each.opts}
    assert options - {"--help"} == {*TEXT_OPTIONS, READ_ONLY_OPTION}
    words = [part for option, name in TEXT_OPTIONS.items() for part in (option, name)]
    read = read_options([*words, "--read-only"])
    assert read == ToolServerOptions(
        read_only=True, **{name: name for name in TEXT_OPTIONS.values()}
    )
    assert read_options(["--toolsets=core"]) == ToolServerOptions(toolsets="core")


@pytest.mark.parametrize(
    "words",
    [["--help"], ["install"], ["--toolset", "core"], ["--tools"], ["--tools", "--read-only"]],
)
def test_a_line_that_the_tool_server_does_not_know_is_left_to_typer(words: list[str]) -> None:
    assert read_options(words) is None


def test_every_public_name_can_be_loaded_and_no_other_one() -> None:
    assert all(getattr(killatamata, name) is not None for name in killatamata.__all__)
    assert dir(killatamata) == sorted(killatamata.__all__)
    with pytest.raises(AttributeError, match="'killatamata' has no attribute 'nothing'"):
        _ = killatamata.nothing


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (*OTHER_DRAWINGS, "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return iter(())


def draw_with_typer(width: int, monkeypatch: pytest.MonkeyPatch, *, has_color: bool) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(rich_utils, "FORCE_TERMINAL", has_color or None)
    monkeypatch.setattr(rich_utils, "COLOR_SYSTEM", "standard" if has_color else None)
    drawn = StringIO()
    with redirect_stdout(drawn), pytest.raises(SystemExit):
        get_command(app)(["--help"], prog_name="killatamata")
    return drawn.getvalue()


@pytest.mark.parametrize("has_color", [False, True])
@pytest.mark.parametrize("width", [60, 79, 80, 81, 100, 132, 240])
def test_the_first_screen_is_the_one_that_typer_draws(
    width: int, monkeypatch: pytest.MonkeyPatch, *, has_color: bool
) -> None:
    own = "\n".join(draw_first_screen(width, has_color=has_color)) + "\n"
    assert own == draw_with_typer(width, monkeypatch, has_color=has_color)


@pytest.mark.parametrize("variables", [{"COLUMNS": "59"}, {"TERM": "dumb"}, {"FORCE_COLOR": "1"}])
def test_where_the_first_screen_is_unsure_typer_draws_it(variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "killatamata", "--help"]
    environment = BASE_ENVIRONMENT | variables
    ran = subprocess.run(command, capture_output=True, check=True, timeout=90, env=environment)
    assert "Make media" in ran.stdout.decode()


def test_in_a_terminal_the_first_screen_is_as_wide_as_it_and_in_color() -> None:
    own, theirs = pty.openpty()
    try:
        os.set_blocking(own, False)
        subprocess.run(
            [COMMAND_PATH, "--help"],
            stdin=theirs, stdout=theirs, stderr=theirs, check=True, timeout=90,
            env=BASE_ENVIRONMENT | {"COLUMNS": "100", "TERM": "xterm"},
        )  # fmt: skip
        drawn = os.read(own, 100_000).decode().replace("\r\n", "\n")
    finally:
        os.close(own)
        os.close(theirs)
    assert "\n".join(draw_first_screen(100, has_color=True)).startswith(drawn[:4_000])


def test_the_places_hold_each_command_of_the_first_screen_once() -> None:
    held = [name for names in PLACES.values() for name in names]
    assert sorted(held) == sorted(name for panel in COMMANDS.values() for name in panel)
    assert {*get_command(app).list_commands(typer.Context(get_command(app)))} == {*held}  # type: ignore[attr-defined]


def test_help_whose_reader_has_gone_ends_without_a_word() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [COMMAND_PATH, "--help"],
        stdout=writing, stderr=subprocess.PIPE, check=False, timeout=90, env=BASE_ENVIRONMENT,
    )  # fmt: skip
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")
