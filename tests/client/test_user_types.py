"""A user's file under mypy --strict and pyright: what is wrong fails there, and editors complete.

mypy is the checkout's own. pyright is installed into a throw-away environment, which needs the
network: those tests are slow, and skipped where it cannot be installed.
"""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from tests.client.language_server import LanguageServer
from tests.client.user_programs import RIGHT_PROGRAM, WRONG_LINES, build_wrong_program

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a right and a wrong program of a user."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "right.py").write_text(RIGHT_PROGRAM)
    (folder / "wrong.py").write_text(build_wrong_program())
    prefix = Path(sys.prefix)
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}
    (folder / "pyrightconfig.json").write_text(
        json.dumps(settings | {"venvPath": str(prefix.parent), "venv": prefix.name})
    )
    return folder


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of pyright's commands, installed for these tests."""
    folder = tmp_path_factory.mktemp("pyright")
    venv.create(folder, with_pip=True)
    for words in (["pip", "install", "-q", "pyright"], ["pyright", "--version"]):
        ran = subprocess.run(
            [folder / "bin" / words[0], *words[1:]], capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        if ran.returncode:
            pytest.skip(f"pyright: no network, or no package index: {ran.stderr[-300:]}")
    return folder / "bin"


def list_wrong_lines(lines: set[int]) -> list[str]:
    """List the wrong calls of the program that a checker took for right."""
    return [text for place, text in enumerate(WRONG_LINES, 4) if place not in lines]


def run_mypy(programs: Path) -> str:
    """Check both files at once: what mypy costs is reading the library."""
    words = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "right.py", "wrong.py"]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    return subprocess.run(
        words, cwd=programs, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    ).stdout  # fmt: skip


def run_pyright(pyright: Path, program: Path) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [pyright / "pyright", "--outputjson", program.name],
        cwd=program.parent, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    errors: list[dict[str, Any]] = json.loads(ran.stdout)["generalDiagnostics"]
    return errors


def test_mypy_takes_what_is_right_and_refuses_each_wrong_name_field_and_value(
    programs: Path,
) -> None:
    told = [line for line in run_mypy(programs).splitlines() if ": error:" in line]
    assert not [line for line in told if not line.startswith("wrong.py")]
    assert not list_wrong_lines({int(line.split(":")[1]) for line in told})


@pytest.mark.slow
def test_pyright_takes_what_is_right_and_refuses_each_wrong_name_field_and_value(
    programs: Path, pyright: Path
) -> None:
    assert run_pyright(pyright, programs / "right.py") == []
    errors = run_pyright(pyright, programs / "wrong.py")
    assert not list_wrong_lines({each["range"]["start"]["line"] + 1 for each in errors})


@pytest.mark.slow
def test_an_editor_completes_tasks_fields_and_values(programs: Path, pyright: Path) -> None:
    head = "from killatamata import Client\n"
    with LanguageServer(pyright / "pyright-langserver", programs) as server:
        assert '"video.extend"' in server.complete(head + 'Client().run("|")')
        fields = server.complete(head + 'Client().run("image.generate", |)')
        assert {"prompt=", "width=", "output_format=", "max_price_usd="} <= {*fields}
        assert fields.index("seed=") < fields.index("start_frame_image=")  # of other tasks
        formats = server.complete(head + 'Client().run("image.generate", output_format="|")')
        assert "webp" in "".join(formats)
        changes = server.complete(head + 'Client().keys.update("key_1", |)')
        assert {"label=", "scopes=", "spend_policy="} <= {*changes}
        limits = server.complete(head + 'Client().keys.update("key_1", spend_policy={"|"})')
        assert "daily_limit_usd" in "".join(limits)
