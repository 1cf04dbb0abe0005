"""What a stdio server loads: the SDK, and nothing of the gateway."""

import subprocess
import sys

import pytest
from mcp.types.version import SUPPORTED_PROTOCOL_VERSIONS

from mcp_server.server_info import PROTOCOL_VERSIONS

HEAVY = {"gateway", "workers", "sqlalchemy", "stripe", "anthropic", "dramatiq", "PIL", "av"}


@pytest.mark.promise("mcp: light-start")
def test_the_stdio_server_loads_nothing_heavy() -> None:
    command = [sys.executable, "-X", "importtime", "-c", "import mcp_server.stdio"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stderr
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}
    assert "mcp" in loaded
    assert not loaded & HEAVY


def test_the_versions_that_are_told_are_those_that_are_spoken() -> None:
    assert sorted(SUPPORTED_PROTOCOL_VERSIONS) == list(PROTOCOL_VERSIONS)
