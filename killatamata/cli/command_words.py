"""Words of the command: what a refusal says in names of the API, in those that one types here.

`Raise maxPriceUsd to at least priceUsd` is `Raise --max-price to at least $0.30`. The names come
from the options of the commands themselves: `--max-price` stands for `maxPrice`, `maxPriceUsd` and
so on. Members of the problem are replaced by their values, routes by commands.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from typer.models import ArgumentInfo, OptionInfo

from killatamata import fields, types
from killatamata.errors import StatusError
from killatamata.model import Model
from killatamata.wire import JsonObject, to_wire_name

ENDINGS = ("", "s", "Usd", "Id", "Ids", "Code", "Prefix", "Seconds")
TASK_FIELDS = {
    to_wire_name(field)
    for name, kind in vars(fields).items()
    if name.endswith("Job")
    for field in kind.__annotations__
    if field not in fields.JobOptions.__annotations__
}
ROUTE_COMMANDS = {
    "GET /api/v1/media/tasks": "killatamata tasks",
    "GET /api/v1/packages": "killatamata packages",
    "GET /api/v1/affiliates/me": "killatamata affiliates show",
    "GET /api/v1/affiliates/me/dashboard": "killatamata affiliates stats",
    "GET /api/v1/affiliates/me/payout-requests": "killatamata affiliates requests",
    "POST /api/v1/affiliates/me/apply": "killatamata affiliates apply",
    "POST /api/v1/affiliates/validate-code": "killatamata affiliates check",
    "GET /api/v1/studio/agent/approval-plans": "killatamata plans show",
}
HINTS_BY_CODE = {
    "unauthorized": "Sign in: killatamata login",
    "idempotency_key_invalid": "Give an --idempotency-key of 1 to 255 visible ASCII characters.",
    "idempotency_key_required": "Give an --idempotency-key: one for each intended operation.",
    "insufficient_commission": "See what is available: killatamata affiliates stats",
    "plan_hash_mismatch": "Look at the plan again, then run it.",
    "project_archived": "Restore it in the library of the web site, or use another project.",
    "shot_incomplete": "Correct each of them, or render the others with --shot.",
}
NAMES = {
    "payoutDestination": "payout destination",
    "requestId": "request id",
    "waitSeconds": "`killatamata jobs wait`",
}
COMMAND_WORDS: dict[str, "CommandWords"] = {}
"""The words of each command, by the module and the name of its function."""
INPUT_METAVAR = "K=V…"
ROUTE = re.compile(r"\b(GET|POST|PATCH|PUT|DELETE) (/[a-z0-9/_-]+[a-z0-9])")
URL = r"[a-z][a-z0-9+.-]*://\S*"
# In backticks stands a name of the API, or a path of names; other words are told by their capitals.
# What is a part of a path, a file name or a query is left as it is.
PATH = r"[A-Za-z]+(?:\.(?:[A-Za-z]+|[0-9]+))*"
WORD = r"(?<![\w./?&=-])[a-z]+(?:[A-Z][a-z0-9]+)+\b(?![/=&-]|\.\w)"
NAME = re.compile(rf"{URL}|(?:\b(?:the (\w+) )?named in )?(?:`({PATH})`|({WORD}))")
INDEX = re.compile(r"s?\.([0-9]+)\.?")
HEADS = re.compile(r"(?:(?:items|steps)\.[0-9]+\.)?(?:(?:input|spendPolicy|document)\.)?")
HEADER = re.compile(r"\bX-Idempotency-Key\b")


class CommandWords:
    """Translates texts of the gateway for one command."""

    def __init__(self, parameters: Mapping[str, inspect.Parameter]) -> None:
        self.own: dict[str, str] = {}
        for name, word in _list_words(parameters):
            for ending in ENDINGS:
                self.own.setdefault(f"{to_wire_name(name)}{ending}", word)
        self.takes_input = INPUT_METAVAR in self.own.values()

    def describe_refusal(self, error: StatusError) -> str:
        """Describe a refusal: its detail, its wrong fields, and what to do."""
        problem = error.problem
        entries = [each for each in problem.get("errors") or () if isinstance(each, dict)]
        detail = str(problem.get("detail") or f"The gateway answered {error.status}.")
        hint = HINTS_BY_CODE.get(error.code, error.hint)
        hinted = {each.get("hint") for each in entries}
        lines = [detail, *map(_describe_entry, entries)] if entries else [f"{detail} {hint}"]
        lines += [hint] if entries and hint not in hinted else []
        return "\n".join(self.translate(line, problem).rstrip() for line in lines)

    def translate(self, text: str, problem: JsonObject | None = None) -> str:
        """Return a text with the words of the command; `problem` gives the values of members."""
        members = problem or {}
        text = HEADER.sub("--idempotency-key", text)
        text = ROUTE.sub(_to_command, text)
        return NAME.sub(lambda match: self._to_word(match, members), text)

    def _to_word(self, match: re.Match[str], members: JsonObject) -> str:
        kind, path, word = match.groups()
        if path is None and (word is None or not self._is_known(word, members)):
            return match[0]
        if "named in " not in match[0]:
            return self._translate_path(path or word, members)
        # `the version named in currentVersion` is `version 2`, `the job named in jobId` has its id.
        value = _render_member(path or word, members)
        words = [kind] if value and value.isdecimal() else ["the", kind] if kind else []
        return " ".join([*words, *filter(None, [value])])

    def _is_known(self, word: str, members: JsonObject) -> bool:
        return (
            word in NAMES
            or word in members
            or word in list_api_names()
            or word in load_shared_words()  # last: it loads every command
        )

    def _translate_path(self, path: str, members: JsonObject) -> str:
        """Return the words for a name or a path: `input.width`, `attachments.0`; else the path.

        Of an index the number that people count with is given: `--attach 1`.
        """
        rest = HEADS.sub("", path, count=1)
        if path.startswith("document."):  # `scenes.0.shots.2` is `scene 1, shot 3`
            return INDEX.sub(lambda match: f" {int(match[1]) + 1}, ", rest).rstrip(", ")
        if "." not in rest:
            return self._translate_name(rest, members, is_input="input." in path)
        if not re.search(r"\.[0-9]+", rest):
            return path  # a task, as image.generate
        words = (
            str(int(part) + 1) if part.isdecimal() else self._translate_name(part, {})
            for part in rest.split(".")
        )
        return " ".join(words)

    def _translate_name(self, name: str, members: JsonObject, *, is_input: bool = False) -> str:
        if name in NAMES:
            return NAMES[name]
        if name in self.own:
            return self.own[name]
        if (value := _render_member(name, members)) is not None:
            return value
        # A field that no task has stands in `input.` all the same: it is what was typed.
        if (self.takes_input and (is_input or name in TASK_FIELDS)) or name.islower():
            return name  # which is how one types it
        return load_shared_words().get(name, _to_plain_words(name))


@cache
def load_shared_words() -> Mapping[str, str]:
    """Load every command, and return the words of all for a name that the running one lacks."""
    from killatamata.cli import build_app  # noqa: PLC0415 - which loads the module of each command

    build_app()
    words: dict[str, str] = {}
    for _, command in sorted(COMMAND_WORDS.items()):
        words = command.own | words
    return words


@cache
def list_api_names() -> frozenset[str]:
    """List the names of all fields that the client knows, as they stand in the API."""
    models = (each for each in vars(types).values() if inspect.isclass(each))
    typed = (each for each in vars(fields).values() if hasattr(each, "__required_keys__"))
    names = [name for each in models if issubclass(each, Model) for name in each.model_fields]
    names += [name for each in typed for name in each.__annotations__]
    return frozenset(map(to_wire_name, names))


def _render_member(name: str, members: JsonObject) -> str | None:
    """Return the value of a member of a problem as people read it; None if it has no such value."""
    value = members.get(name)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return f"${value}" if name.endswith("Usd") else str(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value) and value:
        return ", ".join(value)
    return None


def _list_words(parameters: Mapping[str, inspect.Parameter]) -> Iterator[tuple[str, str]]:
    """Yield each parameter with what one types for it: `--max-price`, or `PLAN`."""
    for name, parameter in parameters.items():
        for info in get_args(parameter.annotation)[1:]:
            if isinstance(info, OptionInfo):
                # In `Annotated` typer takes the first name for the default, until it reads it.
                declared = (str(each) for each in (info.default, *(info.param_decls or ())))
                usual = f"--{name.replace('_', '-')}"
                long = next((each for each in declared if each.startswith("--")), usual)
                yield name, long.partition("/")[0]
            elif isinstance(info, ArgumentInfo):
                yield name, str(info.metavar or name.upper())


def _describe_entry(entry: Mapping[str, Any]) -> str:
    message = str(entry.get("message")).removesuffix(".")
    return f"  `{entry.get('field')}` {message}. {entry.get('hint') or ''}"


def _to_command(match: re.Match[str]) -> str:
    return ROUTE_COMMANDS.get(match[0], f"killatamata api {match[0]}")


def _to_plain_words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f" {match[1].lower()}", name)
