"""Programs of others that tests run, installed at fixed versions in folders that last.

Where a program cannot be installed, the test is skipped, and the skip says why.
"""

import fcntl
import json
import shutil
import subprocess
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NODE = "node_modules/.bin/node"
INSTALL_SECONDS = 600
# Newer versions of npm run no scripts of packages unless told to, and the package `node` fetches
# its program in a script. Older versions ignore the option. What is installed here is run anyway.
NPM_OPTIONS = ("--no-audit", "--no-fund", "--dangerously-allow-all-scripts")
_reasons_to_skip: dict[Path, str] = {}


def install_from_npm(folder: Path, packages: Mapping[str, str], program: str = "") -> None:
    """Install npm packages at these versions into a folder, unless they are there.

    `program` is a pattern of a file that they must bring: npm is content without some.
    """
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"{', '.join(packages)} NOT TRIED: npm is not here: apt-get install -y npm")
    wanted = json.dumps(packages)
    with _one_installer(folder) as done:
        if not _is_installed(done, wanted):
            done.unlink(missing_ok=True)
            named = [f"{name}@{version}" for name, version in packages.items()]
            # Not by `--prefix`, with which npm ignores the settings of its machine. This file keeps
            # it from installing into a folder above.
            (folder / "package.json").write_text('{"private": true}')
            _run([npm, "install", *NPM_OPTIONS, *named], folder)
            needed = program or (NODE if "node" in packages else "package.json")
            if not any(folder.glob(needed)):
                pytest.skip(f"{folder.name} NOT TRIED: npm installed no {needed}")
            done.write_text(wanted)


def install_from_pip(folder: Path, packages: Sequence[str]) -> Path:
    """Return the programs of an environment with these packages of Python, made if not there."""
    programs, wanted = folder / "bin", " ".join(packages)
    with _one_installer(folder) as done:
        if not _is_installed(done, wanted):
            venv.create(folder, with_pip=True, clear=True)
            _run([str(programs / "python"), "-m", "pip", "install", "-q", *packages], folder)
            done.write_text(wanted)
    return programs


@contextmanager
def _one_installer(folder: Path) -> Iterator[Path]:
    """Keep other processes out of a folder; yield the file that says what it has.

    Without the lock another process would use what is half installed, or install over it. What
    could not be installed is not tried again for each test.
    """
    if folder in _reasons_to_skip:
        pytest.skip(_reasons_to_skip[folder])
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield folder / "installed"
        except pytest.skip.Exception as skipped:
            _reasons_to_skip[folder] = skipped.msg or ""
            raise


def _is_installed(done: Path, wanted: str) -> bool:
    return done.exists() and done.read_text() == wanted


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{folder.name} NOT TRIED: not installed in {INSTALL_SECONDS} s")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"{folder.name} NOT TRIED: {error.stderr[-1000:]}")
