"""The small programs of `examples/`, and what README shows, do what they say."""

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from killatamata.cli import app
from tests.gateway import Gateway, draw_picture
from tests.style.source import ROOT

README = (ROOT / "README.md").read_text()
JOB_ID = re.compile(r"job_[0-9A-Z]{26}")
PROGRESS = re.compile(r"^job_\S+ [a-z_]+( \d+%)?(  \d+ s left)?$")


@pytest.fixture(autouse=True)
def _at_home(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with gateway.account() as account:
        monkeypatch.setenv("KT_API_KEY", account.key)
        monkeypatch.setenv("KT_API_BASE", gateway.base)
        yield


def find_code_block(heading: str, language: str) -> str:
    """Return the first block of this language below a heading of README."""
    section = README.partition(f"\n## {heading}\n")[2]
    return section.partition(f"```{language}\n")[2].partition("```")[0]


def test_the_python_of_readme_prints_what_readme_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = find_code_block("From Python", "python")
    assert len([line for line in code.splitlines() if line]) == 5
    scope: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), scope)  # noqa: S102 - our own page
    scope["client"].close()
    assert capsys.readouterr().out == find_code_block("From Python", "text")


def test_the_commands_of_readme_print_what_readme_says() -> None:
    commands = find_code_block("From the command line", "sh").splitlines()
    assert commands[0].startswith("killatamata login")
    said = []
    for line in commands[1:]:
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, done.output
        said += [each.rstrip() for each in done.output.splitlines() if not PROGRESS.match(each)]
    assert [JOB_ID.sub("job_", each) for each in said] == [
        JOB_ID.sub("job_", each)
        for each in find_code_block("From the command line", "text").splitlines()
    ]


def test_each_example_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("photo.png").write_bytes(draw_picture(256, 256))
    monkeypatch.setattr("sys.argv", ["night.py", "photo.png"])
    made = {
        "picture.py": ["lighthouse.png for $0.02"],
        "candidates.py": ["$0.06 for 3", *(f"seed {n}: fox-{n}.png" for n in (1, 2, 3))],
        "night.py": ["photo-night.png"],
        "follow.py": ["done succeeded"],
    }
    assert {each.name for each in (ROOT / "examples").glob("*.py")} == made.keys()
    for name, lines in made.items():
        runpy.run_path(str(ROOT / "examples" / name), run_name="__main__")
        printed = capsys.readouterr().out.splitlines()
        assert set(lines) <= set(printed), (name, printed)
