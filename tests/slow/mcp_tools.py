"""The conformance suite, the inspector and the SDKs of MCP, fetched from npm at fixed versions."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.installing import NODE, ROOT, install_from_npm

FOLDER = ROOT / ".tools" / "mcp"
PACKAGES = {
    "node": "22.23.3",  # the suite needs 22; Debian's is older
    "@modelcontextprotocol/conformance": "0.2.0-alpha.12",
    "@modelcontextprotocol/inspector": "2.12.0",
}
SDK_FOLDER = ROOT / ".tools" / "mcp-sdks"
SDKS = {
    "node": "22.23.3",
    "@modelcontextprotocol/sdk": "1.32.2",  # v1, as in Gemini CLI and most other clients
    "@modelcontextprotocol/client": "2.4.0",  # v2
}
SCENARIO_FOLDER = re.compile(
    r"server-(.+)-\d{4}-\d\d-\d\dT.*"
)  # the folder of a scenario and a time
SUITE_SECONDS, INSPECT_SECONDS = 600, 120


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict of the suite on one scenario: the count of each outcome, and the complaints."""

    scenario: str
    counts: Counter[str]
    complaints: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Return True if a check failed, or none was made at all."""
        return bool(self.counts["FAILURE"]) or not self.counts

    def to_line(self) -> str:
        """Return the verdict as a line of the table."""
        counted = ", ".join(f"{number} {name.lower()}" for name, number in self.counts.items())
        return f"{'FAILED' if self.failed else 'passed':8} {self.scenario:48} {counted}"


@dataclass(frozen=True, slots=True)
class ConformanceTools:
    """The installed tools."""

    folder: Path

    def run_suite(self, url: str, folder: Path, *words: str) -> list[Verdict]:
        """Run scenarios of the suite against a server; return a verdict for each."""
        script = self.folder / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
        ran = self._run_node(script, "server", "--url", url, "-o", str(folder), *words, cwd=folder)
        verdicts = [_read_verdict(file) for file in sorted(folder.rglob("checks.json"))]
        assert verdicts, ran.stdout[-4000:] + ran.stderr[-4000:]
        return verdicts

    def run_inspector(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run the inspector's command line."""
        script = self.folder / "node_modules/.bin/mcp-inspector"
        return self._run_node(script, "--cli", *words, cwd=cwd, seconds=INSPECT_SECONDS)

    def _run_node(
        self, script: Path, *words: str, cwd: Path, seconds: int = SUITE_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.folder / NODE), str(script.resolve()), *words],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def install_tools() -> ConformanceTools:
    """Install the tools at their versions, unless they are there, and return them."""
    install_from_npm(FOLDER, PACKAGES)
    return ConformanceTools(FOLDER)


def render_verdicts(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts as a table, each complaint below its scenario."""
    lines = []
    for verdict in verdicts:
        lines += [verdict.to_line(), *(f"         {each}" for each in verdict.complaints)]
    return "\n".join(lines)


def _read_verdict(file: Path) -> Verdict:
    """Read the verdict of a scenario from its `checks.json`."""
    checks = [check for check in json.loads(file.read_text()) if check["status"] != "INFO"]
    complaints = tuple(
        f"{check['status']} {check['id']}: {check.get('errorMessage', check['description'])}"
        for check in checks
        if check["status"] in {"FAILURE", "WARNING"}
    )
    scenario = SCENARIO_FOLDER.sub(r"\1", file.parent.name)
    return Verdict(scenario, Counter(check["status"] for check in checks), complaints)
