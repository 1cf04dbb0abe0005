"""The walk of docs/film.md, as it stands there: a text, one price, one approval, a film."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import httpx2
import pytest

from tests.gateway import Client, Gateway
from tests.processes import BASE_ENVIRONMENT
from tests.style.source import ROOT
from tests.workers.reel import read_strips

PAGE = (ROOT / "docs" / "film.md").read_text()
WALK_SECONDS = 180
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Terminal:
    """A shell in a folder, that keeps its variables from block to block."""

    def __init__(self, folder: Path, shell: subprocess.Popen[str]) -> None:
        self.work = folder / "data" / "film"  # where the walk goes
        self.shell = shell

    def run(self, *blocks: str) -> str:
        """Run blocks; return what they say."""
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        self.shell.stdin.write("\n".join([*blocks, "echo END-OF-BLOCK", ""]))
        self.shell.stdin.flush()
        said: list[str] = []
        for line in self.shell.stdout:
            if line == "END-OF-BLOCK\n":
                return "".join(said)
            said.append(line)
        raise AssertionError(f"the shell ended: {''.join(said)}")

    def read_kept_answer(self, name: str) -> dict[str, Any]:
        """Return an answer that a block kept in a file."""
        found: dict[str, Any] = json.loads((self.work / name).read_text())
        return found


@contextmanager
def open_terminal(folder: Path) -> Iterator[Terminal]:
    """Open a terminal for the block; it ends on the first command that fails."""
    with subprocess.Popen(
        ["bash", "-eu", "-o", "pipefail"],
        cwd=folder,
        env=BASE_ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as shell:
        watchdog = Timer(WALK_SECONDS, shell.kill)
        watchdog.start()
        try:
            yield Terminal(folder, shell)
        finally:
            watchdog.cancel()
            watchdog.join()


def press_button(page: httpx2.Client, url: str, button: str) -> None:
    """Press a button of the form on a page, as it is filled in there."""
    shown = page.get(url)
    assert shown.status_code == 200, shown.text
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(
            r'<input[^>]*name="([^"]+)"(?:[^>]*value="([^"]*)")?', shown.text
        )
    }
    ticked = dict.fromkeys(re.findall(r'name="([^"]+)"[^>]* checked', shown.text), "on")
    assert button in re.findall(r'<button name="decision" value="([^"]+)"', shown.text)
    sent = page.post(url, data=fields | ticked | {"decision": button})
    assert sent.status_code == 303, sent.text


def test_the_walk_has_fewer_than_ten_calls() -> None:
    calls = re.findall(r"(?:\$\(|^\s*)(?:ask|curl) ", "".join(BLOCK.findall(PAGE)), re.MULTILINE)
    assert len(calls) == 8


@pytest.mark.skipif(shutil.which("curl") is None, reason="the walk is made with curl")
@pytest.mark.promise("studio: text-to-film")
def test_the_walk_makes_the_film_it_tells_of(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dev.json").write_text(json.dumps({"apiKey": client.key}))
    blocks = [each.replace("http://127.0.0.1:8787", gateway.base) for each in BLOCK.findall(PAGE)]
    with open_terminal(tmp_path) as shell, gateway.browser(client.account_id) as page:
        said = shell.run(*blocks[:4])
        plan = shell.read_kept_answer("plan.json")
        assert f"${plan['totalUsd']} to be approved at {plan['approvalUrl']}" in said
        assert client.get_balance()["heldMicrousd"] == 0
        press_button(page, plan["approvalUrl"], "approve")
        said = shell.run(*blocks[4:])
    done, board = shell.read_kept_answer("plan.json"), shell.read_kept_answer("board.json")
    assert f"succeeded, charged ${plan['totalUsd']}" in said
    assert done["approvedMicrousd"] == done["chargedMicrousd"] == plan["totalMicrousd"]
    spent = 5_000_000 - shell.read_kept_answer("balance.json")["availableMicrousd"]
    assert spent == plan["totalMicrousd"]
    assert read_strips(shell.work / "hatch.mp4") == [*range(25), *range(25, 49), *range(17)]
    shots = {shot["id"]: shot for scene in board["document"]["scenes"] for shot in scene["shots"]}
    assert {take["shotId"] for take in board["takes"]} == set(shots)
    for take in board["takes"]:
        assert take["status"] == "succeeded"
        assert shots[take["shotId"]]["take"] == f"asset://{take['assetId']}"
