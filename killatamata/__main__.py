"""The command `killatamata`, also `python -m killatamata`; it needs the extra `cli`."""

import gc
import sys

from killatamata.first_screen import print_first_screen

OPERATOR_COMMANDS = {"admin", "facilitator", "migrate", "serve", "worker"}


def main() -> None:
    """Run the command; a part that is not installed is one line that says how to install it."""
    if sys.argv[1:] == ["--help"] and print_first_screen():
        return
    gc.disable()  # what is loaded stays: `run` collects again once all of it is there
    try:
        _run_command(sys.argv[1:])
    except ModuleNotFoundError as error:
        advice = _describe_missing_part(error.name or "", *sys.argv[1:2])
        if advice is None:
            raise
        sys.exit(advice)


def _run_command(words: list[str]) -> None:
    if words[:1] == ["mcp"]:
        from killatamata import tool_server  # noqa: PLC0415 - the other commands need it not

        options = tool_server.read_options(words[1:])
        if options is not None:
            sys.exit(tool_server.serve_tools(options))
    from killatamata.cli import main as run  # noqa: PLC0415 - the command is an extra

    run()


def _describe_missing_part(module: str, command: str = "") -> str | None:
    """Describe what to install for a command; None if the module is no part left out on purpose."""
    from importlib.metadata import version  # noqa: PLC0415 - loads slowly
    from importlib.util import find_spec  # noqa: PLC0415 - as the line above

    own = version("killatamata")
    if module.partition(".")[0] == "killatamata":
        return None
    if find_spec("typer") is None:
        return f"The command needs {module}. Fix: pip install 'killatamata[cli]=={own}'"
    if command == "facilitator" and find_spec("gateway") is not None:
        return f"{module} is missing. Fix: pip install 'killatamata-server[facilitator]=={own}'"
    if command in OPERATOR_COMMANDS:
        what = f"`killatamata {command}` is for operators and comes with the gateway"
        return f"{what}. Fix: pip install killatamata-server=={own}"
    if command == "mcp":
        return f"{module} is missing. Fix: pip install 'killatamata[mcp]=={own}'"
    return f"The command needs {module}. Fix: pip install 'killatamata[cli]=={own}'"


if __name__ == "__main__":
    main()
