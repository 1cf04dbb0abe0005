"""CHANGELOG.md is short enough to read, and has the release that we build."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_LINES = 60
DATE = r"(?:unreleased|\d{4}-\d\d-\d\d)"
RELEASE = re.compile(rf"^## (\S+) \S {DATE}\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)


def test_the_newest_release_is_the_version_of_the_package() -> None:
    newest, _ = list_releases()[0]
    assert newest == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_notes_of_a_release_fit_into_sixty_lines() -> None:
    long = {
        name: lines for name, text in list_releases() if (lines := text.count("\n")) > LONGEST_LINES
    }
    assert not long, f"tell the rest in docs: {long}"


def list_releases() -> list[tuple[str, str]]:
    return RELEASE.findall((ROOT / "CHANGELOG.md").read_text())
