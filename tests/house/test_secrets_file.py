"""Processes that start at once on one data folder use the same secrets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDERS = 50  # in one of them both come at the same moment
LOAD = """
import json, sys
from pathlib import Path
from gateway.configuration.secrets_file import load_or_make_secrets
root = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([load_or_make_secrets(each / "secrets.json") for each in sorted(root.iterdir())]))
"""
OLDER = {"key_peppers": "1:" + "a" * 64}  # a version that had one secret


@pytest.mark.parametrize("stored", [{}, OLDER])
def test_processes_that_start_at_once_get_the_same_secrets(
    tmp_path: Path, stored: dict[str, str]
) -> None:
    files = [tmp_path / str(number) / "secrets.json" for number in range(FOLDERS)]
    for file in files:
        file.parent.mkdir()
        if stored:
            file.write_text(json.dumps(stored))
            file.chmod(0o600)
    command = [sys.executable, "-c", LOAD, str(tmp_path)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    first, second = (json.loads(each.communicate(timeout=60)[0]) for each in started)
    secrets = [json.loads(file.read_text()) for file in sorted(files)]
    assert first == second == secrets
    assert all(each.items() >= stored.items() for each in secrets)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert {path.name for path in tmp_path.glob("*/*")} == {"secrets.json"}
