"""Base of the user commands: common options, printed results, errors as exit codes.

A command is a plain function with a `Session` parameter. `command` registers a wrapper of it with
typer: the fields of the `Session`, and of any other dataclass among its parameters, become options.
"""

import inspect
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Annotated, Any, NoReturn, TypeVar, get_type_hints

import typer
from pydantic import BaseModel

from killatamata import profiles
from killatamata._sync.client import Client
from killatamata._sync.paging import Page
from killatamata.cli.command_words import COMMAND_WORDS, CommandWords
from killatamata.cli.completion import complete_profiles
from killatamata.cli.print_options import COMMON_PANEL, AsJson, Jq, Quiet
from killatamata.cli.terminal import (
    clean_for_terminal,
    errors,
    output,
    print_pairs,
    print_table,
    render_json,
    to_plain_text,
)
from killatamata.errors import (
    AuthenticationFailed,
    JobFailed,
    KillaTamataError,
    PaymentRequired,
    PermissionDenied,
    RateLimited,
    StatusError,
    WaitTimedOut,
)
from killatamata.types import AgentRequest, Job, Plan

EXIT_ERROR, EXIT_USAGE = 1, 2
EXIT_REFUSED, EXIT_NO_CREDIT, EXIT_JOB_FAILED, EXIT_STILL_RUNNING, EXIT_NEEDS_APPROVAL = (
    3,
    4,
    5,
    6,
    7,
)
EXIT_INTERRUPTED = 130


class OutputRefused(KillaTamataError):  # noqa: N818 - named like its siblings
    """Outputs cannot be saved at the given place; the message says why."""


EXIT_CODES: tuple[tuple[type[KillaTamataError], int], ...] = (
    (AuthenticationFailed, EXIT_REFUSED),
    (PermissionDenied, EXIT_REFUSED),
    (PaymentRequired, EXIT_NO_CREDIT),
    (RateLimited, EXIT_NO_CREDIT),
    (JobFailed, EXIT_JOB_FAILED),
    (WaitTimedOut, EXIT_STILL_RUNNING),
    (OutputRefused, EXIT_USAGE),
)
WAITED_NAMES: dict[type, str] = {Job: "job", Plan: "plan", AgentRequest: "request"}
DOLLAR_AMOUNT = re.compile(r"[0-9]+(\.[0-9]{1,6})?")
MOST_PER_PAGE = 100
F = TypeVar("F", bound=Callable[..., None])
T = TypeVar("T", bound=BaseModel)


@dataclass(kw_only=True)
class Session:
    """One call of the command line, with the options that every user command has."""

    as_json: AsJson = False
    jq: Jq = None
    quiet: Quiet = False
    profile: Annotated[
        str | None,
        typer.Option(
            help="The configuration profile to use.",
            rich_help_panel=COMMON_PANEL,
            autocompletion=complete_profiles,
        ),
    ] = None
    api_key: Annotated[
        str | None,
        typer.Option(help="An API key; prefer KT_API_KEY.", rich_help_panel=COMMON_PANEL),
    ] = None
    base_url: Annotated[
        str | None, typer.Option(help="Address of the gateway.", rich_help_panel=COMMON_PANEL)
    ] = None

    def __post_init__(self) -> None:
        """Let `--jq` filter the document of `--json`."""
        self.as_json = self.as_json or self.jq is not None

    @cached_property
    def client(self) -> Client:
        """Open the client of this account; `exit_on_error` closes it.

        Raises:
            ConfigRefused: the configuration cannot be used.
        """
        key, base = profiles.require_credentials(self.api_key, self.base_url, self.profile)
        return Client(key, base_url=base)

    def print_result(
        self, result: object, print_for_people: Callable[[], None], ids: Iterable[object] = ()
    ) -> None:
        """Print a result as one JSON document, its ids alone, or by `print_for_people`."""
        if self.as_json:
            self.print_document(render_document(result))
        elif self.quiet:
            for each in ids:
                output.print(to_plain_text(each))
        else:
            print_for_people()

    def print_document(self, document: Any) -> None:  # noqa: ANN401 - any JSON value
        """Print a JSON document on one line, or what `--jq` makes of it.

        Where the program does not fit, the whole document is printed: it may hold a key that is
        shown once.

        Raises:
            ValueError: the jq program does not fit the document.
        """
        try:
            values = [document] if self.jq is None else self.jq.input_value(document).all()
        except ValueError:
            print(render_json(document), flush=True)
            raise
        for value in values:
            raw = self.jq is not None and isinstance(value, str)
            print(clean_for_terminal(value) if raw else render_json(value), flush=True)

    def print_rows(
        self,
        result: object,
        head: Sequence[str],
        rows: Iterable[Sequence[object]],
        ids: Iterable[object] | None = None,
    ) -> None:
        """Print a result as a table; its first column holds the ids, if they are not given."""
        cells = [*rows]
        first_column = (row[0] for row in cells)
        self.print_result(
            result, lambda: print_table(head, cells), first_column if ids is None else ids
        )

    def print_values(self, result: object, **values: object) -> None:
        """Print a result as names and values; the first value is its id."""
        self.print_result(result, lambda: print_pairs(**values), [*values.values()][:1])

    def print_line(self, result: object, words: object, *ids: object) -> None:
        """Print a result as one line; without ids the line itself is what `--quiet` prints."""
        self.print_result(result, lambda: output.print(to_plain_text(words)), ids or (words,))

    def print_note(self, words: object) -> None:
        """Print a line for people on stderr; not with `--quiet`."""
        if not self.quiet:
            errors.print(to_plain_text(words))


