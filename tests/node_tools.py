"""Tools of Node, installed in a folder and run there; Lighthouse, which judges a page."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.gateway import Client, Gateway, picture_input
from tests.pages.browser import CHROMIUM

LIGHTHOUSE = "lighthouse@13.5.0"
QUIET = {"REDOCLY_TELEMETRY": "off", "DISABLE_TELEMETRY": "1", "NO_COLOR": "1"}
FETCH_SECONDS, RUN_SECONDS = 300, 120
TRIES, RESULTS_A_PAGE = 5, 48


class ToolBench:
    """A folder with tools of Node and what they judge."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, code: int = 0) -> str:
        """Run a program; return what it printed."""
        ran = subprocess.run(
            words,
            cwd=self.folder,
            env=os.environ | QUIET | {"HOME": str(self.folder), "CHROME_PATH": CHROMIUM},
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS if "install" in words else RUN_SECONDS,
            check=False,
        )
        assert ran.returncode == code, f"{ran.stdout[-4000:]}{ran.stderr[-4000:]}"
        return ran.stdout

    def install_tools(self, *packages: str) -> None:
        """Install packages of npm."""
        self.run("npm", "install", "--no-audit", "--no-fund", "--silent", *packages)

    def run_tool(self, name: str, *words: str, code: int = 0) -> str:
        """Run a tool of Node."""
        return self.run(str(self.folder / "node_modules" / ".bin" / name), *words, code=code)


def fill_grid(account: Client) -> None:
    """Make as many pictures as a page of results shows."""
    for _ in range(RESULTS_A_PAGE // 4):
        account.run_job("image.generate", picture_input() | {"count": 4})


def judge_page(
    bench: ToolBench, gateway: Gateway, account: Client, path: str, categories: Sequence[str]
) -> dict[str, Any]:
    """Return what Lighthouse reports of a page that an account opens."""
    cookie = gateway.create_session_cookie(account.account_id)
    words = (
        f"{gateway.base}{path}",
        "--output=json",
        "--quiet",
        f"--only-categories={','.join(categories)}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
    )
    for _ in range(TRIES - 1):  # on a busy machine its browser may lose the trace
        try:
            return parse_report(bench.run_tool("lighthouse", *words))
        except (AssertionError, subprocess.TimeoutExpired):
            continue
    return parse_report(bench.run_tool("lighthouse", *words))


def parse_report(printed: str) -> dict[str, Any]:
    """Return the report that Lighthouse printed."""
    report: dict[str, Any] = json.loads(printed)
    return report
