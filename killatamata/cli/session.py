"""Base of the user commands: account options, printed results, errors as exit codes.

A command is a plain function with a `Session` parameter. `command` registers a wrapper of it with
typer: the fields of the `Session`, and of any other dataclass among its parameters, become options.
"""

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Annotated, Any, NoReturn, TypeVar, get_type_hints

import typer
from pydantic import BaseModel

from killatamata import profiles
from killatamata._sync.client import Client
from killatamata.cli.terminal import errors, to_plain_text
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
DOLLAR_AMOUNT = re.compile(r"[0-9]+(\.[0-9]{1,6})?")
F = TypeVar("F", bound=Callable[..., None])


@dataclass(kw_only=True)
class Session:
    """One call of the command line, with the options that every user command has."""

    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
    profile: Annotated[str | None, typer.Option(help="The configuration profile to use.")] = None
    api_key: Annotated[str | None, typer.Option(help="An API key; prefer KT_API_KEY.")] = None
    base_url: Annotated[str | None, typer.Option(help="Address of the gateway.")] = None

    @cached_property
    def client(self) -> Client:
        """Open the client of this account; `exit_on_error` closes it.

        Raises:
            ConfigRefused: the configuration cannot be used.
        """
        key, base = profiles.require_credentials(self.api_key, self.base_url, self.profile)
        return Client(key, base_url=base)

    def print_result(self, result: object, print_for_people: Callable[[], None]) -> None:
        """Print a result as one JSON document, or by `print_for_people` for people."""
        if self.as_json:
            print(json.dumps(render_document(result), ensure_ascii=False))
        else:
            print_for_people()


def render_document(result: object) -> Any:  # noqa: ANN401 - any JSON value
    """Render a result in its wire form; fields the gateway did not send stay out."""
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(result, dict):
        return {name: render_document(each) for name, each in result.items()}
    if isinstance(result, list | tuple):
        return [render_document(each) for each in result]
    return result


def command(app: typer.Typer, name: str) -> Callable[[F], F]:
    """Register a function as a command; its dataclass parameters become options."""

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

        def run(**options: Any) -> None:  # noqa: ANN401 - what typer has read
            arguments = {
                group: kind(**{each.name: options.pop(each.name) for each in fields(kind)})
                for group, kind in groups.items()
            }
            session = next(each for each in arguments.values() if isinstance(each, Session))
            with exit_on_error(session):
                work(**arguments, **options)

        run.__doc__ = inspect.getdoc(work)
        run.__name__ = work.__name__
        run.__signature__ = inspect.Signature([*parameters.values()])  # type: ignore[attr-defined]
        run.__annotations__ = {name: each.annotation for name, each in parameters.items()}
        app.command(name)(run)
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
def exit_on_error(session: Session) -> Iterator[None]:
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
        _exit_with_error(session, error)
    finally:
        if "client" in vars(session):  # a cached property: no client is opened only to be closed
            session.client.close()


def _print_notes(error: BaseException) -> None:
    for note in _get_notes(error):
        errors.print(to_plain_text(note))


def _get_notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def _exit_with_error(session: Session, error: KillaTamataError | OSError | ValueError) -> NoReturn:
    code = next((code for kind, code in EXIT_CODES if isinstance(error, kind)), EXIT_ERROR)
    if isinstance(error, StatusError):
        code = EXIT_NEEDS_APPROVAL if error.code == "approval_required" else code
    lines = [str(error)]
    if isinstance(error, AuthenticationFailed):
        lines.append("Sign in: killatamata login")
    if isinstance(error, PaymentRequired):
        lines += _describe_missing_credit(error)
    if isinstance(error, StatusError) and isinstance(example := error.problem.get("example"), str):
        lines += ["A valid one:", example]
    if isinstance(error, StatusError) and error.request_id:
        lines.append(f"request {error.request_id}")
    lines += _get_notes(error)
    if session.as_json:
        print(json.dumps({"error": _render_problem(error)}, ensure_ascii=False))
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
    if isinstance(error, JobFailed | WaitTimedOut):
        problem["job"] = render_document(error.job)
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