@dataclass(kw_only=True)
class ListOptions:
    """Options of the commands that list."""

    limit: Annotated[int | None, typer.Option(min=1, help="Maximum number to show.")] = None
    every: Annotated[bool, typer.Option("--all", help="Show all, page by page.")] = False

    def take(
        self, session: Session, fetch: Callable[[int], Page[T]], usual: float = math.inf
    ) -> list[T]:
        """Fetch pages until enough is there; note that something is left out.

        `usual` is the number without `--limit`, if a list is not shown whole.
        """
        most = math.inf if self.every else self.limit or usual
        page: Page[T] | None = fetch(int(min(most, MOST_PER_PAGE)))
        items: list[T] = []
        while page is not None:
            items += page.data
            if len(items) >= most:
                break
            page = page.next_page()
        shown = items if most == math.inf else items[: int(most)]
        if len(shown) < len(items) or (page is not None and page.next_cursor is not None):
            session.print_note(f"{len(shown)} are shown, there are more: --limit N, or --all.")
        return shown


def render_document(result: object) -> Any:  # noqa: ANN401 - any JSON value
    """Render a result in its wire form; fields the gateway did not send stay out."""
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(result, dict):
        return {name: render_document(each) for name, each in result.items()}
    if isinstance(result, list | tuple):
        return [render_document(each) for each in result]
    return result


def command(
    app: typer.Typer, name: str, *, example: str = "", speaks_wire: bool = False
) -> Callable[[F], F]:
    """Register a function as a command; its dataclass parameters become options.

    `example` is a whole command line, shown below the help and in the man page. A command that
    `speaks_wire` takes names of the API itself, so its refusals keep them.
    """

    def register(work: F) -> F:
        hints = get_type_hints(work, include_extras=True)
        groups: dict[str, type[Any]] = {
            name: kind
            for name, kind in hints.items()
            if isinstance(kind, type) and is_dataclass(kind)
        }
        parameters: dict[str, inspect.Parameter] = {}
        for parameter in inspect.signature(work).parameters.values():
            if parameter.name in groups:
                parameters |= _build_options(groups[parameter.name])
            else:
                own = parameter.replace(annotation=hints[parameter.name])
                # Keyword-only: an option without a default may then follow one with a default.
                parameters[parameter.name] = own.replace(kind=inspect.Parameter.KEYWORD_ONLY)

        words = None if speaks_wire else CommandWords(parameters)
        if words is not None:
            COMMAND_WORDS[f"{work.__module__} {name}"] = words

        def run(**options: Any) -> None:  # noqa: ANN401 - what typer has read
            arguments = {
                group: kind(**{each.name: options.pop(each.name) for each in fields(kind)})
                for group, kind in groups.items()
            }
            session = next(each for each in arguments.values() if isinstance(each, Session))
            with exit_on_error(session, words):
                work(**arguments, **options)

        run.__doc__ = inspect.getdoc(work)
        run.__name__ = work.__name__
        run.__signature__ = inspect.Signature([*parameters.values()])  # type: ignore[attr-defined]
        run.__annotations__ = {name: each.annotation for name, each in parameters.items()}
        app.command(name, epilog=f"Example: {example}" if example else None)(run)
        return work

    return register


