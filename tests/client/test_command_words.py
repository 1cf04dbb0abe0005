"""Words of the command: no refusal of the gateway reaches a user in names of the API."""

import ast
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from gateway import catalogue, recorded
from gateway.kit.errors import list_declared_problems, read_default_detail
from gateway.media.jobs.job_errors import JOB_ERROR_TEXTS
from gateway.media.tasks.catalogue import TASKS
from killatamata.cli import app
from killatamata.cli.command_words import COMMAND_WORDS, CommandWords, load_shared_words
from killatamata.errors import build_status_error
from tests.client.scripted import Answer, serve_answers
from tests.style.source import ROOT

WIRE_NAME = re.compile(r"\b[a-z]+(?:[A-Z][a-z0-9]+)+\b")
ROUTE = re.compile(r"(?<!killatamata api )\b(?:GET|POST|PATCH|PUT|DELETE) /api/")
FIELDS = ("maxPriceUsd", "maxTotalUsd", "dailyLimitUsd", "projectId", "packageCode", "expiresAt")
TASK_FIELDS = {
    field.alias or name
    for task in TASKS.values()
    for name, field in task.model.model_fields.items()
}


@cache
def list_texts() -> list[str]:
    """List what refusals say: declared texts, those written where they are raised, job errors."""
    catalogue.list_operations()  # imports every slice, and so declares its errors
    declared = list_declared_problems()
    texts = [f"{read_default_detail(each)} {each.hint}" for each in declared]
    texts += [f"{message} {hint}" for message, hint, _ in JOB_ERROR_TEXTS.values()]
    for file in sorted((ROOT / "gateway").rglob("*.py")):
        tree = ast.parse(file.read_text())
        texts += [text for call in find_calls(tree) for text in read_texts(call)]
    return texts


def find_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield each call that has a hint, which is how a refusal is raised."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(each.arg == "hint" for each in node.keywords):
            yield node


def read_texts(call: ast.Call) -> Iterator[str]:
    """Yield the literal texts of a call, and of its field what a refusal says of it."""
    for each in call.args:
        yield from read_text(each, filled_with="X")
    for keyword in call.keywords:
        if keyword.arg == "hint":
            yield from read_text(keyword.value, filled_with="X")
        elif keyword.arg == "field":
            for field in read_text(keyword.value, filled_with="0"):
                yield f"`{field}` is not valid.".replace("`0.", "`input.")


