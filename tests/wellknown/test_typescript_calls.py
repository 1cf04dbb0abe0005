"""The TypeScript client, called by programs of node against scripted gateways.

The programs are in `clients/typescript/tests`; they need Node 20, and nothing of npm.
"""

import shutil
import subprocess

import pytest

from tests.style.source import ROOT

FOLDER = ROOT / "clients/typescript/tests"
SECONDS = 120


@pytest.mark.parametrize("program", sorted(each.name for each in FOLDER.glob("*.test.mjs")))
def test_a_program_with_the_typescript_client_passes(program: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("NO NODE: the TypeScript client is not tried; install Node 20")
    ran = subprocess.run(
        [node, "--test", str(FOLDER / program)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-6000:]
