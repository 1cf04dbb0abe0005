"""The command line as one user's shell has it: an account, a configuration, a working folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from killatamata.cli import app
from tests.gateway import Client, Gateway

SMALL = ("width=256", "height=256")


class Shell:
    """One user's shell: its configuration, its working folder."""

    def __init__(self, account: Client, base: str) -> None:
        self.account, self.base = account, base
        self.key: str | None = account.key

    def __call__(self, *words: str, code: int = 0, stdin: str | bytes | None = None) -> Result:
        env = {"KT_API_BASE": self.base, "KT_API_KEY": self.key, "COLUMNS": "200"}
        done = CliRunner().invoke(app, words, env=env, input=stdin)
        assert done.exit_code == code, (done.exit_code, done.output, done.exception)
        return done

    def run_for_json(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self(*words, "--json", code=code).stdout)


@pytest.fixture
def shell(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with gateway.account() as account:
        yield Shell(account, gateway.base)
