"""Options of every command that prints a result: as JSON, through jq, or its ids alone."""

from typing import Annotated, Any

import typer

COMMON_PANEL = "Common options"


def compile_jq(text: str) -> Any:  # noqa: ANN401 - the compiled program of an untyped library
    """Compile the program of `--jq`; it is checked before a command does anything.

    Raises:
        BadParameter: the text is not a valid jq program.
    """
    import jq  # type: ignore[import-not-found]  # noqa: PLC0415 - no stubs; loads slowly

    try:
        return jq.compile(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is not a valid jq program: {error}") from None


AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel=COMMON_PANEL)
]
Jq = Annotated[
    Any,
    typer.Option(
        "--jq",
        metavar="EXPR",
        parser=compile_jq,
        help="Filter the JSON document by a jq program; strings are printed without quotes.",
        rich_help_panel=COMMON_PANEL,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Print only ids, paths or links, one a line.",
        rich_help_panel=COMMON_PANEL,
    ),
]
