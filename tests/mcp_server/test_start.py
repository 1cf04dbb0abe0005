"""What a stdio server loads: the SDK, and nothing of the gateway."""

import subprocess
import sys

import pytest
from mcp.types.version import SUPPORTED_PROTOCOL_VERSIONS

from mcp_server.server_info import PROTOCOL_VERSIONS
from mcp_server.stdio import run
from mcp_server.tool_choice import ToolChoice

HEAVY = {"gateway", "workers", "sqlalchemy", "stripe", "anthropic", "dramatiq", "PIL", "av"}


@pytest.mark.promise("mcp: light-start")
def test_the_stdio_server_loads_nothing_heavy() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "import mcp_server.stdio"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stderr
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}
    assert "mcp" in loaded
    assert not loaded & HEAVY


def test_a_key_that_cannot_be_one_is_refused_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KT_API_KEY", "kt_test_SECRET\nx")
    assert run(ToolChoice.parse()) == 1
    told = capsys.readouterr().err
    assert "KT_API_KEY" in told
    assert "SECRET" not in told


def test_the_versions_that_are_told_are_those_that_are_spoken() -> None:
    assert sorted(SUPPORTED_PROTOCOL_VERSIONS) == list(PROTOCOL_VERSIONS)
