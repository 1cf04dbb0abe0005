"""Docstrings and history read as a colleague would speak; CONTRIBUTING.md has the words."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.style.source import (
    PACKAGES,
    ROOT,
    find_functions,
    find_nodes,
    list_python_files,
    parse_file,
    to_place,
)

RIDDLE = re.compile(
    r"(Say|Tell|That|What|Whatever|When|Where|Whether|Which|Who|Whoever|Whose|How)\b"
)
HOOK = ROOT / ".githooks" / "commit-msg"


def test_a_function_s_docstring_opens_with_what_it_does() -> None:
    """`Return True if …`, not `Say whether …`: a verb for the effect, and the noun it has."""
    found = [
        f"{to_place(path, node.lineno)} {node.name}: {opening[0]} …"
        for path, node in find_functions()
        if (opening := RIDDLE.match(ast.get_docstring(node) or ""))
    ]
    assert not found, "\n".join(found)


def test_a_module_s_docstring_opens_with_the_noun_it_is_about() -> None:
    found = [
        f"{to_place(path)}: {opening[0]} …"
        for path in list_python_files(*PACKAGES)
        if (opening := RIDDLE.match(ast.get_docstring(parse_file(path)) or ""))
    ]
    assert not found, "\n".join(found)


def test_a_class_s_docstring_opens_with_the_noun_it_is() -> None:
    """`The keys to list.`, not `Which keys to list.`: OpenAPI, the SDK and docs publish it."""
    found = [
        f"{to_place(path, node.lineno)} {node.name}: {opening[0]} …"
        for path, node in find_nodes(ast.ClassDef)
        if (opening := RIDDLE.match(ast.get_docstring(node) or ""))
    ]
    assert not found, "\n".join(found)


def run_commit_hook(subject: str, folder: Path) -> subprocess.CompletedProcess[str]:
    message = folder / "COMMIT_EDITMSG"
    message.write_text(f"# a comment\n\n{subject}\n\nA body with long lines: {'b' * 90}\n")
    return subprocess.run([HOOK, message], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("subject", ["Render " + "ü" * 65, "fixup! Render " + "j" * 66])
def test_the_commit_hook_takes_72_characters(subject: str, tmp_path: Path) -> None:
    done = run_commit_hook(subject, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commit_hook_refuses_a_longer_subject(tmp_path: Path) -> None:
    done = run_commit_hook("Render " + "j" * 66, tmp_path)
    assert done.returncode == 1
    assert "has 73 characters, and may have 72" in done.stderr
