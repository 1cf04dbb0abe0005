"""The two commands, in a checkout whose uv and programs only write down how they were called."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER_PACKAGES = ("agent_skill", "gateway", "mcp_server", "wellknown", "workers")
WORKER_OPTION = f"-n {(os.cpu_count() or 1) + 2}"
FAKE_PROGRAMS = ("killatamata", "ruff", "mypy", "lint-imports", "deptry", "pytest", "coverage")
FAKE_UV = (
    '#!/bin/sh\n[ "$1" = --version ] && echo "uv {version} (test)" && exit\necho "uv $*" >> calls\n'
)
FAKE_PROGRAM = '#!/bin/sh\necho "{name} $* [$KT_TEST_SQLITE_ONLY]" >> calls\nexit {status}\n'


class Checkout:
    """A folder with the real commands and make-believe programs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("dev.py", "run", "test"):
            shutil.copy2(ROOT / name, root / name)
        self.write_program("bin/uv", FAKE_UV.format(version="99.0.0"))
        for name in FAKE_PROGRAMS:
            self.write_program(f".venv/bin/{name}", FAKE_PROGRAM.format(name=name, status=0))
        # the interpreter of the tests, under the one name that the commands look for
        python = sys.executable
        self.write_program("bin/python3", f'#!/bin/sh\nexec {python} "$@"\n')

    def write_program(self, name: str, text: str) -> None:
        """Write an executable script into the checkout."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run_command(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command from another folder, with nothing but PATH and HOME set."""
        environment = {"PATH": f"{self.root}/bin:/usr/bin:/bin", "HOME": str(self.root)}
        words = [str(self.root / command), *arguments]
        return subprocess.run(
            words, cwd="/", env=environment, capture_output=True, text=True, check=False
        )

    @property
    def recorded_calls(self) -> list[str]:
        """Return the lines that the make-believe programs wrote down."""
        file = self.root / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.mark.promise("house: bare-machine")
def test_run_installs_what_it_needs_and_becomes_the_server(checkout: Checkout) -> None:
    done = checkout.run_command("run", "--port", "7")
    assert done.returncode == 0, done.stderr
    setup, server = checkout.recorded_calls
    assert setup.startswith("uv sync -q --frozen --all-packages --python ")
    assert setup.endswith("--no-default-groups --inexact")
    assert server == "killatamata serve --dev --port 7 []"


@pytest.mark.promise("house: bare-machine")
def test_test_runs_every_check_in_order(checkout: Checkout) -> None:
    done = checkout.run_command("test")
    assert done.returncode == 0, done.stderr
    assert checkout.recorded_calls[1:] == [
        "ruff check -q [0]",
        "ruff format -q --check [0]",
        "mypy  [0]",
        "lint-imports  [0]",
        "deptry killatamata mcp_server [0]",
        f"deptry {' '.join(SERVER_PACKAGES)} --config server/pyproject.toml [0]",
        f"pytest {WORKER_OPTION} --dist loadfile --no-loadscope-reorder -m not long [0]",
    ]
    assert len(done.stdout.splitlines()) == 8


def test_test_stops_at_the_first_failure_with_its_status(checkout: Checkout) -> None:
    checkout.write_program(".venv/bin/mypy", FAKE_PROGRAM.format(name="mypy", status=3))
    done = checkout.run_command("test")
    assert done.returncode == 3
    assert checkout.recorded_calls[-1].startswith("mypy")
    assert done.stdout.splitlines()[-1] == "mypy failed."


def test_other_arguments_go_to_pytest_alone(checkout: Checkout) -> None:
    checkout.run_command("test", "-k", "ledger")
    assert checkout.recorded_calls[1:] == ["pytest -k ledger [0]"]


def test_coverage_measures_pytest_and_holds_only_a_whole_run_to_the_floor(
    checkout: Checkout,
) -> None:
    checkout.run_command("test", "--coverage")
    assert checkout.recorded_calls[1:] == [
        "coverage erase [0]",
        f"coverage run -m pytest {WORKER_OPTION} --dist loadfile --no-loadscope-reorder [0]",
        "coverage combine [0]",
        "coverage report [0]",
    ]
    checkout.run_command("test", "--coverage", "tests/kit")
    assert checkout.recorded_calls[-1] == "coverage report --fail-under=0 [0]"


def test_sqlite_says_what_was_left_out_on_its_last_line(checkout: Checkout) -> None:
    done = checkout.run_command("test", "--sqlite")
    assert (
        checkout.recorded_calls[-1]
        == f"pytest {WORKER_OPTION} --dist loadfile --no-loadscope-reorder -m not long [1]"
    )
    assert done.stdout.splitlines()[-1] == "PostgreSQL and Valkey were left out (--sqlite)."


@pytest.mark.promise("house: bare-machine")
def test_missing_python3_venv_prints_the_line_that_fixes_it(checkout: Checkout) -> None:
    checkout.write_program("bin/uv", FAKE_UV.format(version="0.1.0"))  # too old to be used
    venv = "print('ensurepip is not available'); raise SystemExit(1)"
    (checkout.root / "venv.py").write_text(venv)
    checkout.write_program(
        "bin/python3", f'#!/bin/sh\nPYTHONPATH={checkout.root} exec {sys.executable} "$@"\n'
    )
    done = checkout.run_command("run")
    assert done.returncode != 0
    assert done.stderr.splitlines() == [
        "Virtual environments are missing here. Fix: apt-get install -y python3-venv"
    ]
    assert checkout.recorded_calls == []


@pytest.mark.parametrize("command", ["run", "test"])
def test_a_python3_that_does_not_start_gives_way_to_another(
    checkout: Checkout, command: str
) -> None:
    (checkout.root / "bin/python3").rename(checkout.root / "bin/python3.14")
    checkout.write_program(
        "bin/python3", "#!/bin/sh\necho 'pyenv: python3: command not found' >&2\nexit 127\n"
    )
    done = checkout.run_command(command)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert checkout.recorded_calls[0].startswith("uv sync")


def test_another_python_has_its_own_environment(checkout: Checkout) -> None:
    program = checkout.root / ".venv-3.13/bin/pytest"
    checkout.write_program(str(program), FAKE_PROGRAM.format(name="pytest 3.13", status=0))
    done = checkout.run_command("test", "--python", "3.13", "--sqlite", "tests/kit")
    assert done.returncode == 0, done.stderr
    setup, tests = checkout.recorded_calls
    assert setup == "uv sync -q --frozen --all-packages --python 3.13"
    assert tests == "pytest 3.13 tests/kit [1]"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_checkout_is_one_clear_line(checkout: Checkout) -> None:
    checkout.root.chmod(0o555)
    done = checkout.run_command("run")
    checkout.root.chmod(0o755)
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert "is read-only" in line


@pytest.mark.parametrize("command", ["run", "test"])
def test_help_tells_of_the_command_and_starts_nothing(checkout: Checkout, command: str) -> None:
    done = checkout.run_command(command, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: ./{command} [")
    assert checkout.recorded_calls == []


def test_an_unknown_word_shows_the_usage() -> None:
    command = [sys.executable, str(ROOT / "dev.py"), "fly"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("usage: ")
