"""The operator's command line, run in the test's process: a process of its own costs seconds."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from typer.testing import CliRunner, Result

from killatamata.cli import app
from tests.environment import hold_environment
from tests.gateway import Gateway

REASON_OPTION = ("--reason", "ticket 7")
COMMAND_SECONDS = 90


def run_admin(gateway: Gateway, *words: str, code: int | None = 0) -> Result:
    """Run `killatamata admin …` on a gateway's database; fail unless it exits with `code`.

    With None it may exit with any code, but not by an unexpected error.
    """
    with hold_environment(gateway.settings), ThreadPoolExecutor(1) as pool:
        runner = CliRunner()
        ended = pool.submit(runner.invoke, app, ["admin", *words]).result(COMMAND_SECONDS)
    is_expected = isinstance(ended.exception, SystemExit | None)
    assert is_expected if code is None else ended.exit_code == code, (
        ended.output,
        ended.exception,
    )
    return ended


def run_admin_json(gateway: Gateway, *words: str) -> Any:  # noqa: ANN401 - any JSON value
    """Run an admin command with `--json` and return the document that it prints."""
    return json.loads(run_admin(gateway, *words, "--json").stdout)
