"""Reach of the tests: which test runs which line, measured once by coverage.

A test is the context of what it runs in its own process (`contexts.py`). Gateways that it starts do
not know its name: their context is the file or folder that was given to pytest.
"""

import ast
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from pathlib import Path

from coverage import CoverageData

from tests.mutation.rooms import Room
from tests.mutation.survivors import ROOT

FOLDERS = ["ledger", "affiliates", "media/tasks", "identity", "payments", "studio", "account"]
FOLDERS_OF_GATEWAYS = ["flows/money", "flows/plans", "flows/accounts", "flows/jobs", "flows/apps"]
CONFIGURATION = """
[run]
parallel = true
concurrency = greenlet, thread
patch = subprocess
sigterm = true
source = gateway
"""


class Reach:
    """A map from lines of a copy of the checkout to tests, kept in a folder beside it."""

    def __init__(self, folder: Path, tree: Path) -> None:
        self.folder = folder
        self.tree = tree

    def measure(self, rooms: Sequence[Room]) -> None:
        """Run the tests that were not measured yet: a folder at once, or a file with gateways.

        For a single room only its first tests are measured: others could but catch more.
        """
        self.folder.mkdir(exist_ok=True)
        (self.folder / "coverage.ini").write_text(CONFIGURATION)
        files = [
            path.relative_to(self.tree).as_posix()
            for folder in FOLDERS_OF_GATEWAYS
            for path in sorted((self.tree / "tests" / folder).glob("test_*.py"))
        ]
        names = [*(f"tests/{folder}" for folder in FOLDERS), *files]
        if len(rooms) == 1:
            names = [name for name in names if name.startswith(rooms[0].first_tests)]
        missing = [name for name in names if not self._seconds_file(name).exists()]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self._measure_tests, missing))

    def _seconds_file(self, name: str) -> Path:
        return self.folder / f"{name.replace('/', '+')}.json"

    def _measure_tests(self, name: str) -> None:
        options = (f"--rcfile={self.folder / 'coverage.ini'}", f"--context={name}")
        pytest = ("pytest", "-p", "no:cacheprovider", "-p", "tests.mutation.contexts")
        data = self.folder / f".coverage.{name.replace('/', '+')}"
        variables = {
            "KT_TEST_SECONDS": str(self._seconds_file(name)),
            "COVERAGE_FILE": str(data),
            "PYTHONPATH": str(self.tree),
        }
        begin = time.monotonic()
        with self._seconds_file(name).with_suffix(".log").open("w") as log:
            subprocess.run(
                [sys.executable, "-m", "coverage", "run", *options, "-m", *pytest, name],
                cwd=self.tree,
                env={**os.environ, **variables},
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,  # tests that failed are left out
            )
        sys.stdout.write(f"measured {name} in {time.monotonic() - begin:.0f} s\n")
        sys.stdout.flush()

    @cached_property
    def seconds(self) -> dict[str, float]:
        """The seconds of each test that passed without a mutant; a file has those of its tests."""
        tests: dict[str, float] = {}
        for path in self.folder.glob("*.json"):
            measured = json.loads(path.read_text())
            tests |= measured | {path.stem.replace("+", "/"): sum(measured.values())}
        return tests

    @cached_property
    def data(self) -> CoverageData:
        """The lines of all measured tests."""
        combined = CoverageData(no_disk=True)
        for path in sorted(self.folder.glob(".coverage.*")):
            part = CoverageData(str(path))
            part.read()
            combined.update(part)
        return combined

    def list_tests(self, path: Path, line: int, room: Room) -> list[str]:
        """Return the tests that reach a line, by file: those of the room first, then the quickest.

        A line outside of functions is run by every import: the lines that use its name count. Where
        none is known the tests of the room are taken.
        """
        name = list_defined_names(path.read_text())[line]
        lines = [(path, line)] if name is None else self._find_uses(name)
        reached = {test for used, row in lines for test in self._get_tests(used, row)}
        reached &= self.seconds.keys()
        return sorted(
            reached or {test for test in self.seconds if test.startswith(room.first_tests)},
            key=lambda test: (not test.startswith(room.first_tests), self.seconds[test]),
        )

    def _get_tests(self, path: Path, line: int) -> set[str]:
        if path not in self._contexts:
            # Gateways that a measured test starts load the checkout, of which the tree is a copy.
            original = ROOT / path.relative_to(self.tree)
            self._contexts[path] = [
                self.data.contexts_by_lineno(str(each)) for each in (path, original)
            ]
        contexts = [name for each in self._contexts[path] for name in each.get(line, ())]
        return {context.rpartition("|")[2] for context in contexts}

    @cached_property
    def _contexts(self) -> dict[Path, list[dict[int, list[str]]]]:
        return {}

    def _find_uses(self, name: str) -> list[tuple[Path, int]]:
        word = re.compile(rf"\b{name}\b")
        return [
            (path, number)
            for path, text in self._texts.items()
            if name in text
            for number, line in enumerate(text.splitlines(), 1)
            if word.search(line) and list_defined_names(text)[number] is None
        ]

    @cached_property
    def _texts(self) -> dict[Path, str]:
        return {path: path.read_text() for path in (self.tree / "gateway").rglob("*.py")}


@cache
def list_defined_names(source: str) -> list[str | None]:
    """Return for each line the name that it defines outside of functions; None in a function."""
    names: list[str | None] = [""] * (source.count("\n") + 2)
    for statement in ast.parse(source).body:
        words = [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
        name = getattr(statement, "name", None) or next(iter(words), "")
        lines = range(statement.lineno, (statement.end_lineno or 0) + 1)
        names[lines.start : lines.stop] = [name] * len(lines)
        for node in ast.walk(statement):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
                names[body.start : body.stop] = [None] * len(body)
    return names


def cut_to_seconds(tests: list[str], seconds: dict[str, float], limit: int) -> list[str]:
    """Return the first tests that fit into the seconds together, and at least one."""
    chosen: list[str] = []
    total = 0.0
    for test in tests:
        if not chosen or total + seconds[test] <= limit:
            chosen.append(test)
            total += seconds[test]
    return chosen
