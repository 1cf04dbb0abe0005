"""Base of the operator commands: shared options, one result, one line for a refusal.

A command is written as a function of its own options that returns what to do with a data folder
(a query) or with an order (a change). The decorators here add the shared options to its signature,
which typer reads, run what it returned and print the outcome. The server is imported only when a
command is called: the client alone has it not.
"""

import asyncio
import inspect
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from killatamata.cli.showing import output, plain, table
from killatamata.wire import JsonObject

DataDir = Annotated[Path | None, typer.Option(help="Folder for the database, files and secrets.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Reason = Annotated[str, typer.Option(help="The reason, kept in the audit log.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
]
Mode = Annotated[str, typer.Option(help="test or live.")]

Look = Callable[[Path | None], Coroutine[Any, Any, Any]]
Act = Callable[[Any], Coroutine[Any, Any, Mapping[str, object]]]


def done(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - the work's own
    """Run a coroutine of the gateway and return its result; a refusal is one line and exit 1."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - the server is an extra

    from gateway.kit.database.sessions import ConnectionLost, TransactionConflict  # noqa: PLC0415
    from gateway.kit.errors import NotFound, Problem  # noqa: PLC0415

    try:
        return asyncio.run(work)
    except Problem as problem:
        # The default text speaks of what is not the caller's; to an operator everything belongs.
        is_default = type(problem) is NotFound and problem.detail == NotFound().detail
        words = "there is none with this id" if is_default else problem.detail
        sys.exit(f"{problem.code}: {words}")
    except ConnectionLost:
        sys.exit("unavailable: the database cannot be reached")
    except TransactionConflict:
        sys.exit("unavailable: another writer held the database; nothing was written, try again")
    except (LookupError, ValueError) as error:
        sys.exit(str(error))
    except SQLAlchemyError as error:
        sys.exit(f"KT_DATABASE_URL: {getattr(error, 'orig', error)}")


def reading(look: Callable[..., Look]) -> Callable[..., None]:
    """Make a command of a query: it gets the data folder, and its result is printed."""

    def command(*, data_dir: Path | None, as_json: bool, **own: Any) -> None:  # noqa: ANN401
        say(done(look(**own)(data_dir)), as_json=as_json)

    return _with_options(look, command, _option("data_dir", DataDir, None))


def writing(why: str | None = None) -> Callable[[Callable[..., Act]], Callable[..., None]]:
    """Make a command of a change: it needs a reason, and `--dry-run` rehearses it.

    `why` is the reason of a command that does not ask for one.
    """
    reason = _option("reason", Reason, inspect.Parameter.empty if why is None else why)
    dry_run = _option("dry_run", DryRun, default=False)

    def decorate(work: Callable[..., Act]) -> Callable[..., None]:
        def command(*, as_json: bool, **own: Any) -> None:  # noqa: ANN401
            from gateway.operator.acts import OperatorOrder  # noqa: PLC0415 - the server is an extra

            order = {name: own.pop(name) for name in ("reason", "dry_run")}
            where = own.pop("data_dir")
            if not order["reason"].strip():
                sys.exit("give a --reason")
            say(done(work(**own)(OperatorOrder(where=where, **order))), as_json=as_json)

        shared = (reason, _option("data_dir", DataDir, None), dry_run)
        return _with_options(work, command, *shared)

    return decorate


def _option(name: str, kind: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


def _with_options(
    own: Callable[..., object], command: Callable[..., None], *options: inspect.Parameter
) -> Callable[..., None]:
    """Give a command the signature of its function, followed by the shared options."""
    signature = inspect.signature(own)
    shared = (*options, _option("as_json", Json, default=False))
    wrapped = wraps(own)(command)
    wrapped.__signature__ = signature.replace(  # type: ignore[attr-defined]  # read by typer
        parameters=[*signature.parameters.values(), *shared]
    )
    return wrapped


def say(shown: Any, *, as_json: bool) -> None:  # noqa: ANN401 - any JSON value
    """Print a result, as one JSON document or for people."""
    if as_json:
        print(json.dumps(shown))
        return
    if isinstance(shown, list):
        _rows(shown)
    else:
        _lines(shown)


def check_mode(mode: str) -> str:
    """Return the mode, or end the command with one line if it is neither test nor live."""
    if mode not in {"test", "live"}:
        sys.exit("--mode must be test or live")
    return mode


def _lines(shown: JsonObject) -> None:
    if shown.get("dryRun"):
        print("dry run: nothing was written")
    if shown.get("changed") is False:
        print("nothing to do: already done")
    _values({name: shown[name] for name in shown if name not in {"dryRun", "changed", "rows"}})
    for row in shown.get("rows", ()):
        values = "  ".join(
            f"{name}={value}" for name, value in row.items() if name not in {"verb", "table"}
        )
        print(f"{row['verb']} {row['table']}: {values}")


def _values(shown: JsonObject, indent: str = "") -> None:
    """Print names and values, nested ones indented, a list of objects as one object a line."""
    for name, value in shown.items():
        head = f"{indent}{name}"
        if isinstance(value, dict) and value:
            output.print(plain(head))
            _values(value, f"{indent}  ")
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
            output.print(plain(head))
            for each in value:
                output.print(plain(f"{indent}  {_words(each)}"))
        else:
            output.print(plain(f"{head:<20} {_words(value)}".rstrip()))


def _rows(shown: list[JsonObject]) -> None:
    """Print a table, without the columns that are empty in every row."""
    head = [
        name for name in dict.fromkeys(chain(*shown)) if any(_words(r.get(name)) for r in shown)
    ]
    table(head, [[_words(row.get(name)) for name in head] for row in shown])


def _words(value: object) -> str:
    """Return a value as people read it; None and an empty object are an empty text."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_words(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}={_words(each)}" for name, each in value.items())
    return str(value)
