"""Files that the style rules read, each parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)
ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "workers", "killatamata", "mcp_server", "wellknown", "agent_skill")
PLACES = (*PACKAGES, "tests", "bench")
EXCLUDED = (
    "gateway/migrations/versions/",
    "killatamata/types.py",  # rendered
    "killatamata/fields.py",  # rendered
    "killatamata/one_call.py",  # rendered
    "killatamata/_async/job_calls.py",  # rendered
    "killatamata/_async/client_calls.py",  # rendered
    "killatamata/_sync/job_calls.py",  # rendered
    "killatamata/_sync/client_calls.py",  # rendered
    "agent_skill/killatamata/",  # rendered
    "/vendor/",
    "/__pycache__/",
    "/node_modules/",
)
SHOWN_FOLDERS = {".ci", ".githooks", ".github"}
SKIPPED_FOLDERS = {".git", "data", "dist", "node_modules", "__pycache__"}


@cache
def list_python_files(*places: str) -> list[Path]:
    """List the Python files below these places, by default all of the checkout."""
    found = [ROOT / "dev.py"] if not places else []
    for place in places or PLACES:
        found += sorted((ROOT / place).rglob("*.py"))
    return [path for path in found if not any(part in path.as_posix() for part in EXCLUDED)]


@cache
def parse_file(path: Path) -> ast.Module:
    """Parse a file, once for all rules."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def walk_file(path: Path) -> tuple[ast.AST, ...]:
    """List the nodes of a file, once for all rules."""
    return tuple(ast.walk(parse_file(path)))


def find_nodes(kind: type[Node], *places: str) -> Iterator[tuple[Path, Node]]:
    """Yield each node of one kind with its file."""
    for path in list_python_files(*places):
        for node in walk_file(path):
            if isinstance(node, kind):
                yield path, node


def find_functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield every function of the checkout with its file."""
    yield from find_nodes(ast.FunctionDef)
    yield from find_nodes(ast.AsyncFunctionDef)


def list_text_files() -> Iterator[Path]:
    """Yield every text file of the checkout that is not generated."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in SHOWN_FOLDERS for part in parts[:-1])
        if path.is_file() and not hidden and not SKIPPED_FOLDERS.intersection(parts):
            yield path


def to_place(path: Path, line: int | None = None) -> str:
    """Format a place as editors read it: path and line."""
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"
