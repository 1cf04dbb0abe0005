"""Commands of the checkout: `run` starts everything here, `test` runs every quick check.

`setup` installs what `uv.lock` names into `.venv`. Only the standard library is used, and no syntax
that an older Python cannot read: such a Python runs this far and then starts a newer one.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
UV_VERSION, OLDEST_UV_VERSION = "0.13.9", "0.13.0"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
VENV_MISSING = "Virtual environments are missing here. Fix: apt-get install -y python3-venv"
HELP = {
    "run": """usage: ./run [--host ADDRESS] [--port PORT] [--data-dir FOLDER] [--comfy URL]
             [--engine URL]

Starts everything on this machine, at http://127.0.0.1:8787 unless told otherwise; Ctrl-C stops it.

  --host ADDRESS     the address to listen on
  --port PORT        the port to listen on
  --data-dir FOLDER  where database, files and secrets are kept (data)
  --comfy URL        a ComfyUI for live jobs, http://host:port
  --engine URL       a server of the OpenAI API for live jobs, http://host:port""",
    "test": """usage: ./test [--sqlite] [--coverage] [--python WHICH] [pytest's arguments]

Runs every quick check, or only pytest with these arguments.

  --sqlite        without PostgreSQL and Valkey
  --coverage      only pytest, and print the lines it left out; a whole run has a floor
  --python WHICH  with another Python, 3.13 or a path, in a .venv-WHICH of its own""",
    "setup": """usage: python3 dev.py setup

Brings .venv to what uv.lock names.""",
}
CHECKS = (
    "ruff check -q",
    "ruff format -q --check",
    "mypy",
    "lint-imports",
    "deptry killatamata mcp_server",
    "deptry agent_skill gateway mcp_server wellknown workers --config server/pyproject.toml",
    "pytest",
)
# Tests wait more than they compute: two more than the cores take a fifth less time on two cores.
# Files begin in the order of tests/conftest.py, not those with the most tests first.
PARALLEL_OPTIONS = (
    *("-n", str((os.cpu_count() or 1) + 2)),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
)

# The longest files of tests are left to the slow suite, unless they are named.
QUICK = ("-m", "not long") if os.environ.get("KT_TEST_SLOW") != "1" else ()


def setup(*options: str, python: str = sys.executable) -> Path:
    """Sync the environment of a Python with the lock file; return its folder of programs."""
    own = python == sys.executable
    venv = (
        VENV if own else VENV.with_name(f"{VENV.name}-{Path(python).name.removeprefix('python')}")
    )
    if not os.access(ROOT, os.W_OK):
        sys.exit(f"{ROOT} is read-only, but .venv has to be made in it: use a copy of it.")
    os.environ.update(UV_PYTHON_DOWNLOADS="never", UV_PROJECT_ENVIRONMENT=str(venv))
    if CERTIFICATES.exists():  # behind a company's proxy uv's own certificates do not suffice
        os.environ["UV_SYSTEM_CERTS"] = "1"
    sync = ("sync", "-q", "--frozen", "--all-packages", "--python", python)
    run_step("setup", find_uv(), *sync, *options)
    return venv / "bin"


def find_uv() -> str:
    """Return the uv on PATH if it is new enough for the lock file, else a private one."""
    on_path, own = shutil.which("uv"), ROOT / ".tools" / "bin" / "uv"
    if on_path:
        asked = subprocess.run([on_path, "--version"], capture_output=True, text=True, check=False)
        if parse_version(asked.stdout) >= parse_version(OLDEST_UV_VERSION):
            return on_path
    if not own.exists():
        command = [sys.executable, "-m", "venv", "--clear", str(own.parents[1])]
        created = subprocess.run(command, capture_output=True, text=True, check=False)
        if created.returncode:
            output = created.stdout + created.stderr
            is_packed_apart = "ensurepip" in output  # as on a bare Debian
            sys.exit(VENV_MISSING if is_packed_apart else output)
        run_step("uv", str(own.with_name("pip")), "install", "-q", f"uv=={UV_VERSION}")
    return str(own)


def run(*arguments: str) -> None:
    """Start everything; the arguments are those of `killatamata serve`."""
    # Without the test tools; --inexact keeps those that an earlier ./test installed.
    programs = setup("--no-default-groups", "--inexact")
    os.execv(programs / "killatamata", ["killatamata", "serve", "--dev", *arguments])  # noqa: S606 - no shell wanted


def test(*arguments: str) -> None:
    """Run every quick check, or only pytest with these arguments; stop at the first that fails."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--python", default=sys.executable)
    chosen, rest = parser.parse_known_args(arguments)
    os.environ["KT_TEST_SQLITE_ONLY"] = str(int(chosen.sqlite))
    programs = setup(python=chosen.python)
    try:
        if chosen.coverage:
            measure_coverage(str(programs / "coverage"), *rest)
            return
        for check in CHECKS if not rest else CHECKS[-1:]:
            program, *options = check.split()
            whole_run = (*PARALLEL_OPTIONS, *QUICK) if program == "pytest" and not rest else ()
            run_step(check[:22], str(programs / program), *options, *whole_run, *rest)
    finally:
        if chosen.sqlite:
            print("PostgreSQL and Valkey were left out (--sqlite).")


def measure_coverage(coverage: str, *arguments: str) -> None:
    """Run pytest under coverage, with the processes it starts; only a whole run has a floor."""
    run_step("coverage erase", coverage, "erase")
    run_step("pytest", coverage, "run", "-m", "pytest", *(arguments or PARALLEL_OPTIONS))
    run_step("coverage combine", coverage, "combine")
    run_step("coverage report", coverage, "report", *(["--fail-under=0"] if arguments else []))


def run_step(name: str, *command: str) -> None:
    """Run a command and print its seconds; its output only if it failed, or for pytest.

    Ends this program with the command's own status if it failed.
    """
    loud = name in {"pytest", "coverage report"}
    print(f"{name:.<22} ", end="\n" if loud else "", flush=True)
    begin = time.monotonic()
    finished = subprocess.run(
        command, capture_output=not loud, text=True, errors="replace", check=False
    )
    if not loud:
        print(f"{time.monotonic() - begin:.1f} s", flush=True)
    if finished.returncode:
        if not loud:
            print(f"{finished.stdout}{finished.stderr}{name} failed.")
        sys.exit(finished.returncode)


def parse_version(text: str) -> tuple[int, ...]:
    """Parse (0, 13, 9) from `uv 0.13.9 (…)`."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def main() -> None:
    """Run the command of the first word; the other words go to what it starts."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is what finds the newer one
        for path in filter(None, map(shutil.which, NEWER_PYTHONS)):
            if subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
                os.execv(path, [path, *sys.argv])  # noqa: S606 - no shell wanted
        sys.exit("Python 3.11 or newer is needed: apt-get install -y python3 python3-venv")
    command, *arguments = sys.argv[1:] or [""]
    if command in HELP and {"-h", "--help"} & {*arguments}:
        print(HELP[command])
        return
    if command not in HELP:
        sys.exit(
            "usage: python3 dev.py setup | run [serve's arguments] | test [options] [pytest's]"
        )
    os.chdir(ROOT)
    commands: dict[str, Callable[..., object]] = {"setup": setup, "run": run, "test": test}
    commands[command](*arguments)


if __name__ == "__main__":
    main()
