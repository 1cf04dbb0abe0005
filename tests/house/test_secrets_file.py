"""Processes that start at once on one data folder use the same secrets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LOAD = """
import json, sys
from pathlib import Path
from gateway.configuration.secrets_file import load_or_make_secrets
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    pass
print(json.dumps(load_or_make_secrets(Path(sys.argv[1]))))
"""
OLDER = {"key_peppers": "1:" + "a" * 64}  # a version that had one secret


@pytest.mark.parametrize("stored", [None, OLDER])
def test_processes_that_start_at_once_get_the_same_secrets(
    tmp_path: Path, stored: dict[str, str] | None
) -> None:
    file, gun = tmp_path / "data" / "secrets.json", tmp_path / "gun"
    file.parent.mkdir()
    if stored is not None:
        file.write_text(json.dumps(stored))
    started = [
        subprocess.Popen(
            [sys.executable, "-c", LOAD, str(file), str(gun)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    gun.touch()
    answers = {each.communicate(timeout=60)[0] for each in started}
    assert len(answers) == 1
    secrets = json.loads(answers.pop())
    assert secrets == json.loads(file.read_text())
    assert secrets.items() >= (stored or {}).items()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secrets.json"]
