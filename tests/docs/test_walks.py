"""Walks of ARCHITECTURE.md: each function that they name is in its file."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
STEP = re.compile(r"([\w/]+\.py)::([\w.]+)")
WALK = re.compile(r"^\*\*(.+?)\*\*.+?```text\n(.*?)^```", re.DOTALL | re.MULTILINE)
DEFENCE = re.compile(r"^\| (?!threat |---)(.+?) \| .+? \| (.+) \|$", re.MULTILINE)
LEAST_STEPS = 6  # else it is no walk
STEPS = {step for page in PAGES for step in STEP.findall(page.read_text())}


@pytest.mark.parametrize(("path", "function"), sorted(STEPS))
def test_each_function_that_a_page_names_is_in_its_file(path: str, function: str) -> None:
    assert function in list_functions(path), f"{path} has no {function}: mend the page"


def test_there_are_three_walks_of_real_steps() -> None:
    walks = dict(WALK.findall((ROOT / "ARCHITECTURE.md").read_text()))
    assert list(walks) == ["A submit", "A plan", "A payment"]
    assert all(len(STEP.findall(walk)) >= LEAST_STEPS for walk in walks.values())


def test_each_threat_names_what_shows_its_defence() -> None:
    """A file or a page: that each function, file and heading exists is tested for every page."""
    doors = (ROOT / "docs/threat-model.md").read_text().partition("## By door")[2]
    threats = DEFENCE.findall(doors)
    assert len(threats) > LEAST_STEPS * doors.count("\n### ") / 2
    assert [threat for threat, shown in threats if not re.search(r"`\S+[./]\S+`|\]\(", shown)] == []


@cache
def list_functions(path: str) -> set[str]:
    file = ROOT / path
    return set(list_names(ast.parse(file.read_text()))) if file.exists() else set()


def list_names(node: ast.AST, prefix: str = "") -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from list_names(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name
