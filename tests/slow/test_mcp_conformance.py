"""The MCP server, judged by the conformance suite and the inspector of MCP itself.

`KT_TEST_SLOW=1 ./test tests/slow -k mcp` needs npm and prints a table; without npm it is skipped.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway import Gateway, serve_gateway
from tests.processes import COMMAND_PATH
from tests.slow.mcp_tools import ConformanceTools, install_tools, render_verdicts

pytestmark = pytest.mark.slow

SCENARIOS = ("sep-2640-skills-directory", "sep-2640-skills-enumeration", "sep-2640-skills-manifest")
LIST = ("--method", "tools/list", "--strict", "--format", "json")


@pytest.fixture(scope="module")
def tools() -> ConformanceTools:
    return install_tools()


class JudgedGateway(Gateway):
    """A gateway with the suite's fixtures, which takes calls without a key."""

    program = (sys.executable, "-m", "tests.mcp_conformance")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = JudgedGateway(tmp_path_factory.mktemp("conformance") / "data")
    try:
        yield gateway.start()
    finally:
        gateway.kill()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("usual") / "data") as gateway:
        yield gateway


def judge_scenarios(
    capsys: pytest.CaptureFixture[str],
    tools: ConformanceTools,
    gateway: Gateway,
    folder: Path,
    *words: str,
) -> None:
    verdicts = tools.run_suite(f"{gateway.base}/mcp", folder, *words)
    with capsys.disabled():
        print(f"\n{' '.join(words)}\n{render_verdicts(verdicts)}")  # noqa: T201 - this is the report
    failed = [each for each in verdicts if each.failed]
    assert not failed, render_verdicts(failed)


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_the_server_meets_the_requirements_of_a_revision(
    revision: str,
    tools: ConformanceTools,
    judged: Gateway,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    judge_scenarios(capsys, tools, judged, tmp_path, "--requirements", revision)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_server_meets_the_skills_extension(
    scenario: str,
    tools: ConformanceTools,
    judged: Gateway,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    judge_scenarios(capsys, tools, judged, tmp_path, "--scenario", scenario)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/mcp", ("--transport", "http", "--protocol-era", "legacy")),
        ("/mcp", ("--transport", "http", "--protocol-era", "modern")),
        ("/sse", ("--transport", "sse")),
        ("", ("--protocol-era", "legacy")),
        ("", ("--protocol-era", "modern")),
    ],
    ids=["http of 2025", "http of 2026", "sse", "stdio of 2025", "stdio of 2026"],
)
def test_the_inspector_has_nothing_to_say_about_the_tools(
    path: str, words: tuple[str, ...], tools: ConformanceTools, usual: Gateway, tmp_path: Path
) -> None:
    with usual.account() as account:
        if path:
            target = ["--server-url", usual.base + path]
            words += ("--header", f"Authorization: Bearer {account.key}")
        else:
            target = [COMMAND_PATH, "mcp"]
            words += ("-e", f"KT_API_BASE={usual.base}", "-e", f"KT_API_KEY={account.key}")
        ran = tools.run_inspector(*target, *words, *LIST, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    assert "Warning: tool" not in ran.stderr
    assert json.loads(ran.stdout)["result"]["tools"]
