"""The only modules that open media or connections: everything hostile goes through them.

ruff's `S` rules check security in general; these rules know our own doors. More of ours are in
`.semgrep`, which CI reads; the list of files that may open a connection is there alone.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from tests.style.source import ROOT, find_nodes, list_text_files, to_place, walk_file

SERVERS = ("gateway", "workers", "mcp_server")
OPENS_MEDIA = {"av.open", "PIL.Image.open"}
LETS_SPEND = {
    "keys.create",
    "keys.create_grant",
    "keys.rotate",
    "keys.set_policy",
    "set_default_policy",
}
# What a session of an old sign-in must ask before it lets a program spend.
ASKS_ALLOWANCE = ("allowance.count_granted_rights", "allowance.check_change")
NO_SESSION = {  # it is no browser session that lets a program spend here
    "gateway/identity/devices/device_link.py": "the approval, not the poll, is what a session does",
    "gateway/identity/sign_in/sign_in.py": "a key of a sign-in is as fresh as can be",
    "gateway/operator/accounts.py": "an operator, on the command line",
}
CHILDREN = {  # run in processes that have given up memory, files and network
    "gateway/library/inspection/containers.py",
    "gateway/library/inspection/image_encoding.py",
    "gateway/library/inspection/preview_drawing.py",
    "gateway/library/inspection/preview_set.py",
    "gateway/library/inspection/stream_copy.py",
    "workers/video/film.py",
    "workers/video/frames.py",
    "workers/video/pictures.py",
    "workers/video/remux.py",
    "workers/video/sound_files.py",
}
OUTGOING = {
    rule["id"]: rule
    for rule in yaml.safe_load((ROOT / ".semgrep/outgoing.yaml").read_text())["rules"]
}
SDKS = {"anthropic.AsyncAnthropic", "stripe.StripeClient"} | {
    "x402.http.facilitator_client.FacilitatorConfig"
}


def find_calls(names: set[str]) -> Iterator[tuple[Path, ast.Call]]:
    """Yield each call of these functions, under any imported name."""
    for path, call in find_nodes(ast.Call, *SERVERS):
        first, dot, rest = ast.unparse(call.func).partition(".")
        if f"{read_imports(path).get(first, first)}{dot}{rest}" in names:
            yield path, call


@cache
def read_imports(path: Path) -> dict[str, str]:
    """Read the imports of a file: the full name of each imported one."""
    found: dict[str, str] = {}
    for node in walk_file(path):
        if isinstance(node, ast.Import):
            found |= {one.asname: one.name for one in node.names if one.asname}
        elif isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def list_calling_files(names: set[str]) -> set[str]:
    """List the server files that call one of these functions."""
    return {to_place(path) for path, _ in find_calls(names)}


def test_media_is_opened_in_limited_children_alone() -> None:
    assert list_calling_files(OPENS_MEDIA) == CHILDREN


def test_nobody_makes_a_client_whose_answers_are_not_bounded() -> None:
    for rule in (OUTGOING["unguarded-fetch"], OUTGOING["unguarded-socket"]):
        names = {each["pattern"].removesuffix("(...)") for each in rule["pattern-either"]}
        excepted = {path.removeprefix("/") for path in rule["paths"]["exclude"]}
        assert list_calling_files(names) == excepted


def test_no_sdk_makes_a_client_of_its_own() -> None:
    given = {to_place(path): call for path, call in find_calls(SDKS)}
    assert len(given) == len(SDKS)
    for path, call in given.items():
        assert "http_client" in {keyword.arg for keyword in call.keywords}, path


def test_no_key_or_secret_of_ours_lies_in_the_checkout() -> None:
    rules = tomllib.loads((ROOT / ".gitleaks.toml").read_text())["rules"]
    patterns = [(re.compile(rule["regex"]), build_allowed_pattern(rule)) for rule in rules]
    found = []
    for path in list_text_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for pattern, fine in patterns:
            hits = [hit for hit in pattern.finditer(text) if not fine.fullmatch(hit[0])]
            found += [to_place(path, text.count("\n", 0, hit.start()) + 1) for hit in hits]
    assert not found, f"keys or secrets: {found}"


def build_allowed_pattern(rule: dict[str, list[dict[str, list[str]]]]) -> re.Pattern[str]:
    """Build the pattern of allowed texts, which look like secrets and are none."""
    fine = [regex for each in rule["allowlists"] for regex in each["regexes"]]
    return re.compile("|".join(fine))


def test_whoever_lets_a_program_spend_asks_how_old_the_sign_in_is() -> None:
    bare, used = [], set[str]()
    for path, function in [*find_nodes(ast.AsyncFunctionDef, "gateway")]:
        if function.name.startswith("_") or path.relative_to(ROOT).as_posix() in NO_SESSION:
            continue
        called = {
            ast.unparse(each.func) for each in ast.walk(function) if isinstance(each, ast.Call)
        }
        used |= called & LETS_SPEND
        asks = any(name.endswith(ASKS_ALLOWANCE) for name in called)
        if called & LETS_SPEND and not asks:
            bare.append(to_place(path, function.lineno))
    assert bare == []
    assert used == LETS_SPEND, "a name of this rule is not called any more"
