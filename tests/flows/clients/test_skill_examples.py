"""The skill by the letter: its commands and its storyboard, as the gateway serves them."""

import io
import json
import re
import shlex
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from tests.flows.clients.kt_shell import KtShell
from tests.gateway import Client, Gateway, picture_input

BLOCK = re.compile(r"^```(sh|markdown)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NAME = re.compile("[A-Z]+_(ID|HASH)")
COMMANDS = 14
SMALL_CLIP = ["width=256", "height=256", "durationFrames=17"]
SIZES = re.compile('"width": [0-9]+, "height": [0-9]+(.*)"durationFrames": [0-9]+')


class Reader(KtShell):
    """An agent that knows nothing but the skill: it types what it reads, and fills in the names."""

    def __init__(self, gateway: Gateway, home: Path) -> None:
        super().__init__(gateway, home, None)
        with gateway.client() as http:
            archive = http.get("/skills/killatamata.zip").content
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
            bundle.extractall(home)
        self.script = home / "scripts" / "kt.py"
        del self.environment["KT_API_BASE"]  # the skill knows the address of its gateway
        self.names: dict[str, str] = {}
        blocks = BLOCK.findall((home / "SKILL.md").read_text())
        self.lines = [
            line
            for kind, text in blocks
            if kind == "sh"
            for line in text.replace("\\\n", " ").splitlines()
        ]
        (film,) = (text for kind, text in blocks if kind == "markdown")
        self.film = SIZES.sub(r'"width": 256, "height": 256\1"durationFrames": 17', film)

    def type_line(self, line: str) -> None:
        """Run one command of the skill, and note the ids that it prints."""
        python, script, *words = shlex.split(self.fill(line), comments=True)
        if "video.generate" in words:
            words[2:2] = SMALL_CLIP
        assert (python, script) == ("python3", "scripts/kt.py")
        found, _ = self.run_kt(*words)
        if words[0] in {"upload", "storyboard"}:
            kind = "ASSET_ID" if words[0] == "upload" else "BOARD_ID"
            self.names |= {kind: found["assetId"]} if "assetId" in found else {}
        if "planHash" in found:
            self.names |= {"PLAN_ID": found["planId"], "PLAN_HASH": found["planHash"]}

    def fill(self, text: str) -> str:
        return NAME.sub(lambda name: self.names[name[0]], text)


@pytest.fixture
def reader(gateway: Gateway, tmp_path: Path) -> Reader:
    return Reader(gateway, tmp_path)


def log_in(reader: Reader, gateway: Gateway, client: Client) -> None:
    with reader.start_kt("login") as process:
        assert process.stderr is not None
        code = process.stderr.readline().split()[-1].partition("userCode=")[2]
        with gateway.browser(client.account_id) as browser:
            browser.post("/api/v1/device/link/approve", json={"userCode": code})
        process.communicate(timeout=120)
    assert process.returncode == 0


@pytest.mark.promise("discovery: script")
def test_each_command_and_the_film_of_the_skill_work(
    reader: Reader, gateway: Gateway, client: Client
) -> None:
    for name in ("photo.png", "lamp.png"):
        with Image.new("RGB", (256, 256), "orange") as image:
            image.save(reader.home / name)
    steps = [{"operation": "image.generate", "input": picture_input()}]
    (reader.home / "steps.json").write_text(json.dumps(steps))
    assert len(reader.lines) == COMMANDS
    for line in reader.lines:
        if line.endswith(" login"):
            log_in(reader, gateway, client)
            continue
        if "film.md " in line:
            (reader.home / "film.md").write_text(reader.fill(reader.film))
        reader.type_line(line)
    assert (reader.home / "lighthouse.png").read_bytes().startswith(b"\x89PNG")
    for clip in ("clip.mp4", "film.mp4"):
        assert (reader.home / clip).read_bytes()[4:8] == b"ftyp"
    change_film(reader)
    assert not [*reader.home.rglob("__pycache__")]


def change_film(reader: Reader) -> None:
    """Make the second shot of the film again, by the text that the plan has left."""
    board = reader.names["BOARD_ID"]
    # The text as it was written has no clips: they would be paid again.
    words = ("storyboard", "import", "film.md", "--asset", board, "--etag")
    _, said = reader.run_kt(*words, f"{board}.v1", code=1)
    assert "version_conflict" in said
    with reader.start_kt("storyboard", "export", board) as process:
        exported, said = process.communicate(timeout=120)
    kept, _, last = exported.rpartition("- take: ")
    changed = kept + last.partition("\n")[2].replace("goes out", "shines")
    (reader.home / "film.md").write_text(changed)
    command = said.partition("kt.py ")[2].replace("FILE", "film.md")
    reader.run_kt(*shlex.split(command))
    again, _ = reader.run_kt("storyboard", "render", board)
    assert [each["operation"] for each in again["steps"]] == ["video.extend", "video.combine"]
    assert "shines" in again["steps"][0]["input"]["prompt"]