def read_text(node: ast.AST, *, filled_with: str) -> Iterator[str]:
    """Yield the text of a node if it is one, with the same word for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = (
            part.value if isinstance(part, ast.Constant) else filled_with for part in node.values
        )
        yield "".join(map(str, parts))


def test_no_text_of_a_refusal_reaches_a_user_in_names_of_the_api() -> None:
    texts = [*list_texts(), *(f"`{name}` is not valid. Leave out {name}." for name in FIELDS)]
    assert len(texts) > 200
    assert len(COMMAND_WORDS) > 60
    wrong = []
    for name, words in COMMAND_WORDS.items():
        allowed = TASK_FIELDS if words.takes_input else set[str]()
        for text in texts:
            told = words.translate(text)
            leftover = {*WIRE_NAME.findall(told)} - allowed
            if leftover or ROUTE.search(told) or "Idempotency-Key" in told:
                wrong.append(f"{name}: {told}")
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize(
    ("command", "wire", "typed"),
    [
        ("run", "Raise maxPriceUsd to 1.", "Raise --max-price to 1."),
        ("run", "`input.width` must be at least 256.", "width must be at least 256."),
        ("run", "Use it with a `projectId`.", "Use it with a --project."),
        ("generate", "`input.prompt` must not be blank.", "PROMPT must not be blank."),
        ("execute", "Raise maxTotalUsd to 1.", "Raise --max-total to 1."),
        ("create", "`spendPolicy.dailyLimitUsd` is not valid.", "--daily-limit is not valid."),
        ("buy", "Use a code from GET /api/v1/packages.", "Use a code from killatamata packages."),
        ("send", "`attachments` must be a list.", "--attach must be a list."),
        ("render", "Exclude it with `shotIds`.", "Exclude it with --shot."),
        ("get", "Run it again with a `projectId`.", "Run it again with a --project."),
        ("get", "Try again after payoutsBlockedUntil.", "Try again after payouts blocked until."),
        ("send", "`attachments.0` is not yours.", "--attach 1 is not yours."),
        ("run", "Run `video.upscale` first.", "Run video.upscale first."),
        ("get", "Read POST /api/v1/x/y.", "Read killatamata api POST /api/v1/x/y."),
    ],
)
def test_a_name_of_the_api_becomes_what_one_types(command: str, wire: str, typed: str) -> None:
    found = {
        words.translate(wire) for name, words in COMMAND_WORDS.items() if name.endswith(command)
    }
    assert typed in found


@pytest.mark.parametrize(
    "text",
    [
        "Did you mean image.generate?",
        "https://hooks.example/projectId?planHash=3 answered 404",
        "/plans?planId=plan_1&planHash=3",
        "projectId.png is no picture, and an iPhone takes myFile-2.",
    ],
)
def test_words_that_are_no_names_of_the_api_stay_as_they_are(text: str) -> None:
    assert {words.translate(text) for words in COMMAND_WORDS.values()} == {text}


def test_each_option_that_a_hint_can_name_is_an_option_of_a_command() -> None:
    options = {
        option for _, node in walk(get_command(app), ()) for each in node.params
        for option in (*each.opts, *each.secondary_opts)
    }  # fmt: skip
    assert {word for word in load_shared_words().values() if word.startswith("-")} <= options


@pytest.mark.parametrize(
    ("code", "command", "told"),
    [
        ("unknown_task", "run", "Enabled tasks: image.generate, image.edit, image.upscale, "),
        ("unknown_operation", "run", "Operations: audio.generate, image.edit, "),
        ("version_conflict", "import", "Read version 2, apply your change to it"),
        ("storyboard_syntax", "import", "Correct line 1; an exported"),
        ("upload_link_ended", "import", "or read the asset."),
        ("quote_used", "get", "Read the job job_"),
        ("insufficient_commission", "request-payout", "killatamata affiliates stats"),
        ("project_archived", "import", "library of the web site"),
        ("shot_incomplete", "render", "scene 1, shot 1 needs a prompt"),
        ("shot_incomplete", "render", "render the others with --shot"),
        ("adjustment_required", "run", "width Picture sizes are multiples of 16.\n"),
        ("adjustment_required", "run", "Send the effective values"),
    ],
)
def test_a_recorded_refusal_is_told_in_words_of_the_command(
    code: str, command: str, told: str
) -> None:
    problem = recorded.load_problems()[code]["body"]
    error = build_status_error(400, {}, json.dumps(problem).encode())
    words = next(each for name, each in COMMAND_WORDS.items() if name.endswith(f" {command}"))
    assert told in words.describe_refusal(error)


def test_the_text_that_a_refusal_quotes_is_printed_without_escapes() -> None:
    problem = recorded.load_problems()["storyboard_syntax"]["body"] | {"quoted": "# A\x1b[31m fox"}
    with serve_answers(Answer(422, problem)) as script:
        env = {"KT_API_KEY": "kt_test_" + "X" * 38, "KT_API_BASE": script.base}
        ended = CliRunner().invoke(app, ["api", "GET", "/api/v1/x"], env=env)
    assert ended.exit_code == 1
    (quoted,) = [each for each in ended.stderr.splitlines() if "It says there: " in each]
    assert quoted.startswith("It says there: # A")
    assert "\x1b" not in quoted


@pytest.mark.parametrize("profile", ["work", ""])
def test_a_server_of_tools_that_does_not_start_says_what_gave_the_address(
    profile: str, tmp_path: Path
) -> None:
    file = tmp_path / "killatamata" / "config.toml"
    file.parent.mkdir()
    file.write_text('[profile.work]\nbase_url = "http://127.0.0.1:1"\n')
    file.chmod(0o600)
    home = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    other = {} if profile else {"KT_API_BASE": "http://127.0.0.1:1", "KT_API_KEY": "kt_test_x"}
    ended = subprocess.run(
        [sys.executable, "-m", "killatamata", "mcp", *(["--profile", profile] if profile else [])],
        env=home | other, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    what = f"base_url of the profile work in {file}" if profile else "KT_API_BASE"
    assert f"cannot reach http://127.0.0.1:1: check {what}\n" in ended.stderr


def test_members_of_a_problem_are_told_by_their_values() -> None:
    words = CommandWords({})
    problem = {
        "code": "x",
        "detail": "It is too dear.",
        "hint": "It costs `priceUsd`. Read the job named in `jobId`, or all in `blockedBy`.",
        "priceUsd": "0.30",
        "jobId": "job_1",
        "blockedBy": ["jobs", "plans"],
    }
    error = build_status_error(402, {}, json.dumps(problem).encode())
    told = words.describe_refusal(error)
    assert told == "It is too dear. It costs $0.30. Read the job job_1, or all in jobs, plans."


def test_every_command_of_a_user_has_an_example_that_it_can_read() -> None:
    missing = []
    for path, node in walk(get_command(app), ()):
        if path[0] in {"admin", "serve", "worker", "migrate", "facilitator", "completion"}:
            continue
        if not node.epilog:
            missing.append(" ".join(path))
            continue
        assert read_example(node.epilog)[: len(path)] == [*path], path
    assert not missing


def read_example(epilog: str) -> list[str]:
    """Return the words of an example, after its command line was read as a shell and typer do."""
    line = epilog.removeprefix("Example: ")
    start = line.index("killatamata ")
    lexer = shlex.shlex(line[start:], posix=True, punctuation_chars="&|<>")
    lexer.whitespace_split = True
    words = [*lexer]
    ends = [at for at, word in enumerate(words) if word in {"&&", "|", ">", "<"}]
    words = words[1 : min(ends, default=len(words))]
    with get_command(app).make_context("killatamata", [*words]) as context:
        command, rest = context.command, words
        while subcommands := getattr(command, "commands", None):
            command, rest = subcommands[rest[0]], rest[1:]
        command.make_context(rest[0] if rest else "", rest, parent=context)
    return words


def walk(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401
    """Yield each command below a group with its words."""
    for name, child in getattr(node, "commands", {}).items():
        if hasattr(child, "commands"):
            yield from walk(child, (*path, name))
        else:
            yield (*path, name), child
