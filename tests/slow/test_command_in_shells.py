"""The command in a real terminal: completion by bash, plain text with NO_COLOR, pager, man."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from killatamata.cli.manual import EXIT_STATUS
from tests.gateway import Client, serve_gateway
from tests.style.source import ROOT

pytestmark = pytest.mark.slow
KILLATAMATA = Path(sys.executable).with_name("killatamata")
ROWS, COLUMNS = 20, 150
ANSWER_SECONDS = 60
TAB, CLEAR_LINE = "\t", "\x15"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("terminal") / "data"
    with serve_gateway(folder) as gateway, gateway.account() as one:
        yield one


@pytest.fixture
def environment(account: Client, tmp_path: Path) -> dict[str, str]:
    folders = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "CACHE", "DATA")}
    return folders | {
        "PATH": f"{KILLATAMATA.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "KT_API_BASE": str(account.http.base_url),
        "KT_API_KEY": account.key,
    }


class Terminal:
    """A pseudo-terminal with a program in it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.text = ""

    def type(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read until a pattern is there, and forget what was before."""
        until = time.monotonic() + ANSWER_SECONDS
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < until, self.text[-2000:]
            assert self._read(), self.text[-2000:]
        self.text = self.text[found.end() :]
        return found

    def read_to_end(self) -> str:
        while self._read():
            pass
        return self.text

    def _read(self) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], ANSWER_SECONDS)
        try:
            data = os.read(self._descriptor, 65_536) if ready else b""
        except OSError:  # the program has ended
            return False
        self.text += data.decode(errors="replace")
        return bool(data)


@contextmanager
def run_in_terminal(
    words: Sequence[str], environment: Mapping[str, str], folder: Path
) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env={**environment}, cwd=folder,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Terminal(ours)
    finally:
        process.kill()
        process.wait(ANSWER_SECONDS)
        os.close(ours)


def test_bash_completes_tasks_fields_values_files_and_ids(
    account: Client, environment: dict[str, str], tmp_path: Path
) -> None:
    job = account.run_job("image.generate", {"prompt": "a fox", "width": 256, "height": 256})
    (tmp_path / "tower.png").touch()
    (tmp_path / "old mill.png").touch()
    (tmp_path / "frames").mkdir()
    with run_in_terminal(["bash", "--norc", "-i"], environment, tmp_path) as shell:
        shell.type('PS1="ready> "; eval "$(killatamata completion bash)"; echo do""ne\n')
        shell.wait_for(r"done\r\n(?s:.*?)ready> ")
        for typed, completed in (
            ("killatamata stor", "yboards "),
            ("killatamata run image.up", "scale "),
            ("killatamata run image.edit neg", "ativePrompt="),
            ("killatamata run image.generate outputFormat=w", "ebp "),
            ("killatamata run image.edit image@tow", "er.png "),
            ("killatamata run image.edit prompt=x image@fra", "mes/"),
            ("killatamata run image.edit image@old", r"\ mill.png "),
            (r"killatamata run image.edit image@old\ m", "ill.png "),
            ("shopt -s nullglob; killatamata run image.edit neg", "ativePrompt="),
            ("killatamata edit tower.png night neg", "ativePrompt="),
            ("killatamata jobs get ", f"{job['id']} "),
            ("killatamata jobs list --status succ", "eeded "),
        ):
            shell.type(f"{typed}{TAB}|")
            line = shell.wait_for(rf"{re.escape(typed)}(?:\x07|\r\n.*)*([^|]*)\|")
            assert line[1].endswith(completed), (typed, line[0])
            shell.type(CLEAR_LINE)


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh here")
def test_zsh_completes_fields_and_files_without_a_space_after_them(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "frames").mkdir()
    with run_in_terminal(["zsh", "-f", "-i"], environment, tmp_path) as shell:
        shell.type("autoload -Uz compinit; compinit -u -D\n")
        shell.type('source <(killatamata completion zsh); PS1="ready> "; echo do""ne\n')
        shell.wait_for(r"done\r\n(?s:.*?)ready> ")
        for typed, completed in (
            ("killatamata run image.edit neg", "negativePrompt=|"),
            ("killatamata run image.edit image@fra", "image@frames/|"),
        ):
            shell.type(f"{typed}{TAB}|")
            shell.wait_for(re.escape(completed))
            shell.type(CLEAR_LINE)


def test_with_no_color_no_escape_reaches_the_terminal(
    environment: dict[str, str], tmp_path: Path
) -> None:
    made = ("generate", "a fox", "width=256", "height=256", "-o", "fox.png")
    commands = [("--help",), ("run", "--help"), made, ("jobs", "list"), ("tasks",), ("nonsense",)]
    for words in commands:
        for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            variables = environment | plain | {"PAGER": "cat", "TERM_PROGRAM": "iTerm.app"}
            with run_in_terminal([str(KILLATAMATA), *words], variables, tmp_path) as terminal:
                assert "\x1b" not in terminal.read_to_end(), words
    with run_in_terminal([str(KILLATAMATA), *made], environment, tmp_path) as terminal:
        assert "\x1b" in terminal.read_to_end()


def test_what_is_longer_than_the_screen_goes_through_the_pager(
    environment: dict[str, str], tmp_path: Path
) -> None:
    words = [str(KILLATAMATA), "tasks", "video.generate"]
    with run_in_terminal(words, environment | {"PAGER": "sed s/^/PAGED/"}, tmp_path) as terminal:
        assert terminal.read_to_end().count("PAGED") > ROWS
    short = [str(KILLATAMATA), "balance"]
    with run_in_terminal(short, environment | {"PAGER": "sed s/^/PAGED/"}, tmp_path) as terminal:
        assert "PAGED" not in terminal.read_to_end()
    if shutil.which("less"):
        with run_in_terminal(words, environment, tmp_path) as terminal:
            terminal.wait_for("prompt")
            terminal.type("q")
            terminal.read_to_end()


@pytest.mark.skipif(not shutil.which("groff"), reason="there is no groff here")
def test_groff_renders_every_manual_page_without_a_warning(
    environment: dict[str, str], tmp_path: Path
) -> None:
    subprocess.run([KILLATAMATA, "man"], env=environment, check=True, capture_output=True)
    pages = sorted((tmp_path / "DATA" / "man" / "man1").glob("*.1"))
    names = {page.name for page in pages}
    assert {"killatamata.1", "killatamata-keys-update.1", "killatamata-admin-check.1"} <= names
    for page in pages:
        groff = ["groff", "-ww", "-man", "-Tutf8", str(page)]
        rendered = subprocess.run(groff, capture_output=True, check=True, env=environment)
        assert rendered.stderr == b"", page.name
        assert rendered.stdout.count(b"EXIT STATUS") == 1
    if shutil.which("man"):
        man = ["man", "-M", str(tmp_path / "DATA" / "man"), "killatamata-run"]
        shown = subprocess.run(man, capture_output=True, check=True, env=environment).stdout
        assert b"--max-price" in shown
        assert b"image@-" in shown


def test_the_page_of_the_command_and_the_manual_agree_on_exit_codes() -> None:
    rows = re.findall(
        r"^\| ([0-9]+) \| (.+) \|$", (ROOT / "docs" / "cli.md").read_text(), re.MULTILINE
    )
    assert {int(code): meaning for code, meaning in rows} == EXIT_STATUS