def _build_options(group: Any) -> dict[str, inspect.Parameter]:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(group, include_extras=True)
    return {
        each.name: inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=each.default,
            annotation=hints[each.name],
        )
        for each in fields(group)
    }


@contextmanager
def exit_on_error(session: Session, words: CommandWords | None) -> Iterator[None]:
    """Turn an error into one clear line and its exit code, and close the client."""
    try:
        yield
    except KeyboardInterrupt as error:
        _print_notes(error)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except BrokenPipeError as error:
        _print_notes(error)
        raise  # typer ends quietly when the reader of a pipe has gone
    except (KillaTamataError, OSError, ValueError) as error:
        _exit_with_error(session, error, words)
    finally:
        if "client" in vars(session):  # a cached property: no client is opened only to be closed
            session.client.close()


def _print_notes(error: BaseException) -> None:
    for note in _get_notes(error):
        errors.print(to_plain_text(note))


def _get_notes(error: BaseException) -> list[str]:
    notes: list[str] = getattr(error, "__notes__", [])
    # The library's own note names an argument of Python, which nobody can type here.
    return [each for each in notes if "idempotency_key=" not in each]


def _exit_with_error(
    session: Session,
    error: KillaTamataError | OSError | ValueError,
    words: CommandWords | None,
) -> NoReturn:
    code = next((code for kind, code in EXIT_CODES if isinstance(error, kind)), EXIT_ERROR)
    if isinstance(error, StatusError):
        code = EXIT_NEEDS_APPROVAL if error.code == "approval_required" else code
    lines = [str(error)]
    if words is not None and isinstance(error, StatusError):
        lines = [words.describe_refusal(error)]
    elif words is not None and isinstance(error, JobFailed):
        lines = [words.translate(str(error))]
    if isinstance(error, PaymentRequired):
        lines += _describe_missing_credit(error)
    if isinstance(error, StatusError) and isinstance(example := error.problem.get("example"), str):
        lines += ["A valid one:", example]
    if isinstance(error, StatusError) and isinstance(quoted := error.problem.get("quoted"), str):
        lines.append(f"It says there: {quoted}")
    if isinstance(error, StatusError) and error.request_id:
        lines.append(f"request {error.request_id}")
    lines += _get_notes(error)
    if session.as_json and session.jq is None:
        session.print_document({"error": _render_problem(error)})
    errors.print(to_plain_text("\n".join(lines)))
    raise typer.Exit(code)


def _describe_missing_credit(error: PaymentRequired) -> Iterator[str]:
    problem = error.problem
    if error.required_usd and error.balance_usd:
        yield f"It costs ${error.required_usd}, and ${error.balance_usd} is available."
    if problem.get("limitUsd"):
        reset = f", until {problem['resetAt']}" if problem.get("resetAt") else ""
        yield f"Of the cap of ${problem['limitUsd']} ${problem['remainingUsd']} is left{reset}."
    if error.top_up_url:
        yield f"Add credit: {error.top_up_url}"


def _render_problem(error: Exception) -> dict[str, object]:
    notes = {"next": "\n".join(_get_notes(error))} if _get_notes(error) else {}
    if isinstance(error, StatusError):
        return error.problem | notes
    problem: dict[str, object] = {"detail": str(error), **notes}
    if isinstance(error, JobFailed):
        problem["job"] = render_document(error.job)
    elif isinstance(error, WaitTimedOut):
        problem[WAITED_NAMES[type(error.last)]] = render_document(error.last)
    return problem


def exit_with_message(message: str, code: int = EXIT_USAGE) -> NoReturn:
    """End the command with a line on stderr and an exit code."""
    errors.print(to_plain_text(message))
    raise typer.Exit(code)


def parse_dollars(text: str | None) -> str | None:
    """Check the amount of an option and return it.

    Raises:
        BadParameter: the text is no amount in dollars.
    """
    if text is not None and not DOLLAR_AMOUNT.fullmatch(text):
        raise typer.BadParameter(f"{text} is not an amount in dollars, such as 0.50")
    return text


def can_ask() -> bool:
    """Return True if a person at the terminal can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
