"""Environment of the peer: made by uv from its pinned requirements when a benchmark first needs it.

Nothing of it is a dependency of this project: `.venv-peer` holds it alone.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from dev import find_uv

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-peer"
PYTHON = ENVIRONMENT / "bin" / "python"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def prepare_environment() -> None:
    """Bring `.venv-peer` to the pinned requirements, with the Python that runs us."""
    uv = find_uv()
    if not PYTHON.exists():
        run_quietly(uv, "venv", "--python", sys.executable, str(ENVIRONMENT))
    run_quietly(uv, "pip", "sync", "--python", str(PYTHON), str(REQUIREMENTS))


def seed_accounts(count: int) -> list[str]:
    """Create the peer's tables and accounts with credit; return a key of each."""
    keys: list[str] = json.loads(run_quietly(*build_command("seed"), str(count)))
    return keys


def check_ledger() -> str:
    """Check the peer's own ledger; return what is wrong, or nothing."""
    checked = subprocess.run(
        build_command("check"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return checked.stderr if checked.returncode else ""


def build_command(command: str) -> list[str]:
    """Build the command line of one of the peer's commands; it runs in the checkout's root."""
    return [str(PYTHON), "-m", "bench.peer", command]


def run_quietly(*command: str) -> str:
    """Run a command in the checkout; return its output.

    Raises:
        RuntimeError: It failed.
    """
    finished = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise RuntimeError(f"{' '.join(command)}: {finished.stdout}{finished.stderr}")
    return finished.stdout
