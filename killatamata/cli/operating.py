"""What every operator command shares: its options, and how it says what came of it."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

DataDir = Annotated[Path | None, typer.Option(help="Folder of database, files and secrets.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the audit log.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
]
Mode = Annotated[str, typer.Option(help="test or live.")]


def done(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - the work's own
    """Return what a command came to; a refusal is one line and exit code 1."""
    from gateway.kit.errors import Problem  # noqa: PLC0415 - the server is an extra

    try:
        return asyncio.run(work)
    except Problem as problem:
        sys.exit(f"{problem.code}: {problem.detail}")
    except (LookupError, ValueError) as error:
        sys.exit(str(error))


def act(work: Callable[[Any], Awaitable[dict[str, Any]]], **given: Any) -> None:  # noqa: ANN401
    """Carry out a writing command and say what it did, or would do."""
    from gateway.operator.acting import Order  # noqa: PLC0415 - the server is an extra

    as_json = given.pop("as_json")
    if not given["reason"].strip():
        sys.exit("--reason must say why")

    async def run() -> dict[str, Any]:
        return await work(Order(**given))

    say(done(run()), as_json=as_json)


def say(shown: Any, *, as_json: bool) -> None:  # noqa: ANN401 - any JSON value
    """Print a result, as one JSON document or for people."""
    if as_json:
        print(json.dumps(shown))
        return
    for part in shown if isinstance(shown, list) else [shown]:
        _lines(part)


def check_mode(mode: str) -> str:
    """Return the book, or end with one line."""
    if mode not in {"test", "live"}:
        sys.exit("--mode is test or live")
    return mode


def _lines(shown: dict[str, Any]) -> None:
    if shown.get("dryRun"):
        print("dry run: nothing was written")
    if shown.get("changed") is False:
        print("nothing to do: it had been done before")
    for name, value in shown.items():
        if name not in {"dryRun", "changed", "rows"}:
            print(f"{name:<20}{json.dumps(value) if isinstance(value, dict | list) else value}")
    for row in shown.get("rows", ()):
        values = "  ".join(
            f"{name}={value}" for name, value in row.items() if name not in {"verb", "table"}
        )
        print(f"{row['verb']} {row['table']}: {values}")
