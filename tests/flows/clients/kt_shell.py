"""A shell in which an agent runs the script of the skill."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from agent_skill.render import SCRIPT
from tests.gateway import Gateway


class KtShell:
    """A shell with an own home folder; `key` is in its environment."""

    def __init__(self, gateway: Gateway, home: Path, key: str | None) -> None:
        self.home, self.script = home, SCRIPT
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "KT_API_BASE": gateway.base,
        } | ({} if key is None else {"KT_API_KEY": key})

    def start_kt(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-I", str(self.script), *words],
            env=self.environment | more,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_kt(self, *words: str, code: int = 0, **more: str) -> tuple[Any, str]:
        """Run to the end; return what it printed, as JSON if it printed any, and said."""
        with self.start_kt(*words, **more) as process:
            out, said = process.communicate(timeout=120)
        assert process.returncode == code, out + said
        return json.loads(out) if out else None, said

    def run_changed(self, change: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the script in a Python that a line of code has changed before."""
        code = (
            f"import sys, runpy; {change}; sys.argv = sys.argv[1:];"
            " runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        return subprocess.run(
            [sys.executable, "-I", "-c", code, str(self.script), *words],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
