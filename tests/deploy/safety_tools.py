"""Checkers of others that CI fetches for a run: pinned, and not in the lock of what we ship.

semgrep alone would hold back sixty of our own dependencies. `uv tool run` gives each checker an
environment of its own, resolved as of one day, so that a run next year is the run of today.
"""

import subprocess
from functools import cache
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).parents[2]
AS_OF = "2026-11-20T00:00:00Z"
VERSIONS = {
    "semgrep": "1.185.0",
    "bandit": "1.9.4",
    "pip-audit": "2.10.1",
    "zizmor": "1.32.0",
    "check-jsonschema": "0.39.0",
}
RUN_SECONDS = 240


def run_tool(name: str, *words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a pinned checker in this folder; skip the test if it cannot be fetched."""
    tool = (dev.find_uv(), "tool", "run", "-q", "--exclude-newer", AS_OF)
    command = [*tool, "--from", f"{name}=={VERSIONS[name]}", name]
    if not is_fetched(name):
        pytest.skip(f"NO {name.upper()}: no registry, so nobody checked")
    return subprocess.run(
        [*command, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


@cache
def is_fetched(name: str) -> bool:
    """Return True if a checker can be started, from the registry or from uv's cache."""
    tool = (dev.find_uv(), "tool", "run", "-q", "--exclude-newer", AS_OF)
    command = [*tool, "--from", f"{name}=={VERSIONS[name]}", "python", "-c", ""]
    return (
        subprocess.run(command, capture_output=True, timeout=RUN_SECONDS, check=False).returncode
        == 0
    )
