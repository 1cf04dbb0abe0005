"""Base of the operator commands: shared options, one result, one line for a refusal.

A command is written as a function of its own options that returns what to do with a data folder
(a query) or with an order (a change). The decorators here add the shared options to its signature,
which typer reads, run what it returned and print the outcome. The server is imported only when a
command is called: the client alone has it not.
"""

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from functools import wraps
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from killatamata.cli.print_options import AsJson, Jq, Quiet
from killatamata.cli.session import Session
from killatamata.cli.terminal import output, print_table, to_plain_text
from killatamata.wire import JsonObject

DataDir = Annotated[Path | None, typer.Option(help="Folder for the database, files and secrets.")]
Reason = Annotated[str, typer.Option(help="The reason, kept in the audit log.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
]
Mode = Annotated[str, typer.Option(help="test or live.")]

OUTCOME_NAMES = frozenset({"dryRun", "changed", "because", "rows"})

OperatorQuery = Callable[[Path | None], Coroutine[Any, Any, Any]]
OperatorChange = Callable[[Any], Coroutine[Any, Any, Mapping[str, object]]]


def run_or_exit(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - the work's own
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


def query_command(
    build_query: Callable[..., OperatorQuery], *, has_failed: Callable[[Any], bool] | None = None
) -> Callable[..., None]:
    """Make a command of a query: it gets the data folder, and its result is printed.

    It exits with 1 after a result for which `has_failed` returns True.
    """

    def command(*, data_dir: Path | None, as_json: bool, jq: Any, quiet: bool, **own: Any) -> None:  # noqa: ANN401
        session = Session(as_json=as_json, jq=jq, quiet=quiet)
        result = run_or_exit(build_query(**own)(data_dir))
        print_result(result, session)
        if has_failed is not None and has_failed(result):
            sys.exit(1)

    return _add_options(build_query, command, _build_option("data_dir", DataDir, None))


def change_command(
    default_reason: str | None = None,
) -> Callable[[Callable[..., OperatorChange]], Callable[..., None]]:
    """Make a command of a change: it needs a reason, and `--dry-run` rehearses it.

    `default_reason` is the reason of a command that does not ask for one.
    """
    reason = _build_option(
        "reason", Reason, inspect.Parameter.empty if default_reason is None else default_reason
    )
    dry_run = _build_option("dry_run", DryRun, default=False)

    def decorate(work: Callable[..., OperatorChange]) -> Callable[..., None]:
        def command(*, as_json: bool, jq: Any, quiet: bool, **own: Any) -> None:  # noqa: ANN401
            from gateway.operator.acts import OperatorOrder  # noqa: PLC0415 - the server is an extra

            order = {name: own.pop(name) for name in ("reason", "dry_run")}
            where = own.pop("data_dir")
            if not order["reason"].strip():
                sys.exit("give a --reason")
            session = Session(as_json=as_json, jq=jq, quiet=quiet)
            print_result(run_or_exit(work(**own)(OperatorOrder(where=where, **order))), session)

        shared = (reason, _build_option("data_dir", DataDir, None), dry_run)
        return _add_options(work, command, *shared)

    return decorate


def _build_option(name: str, kind: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


PRINTING_OPTIONS = (
    _build_option("as_json", AsJson, default=False),
    _build_option("jq", Jq, default=None),
    _build_option("quiet", Quiet, default=False),
)


def _add_options(
    own: Callable[..., object], command: Callable[..., None], *options: inspect.Parameter
) -> Callable[..., None]:
    """Give a command the signature of its function, followed by the shared options."""
    signature = inspect.signature(own)
    shared = (*options, *PRINTING_OPTIONS)
    wrapped = wraps(own)(command)
    wrapped.__signature__ = signature.replace(  # type: ignore[attr-defined]  # read by typer
        parameters=[*signature.parameters.values(), *shared]
    )
    return wrapped


def print_result(result: Any, session: Session) -> None:  # noqa: ANN401 - any JSON value
    """Print a result as one JSON document, its ids alone, or for people."""
    is_list = isinstance(result, list)
    rows = result if is_list else [result]
    try:
        session.print_result(
            result,
            lambda: _print_rows(result) if is_list else _print_outcome(result),
            _list_ids(rows),
        )
    except ValueError as error:  # the jq program does not fit the document
        sys.exit(str(error))


def _list_ids(rows: Sequence[JsonObject]) -> Iterator[object]:
    """Yield the id of each row: its `id`, else its first value; for a new key the key itself."""
    for row in rows:
        values = [value for name, value in row.items() if name not in OUTCOME_NAMES]
        if values:
            yield row.get("apiKey", row.get("id", values[0]))


def check_mode(mode: str) -> str:
    """Return the mode, or end the command with one line if it is neither test nor live."""
    if mode not in {"test", "live"}:
        sys.exit("--mode must be test or live")
    return mode


def _print_outcome(outcome: JsonObject) -> None:
    if outcome.get("dryRun"):
        print("dry run: nothing was written")
    if outcome.get("changed") is False:
        print(f"nothing to do: {outcome.get('because', 'already done')}")
    _print_values({name: outcome[name] for name in outcome if name not in OUTCOME_NAMES})
    for row in outcome.get("rows", ()):
        values = "  ".join(
            f"{name}={value}" for name, value in row.items() if name not in {"verb", "table"}
        )
        print(f"{row['verb']} {row['table']}: {values}")


def _print_values(fields: JsonObject, indent: str = "") -> None:
    """Print names and values, nested ones indented, a list of objects as one object a line."""
    for name, value in fields.items():
        head = f"{indent}{name}"
        if isinstance(value, dict) and value:
            output.print(to_plain_text(head))
            _print_values(value, f"{indent}  ")
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
            output.print(to_plain_text(head))
            for each in value:
                output.print(to_plain_text(f"{indent}  {_to_words(each)}"))
        else:
            output.print(to_plain_text(f"{head:<20} {_to_words(value)}".rstrip()))


def _print_rows(rows: list[JsonObject]) -> None:
    """Print a table, without the columns that are empty in every row."""
    head = [
        name for name in dict.fromkeys(chain(*rows)) if any(_to_words(r.get(name)) for r in rows)
    ]
    print_table(head, [[_to_words(row.get(name)) for name in head] for row in rows])


def _to_words(value: object) -> str:
    """Return a value as people read it; None and an empty object are an empty text."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_to_words(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}={_to_words(each)}" for name, each in value.items())
    return str(value)
