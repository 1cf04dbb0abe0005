"""Documents: generated ones are fresh, links lead somewhere, commands and prices are right."""

import importlib.util
import json
import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.docs import render_files
from gateway.facilitator.settings import PREFIX, FacilitatorSettings
from gateway.kit.money import render_usd
from gateway.kit.release import CLIENT_WHEEL_PATH
from gateway.media.schemas import SubmitJob
from gateway.media.tasks.catalogue import TASKS, read_input
from gateway.media.tasks.prices import PriceTable
from killatamata.cli import app

ROOT = Path(__file__).parents[2]
MARKDOWN = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")])
CODE_PAGES = [
    *(ROOT / f"{name}.md" for name in ("AGENTS", "ARCHITECTURE", "CONTRIBUTING")),
    ROOT / "docs/threat-model.md",
    *sorted(ROOT.glob("docs/decisions/*.md")),
]
PACKAGES = ("agent_skill", "gateway", "killatamata", "mcp_server", "wellknown", "workers")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SETTING_NAME = re.compile(r"\bKT_(?!TEST_)[A-Z_]+\b")
PRICE_ROW = re.compile(r"^\| `([a-z.]+)` \| `(\{.*\})` \| \$([0-9.]+) \|$", re.MULTILINE)
CLIENT_SETTINGS = {
    "KT_API_KEY",
    "KT_API_BASE",
    "KT_KEY_PROFILE",
    "KT_LOG",
    "KT_WEBHOOK_SECRET",
}  # of the client
COMMON_PROGRAMS = {"export", "openssl", "psql"}


def to_page_name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def list_commands() -> Iterator[tuple[str, list[str]]]:
    """Yield each command of sh blocks and code spans as words, with the name of its page."""
    for page in MARKDOWN:
        text = page.read_text()
        lines = [
            line
            for language, block in FENCED.findall(text)
            if language == "sh"
            for line in block.replace("\\\n", " ").splitlines()
        ]
        inline = re.findall(r"`((?:\.venv/bin/|killatamata |\./(?:run|test)\b)[^`]*)`", text)
        for line in [*lines, *inline]:
            words = shlex.split(line, comments=True)
            while words and re.match(r"[A-Z_]+=", words[0]):
                words.pop(0)
            if words:
                yield to_page_name(page), words


def test_each_written_file_is_what_the_code_says_now() -> None:
    stale = [name for name, data in render_files().items() if (ROOT / name).read_bytes() != data]
    assert not stale, f"run `.venv/bin/python -m gateway.docs`: {stale}"


@pytest.mark.parametrize("page", MARKDOWN, ids=to_page_name)
def test_each_link_leads_to_a_page_and_its_heading(page: Path) -> None:
    prose = FENCED.sub("", page.read_text())
    for link in LINK.findall(prose):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target) if target else page
        assert file.exists(), link
        if anchor:
            slugs = {
                re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in list_headings(file)
            }
            assert anchor in slugs, link


def test_each_file_that_a_page_about_the_code_names_is_there() -> None:
    """A bare name, or the end of a path, is enough: the sentence around it says where."""
    there = {
        f"/{path.relative_to(ROOT).as_posix()}"
        for top in (*PACKAGES, "tests", "bench", "clients", "deploy", "docs", "server")
        for path in ROOT.joinpath(top).rglob("*")
    }
    ends = {path[at:] for path in there for at, sign in enumerate(path) if sign == "/"}
    gone = [
        f"{to_page_name(page)}: {name}"
        for page in CODE_PAGES
        for name in list_named_files(page)
        if not {f"/{name}", f"/{name}.py"} & ends
    ]
    assert not gone


def list_named_files(page: Path) -> Iterator[str]:
    """Yield each file or folder of this checkout that a page names, in code spans and walks."""
    text = page.read_text()
    for span in re.findall(r"`([^`\n]+)`", FENCED.sub("", text)):
        if re.fullmatch(r"\w+\.(py|sql|toml|html)|\w+(/[\w.]+)+/?|(\w+/)+", span):
            yield span.rstrip("/")
    for language, block in FENCED.findall(text):
        if language == "text":
            yield from re.findall(r"^ *([a-z_]+/[a-z_/.]+)", block, re.MULTILINE)


