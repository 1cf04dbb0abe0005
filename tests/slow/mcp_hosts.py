"""Real MCP hosts from npm, in a home of their own, with a scripted model behind them.

Each is connected by the line that docs/mcp.md tells its users, so that the page cannot go stale.
"""

import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.anthropic.api import ANTHROPIC_KEY as MODEL_KEY
from tests.gateway import Gateway
from tests.installing import ROOT, install_from_npm
from tests.processes import COMMAND_PATH

FOLDER = ROOT / ".tools" / "mcp-hosts"
TALKING_HOSTS = {
    "@anthropic-ai/claude-code": "2.1.332",
    "@google/gemini-cli": "0.61.0",
    "@openai/codex": "0.171.0",
}
LISTING_HOSTS = {"opencode-ai": "1.18.33", "cline": "3.0.65"}
# Claude Code needs Node 22; Debian's is older.
PACKAGES = {"node": "22.23.3"} | TALKING_HOSTS | LISTING_HOSTS
HOSTS_PAGE = ROOT / "docs" / "mcp.md"
HOST_ROW = re.compile(r"^\| ([^|]+) \| `(.+)` \|$", re.MULTILINE)
SETUP_SECONDS, TALK_SECONDS = 60, 120
DEAD_PROXY = "http://127.0.0.1:9"  # the proxy for all but loopback: hosts reach nothing else


@dataclass(frozen=True, slots=True)
class Host:
    """A host: its name on the page, the command of a task without a person, and its settings.

    `{model}` in the command and the environment is the address of its model.
    """

    name: str
    command: str
    environment: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)

    def connect(
        self, home: Path, gateway: Gateway, key: str, *, stdio: bool = False
    ) -> "HostSession":
        """Add the gateway to the host's servers by the line that the page shows."""
        row = f"{self.name}, stdio" if stdio else self.name
        line = dict(HOST_ROW.findall(HOSTS_PAGE.read_text()))[row]
        for example, own in {
            "https://api.killatamata.com": gateway.base,
            "http://127.0.0.1:8787": gateway.base,
            "/path/to/checkout/.venv/bin/killatamata": COMMAND_PATH,
            "kt_…": key,
        }.items():
            line = line.replace(example, own)
        for folder in ("work", "tmp"):
            (home / folder).mkdir(parents=True)
        for name, text in self.files.items():
            (home / name).parent.mkdir()
            (home / name).write_text(text)
        session = HostSession(self, home, key)
        session.run_line(line, {}, SETUP_SECONDS)
        return session


@dataclass(frozen=True, slots=True)
class HostSession:
    """A host in its home, connected to a gateway."""

    host: Host
    home: Path
    key: str

    def run_task(self, model: str) -> str:
        """Give the host its task; return what it printed when it has ended."""
        environment = {
            name: value.format(model=model) for name, value in self.host.environment.items()
        }
        return self.run_line(self.host.command.format(model=model), environment, TALK_SECONDS)

    def run_line(self, line: str, environment: Mapping[str, str], seconds: int) -> str:
        """Run a command of the host; return what it printed."""
        bins, words = FOLDER / "node_modules" / ".bin", shlex.split(line)
        own = {
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "PATH": f"{bins}:/usr/bin:/bin",
            "KT_API_KEY": self.key,
            "HTTPS_PROXY": DEAD_PROXY,
            "HTTP_PROXY": DEAD_PROXY,
            "NO_PROXY": "127.0.0.1,localhost",
        }
        ran = subprocess.run(
            [str(bins / words[0]), *words[1:]],
            cwd=self.home / "work",
            env={**own, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        printed: str = ran.stdout + ran.stderr
        assert ran.returncode == 0, printed[-6_000:]
        return printed


def install_hosts() -> None:
    """Install the hosts at their versions, unless they are there."""
    install_from_npm(FOLDER, PACKAGES)


HOSTS = (
    Host(
        "Claude Code",
        "claude -p 'Make a fox' --allowedTools mcp__killatamata",
        {
            "ANTHROPIC_BASE_URL": "{model}",
            "ANTHROPIC_API_KEY": MODEL_KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            # It asks its model after five seconds, with or without a server that still starts.
            "MCP_CONNECT_TIMEOUT_MS": "60000",
            "MCP_TIMEOUT": "60000",
        },
    ),
    Host(
        "Gemini CLI",
        "gemini -p 'Make a fox' -m gemini-2.5-flash --skip-trust --approval-mode yolo",
        {
            "GOOGLE_GEMINI_BASE_URL": "{model}",
            "GEMINI_API_KEY": MODEL_KEY,
            "GEMINI_TELEMETRY_ENABLED": "false",
        },
        {".gemini/settings.json": '{"security": {"auth": {"selectedType": "gemini-api-key"}}}'},
    ),
    Host(
        "Codex",
        "codex exec 'Make a fox' -m gpt-5.5 --skip-git-repo-check"
        " -c mcp_servers.killatamata.required=true"
        " -c mcp_servers.killatamata.default_tools_approval_mode=approve"
        " -c model_provider=scripted -c model_providers.scripted.name=scripted"
        " -c model_providers.scripted.base_url={model}/v1"
        " -c model_providers.scripted.wire_api=responses"
        " -c model_providers.scripted.env_key=MODEL_KEY"
        " -c check_for_update_on_startup=false -c analytics.enabled=false",
        {"MODEL_KEY": MODEL_KEY},
    ),
)
