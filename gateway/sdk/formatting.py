"""Formatting of generated Python, by ruff with the settings of this checkout."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PUBLIC_NAME = re.compile(r"^(?:class )?([A-Z]\w+)(?=[(]| = |: TypeAlias)", re.MULTILINE)
ROOT = Path(__file__).parents[2]


def render_public_names(source: str) -> str:
    """Render `__all__` of a module: the names of its classes and types, not what it imports."""
    names = sorted(PUBLIC_NAME.findall(source))
    return f"\n\n__all__ = {names!r}\n"


def format_sources(sources: Mapping[str, str]) -> dict[str, str]:
    """Sort the imports of Python files and format them, by ruff.

    Raises:
        subprocess.CalledProcessError: a file is no valid Python.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in sources.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        for words in (["check", "-q", "--select", "I", "--fix"], ["format", "-q"]):
            ruff = [sys.executable, "-m", "ruff", *words, "--config", str(ROOT / "pyproject.toml")]
            ours = ["--config", 'lint.isort.known-first-party=["killatamata"]', "."]
            subprocess.run([*ruff, *ours], cwd=folder, check=True)  # noqa: S603 - our own words
        return {path: (folder / path).read_text(encoding="utf-8") for path in sources}