def list_headings(page: Path) -> list[str]:
    """Read the headings of a page, without those in code."""
    return HEADING.findall(FENCED.sub("", page.read_text()))


def test_each_command_is_one_that_exists() -> None:
    seen = 0
    for page, words in list_commands():
        seen += 1
        assert is_known_command(words), f"{page}: {shlex.join(words)}"
    assert seen


def is_known_command(words: list[str]) -> bool:
    """Return True if a command line is our own with known options, or a common program."""
    program, *rest = words
    if rest[:1] == ["-m"]:
        return importlib.util.find_spec(rest[1]) is not None
    checks: dict[str, Callable[[list[str]], bool]] = {
        "./run": lambda options: fits_command(["serve", *options]),
        "./test": lambda _: (ROOT / "test").exists(),
        "killatamata": fits_command,
        "curl": is_real_request,
        "pip": lambda words: words[-1].endswith(CLIENT_WHEEL_PATH),
        "python3": lambda words: (ROOT / words[0]).exists(),
    }
    check = checks.get(program.removeprefix(".venv/bin/"))
    return program in COMMON_PROGRAMS if check is None else check(rest)


def fits_command(words: list[str]) -> bool:
    """Return True if the `killatamata` command line has this command with these options."""
    command = build_command()
    while subcommands := getattr(command, "commands", None):
        if words and words[0].startswith("--"):
            break  # a group with options of its own
        if not words or words[0] not in subcommands:
            return not words
        command, words = subcommands[words[0]], words[1:]
    options = {name for parameter in command.params for name in parameter.opts}
    return all(word in options for word in words if word.startswith("--"))


@cache
def build_command() -> Any:  # noqa: ANN401 - typer's own tree, which takes a second to build
    """Build the tree of our commands, once."""
    return get_command(app)


def is_real_request(words: list[str]) -> bool:
    """Return True if the URL of a curl is an operation, and a job in it valid."""
    url = next(word for word in words if word.startswith("http"))
    method = "POST" if "-d" in words else "GET"
    path = re.sub(r"^https?://[^/]+|\?.*$", "", url)
    if method == "POST":
        submit = SubmitJob.model_validate_json(words[words.index("-d") + 1])
        read_input(TASKS[submit.task], submit.input)
    return any((each.method, each.path) == (method, path) for each in list_operations())


def test_each_setting_named_is_a_setting() -> None:
    names = {f"KT_{name.upper()}" for name in Settings.model_fields} | CLIENT_SETTINGS
    names |= {f"{PREFIX}{name.upper()}" for name in FacilitatorSettings.model_fields}
    for page in MARKDOWN:
        unknown = set(SETTING_NAME.findall(page.read_text())) - names
        assert not unknown, f"{to_page_name(page)}: {unknown}"


def list_priced_rows() -> list[tuple[str, dict[str, Any], str]]:
    text = (ROOT / "docs" / "jobs.md").read_text()
    return [(task, json.loads(given), price) for task, given, price in PRICE_ROW.findall(text)]


def test_there_are_prices_to_check() -> None:
    assert list_priced_rows()


@pytest.mark.parametrize(("name", "given", "price"), list_priced_rows())
def test_a_price_on_the_page_is_the_price(name: str, given: dict[str, Any], price: str) -> None:
    task = TASKS[name]
    plan = task.plan(read_input(task, given), {}, seed=1, prices=PriceTable())
    assert render_usd(plan.price.microusd) == price


def test_each_task_is_on_the_page_of_jobs() -> None:
    text = (ROOT / "docs" / "jobs.md").read_text()
    missing = [
        f"{name}: {field.alias}"
        for name, task in TASKS.items()
        for field in task.model.model_fields.values()
        if task.enabled and f"`{to_plain_field(field.alias or '')}" not in text
    ]
    assert not missing


def to_plain_field(field: str) -> str:
    """Return the name of a media field on the page, where one twin represents both."""
    twins = {"startFrameImage", "finalFrameImage", "overlapFrameImages", "referenceAudio"}
    return field.removesuffix("s") if field in twins else field
