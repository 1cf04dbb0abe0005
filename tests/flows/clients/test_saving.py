"""Targets of outputs: a bad one costs nothing, a device stays one, and no paid file is lost."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from killatamata import Client as Sdk
from killatamata.cli.stored_profiles import store_profile
from tests.fault_proxy import FaultProxy
from tests.gateway import Client, Gateway

FOX = "killatamata run image.generate 'prompt=a fox' width=256 height=256"
SLOW_FOX = FOX.replace("a fox", "a fox [sandbox:slow=6]")
PNG = b"\x89PNG"
RUN_SECONDS = 60


class PosixShell:
    """A POSIX shell in a folder of its own, with the real command on its path."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {"PATH": path, "HOME": str(folder), **environment}

    def start_script(self, script: str) -> "subprocess.Popen[bytes]":
        words = ["sh", "-c", script]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(words, cwd=self.folder, env=self.environment, **pipes)  # type: ignore[call-overload, no-any-return]

    def __call__(self, script: str, code: int = 0) -> tuple[bytes, str]:
        """Run a script to its end; return its standard output and its error output."""
        with self.start_script(script) as process:
            try:
                out, said = process.communicate(timeout=RUN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == code, (process.returncode, said)
        return out, said.decode()


@pytest.fixture
def shell(gateway: Gateway, client: Client, tmp_path: Path) -> PosixShell:
    return PosixShell(tmp_path, KT_API_BASE=gateway.base, KT_API_KEY=client.key)


def find_printed_command(said: str) -> str:
    (command,) = re.findall(r"^  (killatamata jobs .*)$", said, re.MULTILINE)
    return str(command)


def read_until(stream: IO[bytes] | None, word: bytes) -> None:
    assert stream is not None
    assert any(word in line for line in stream), f"never said {word!r}"


@pytest.mark.promise("client: way-back")
def test_a_target_that_cannot_be_written_is_refused_before_anything_is_charged(
    shell: PosixShell, client: Client
) -> None:
    (shell.folder / "note.txt").write_text("not a folder")
    bad = ("note.txt/fox.png", "/proc/fox.png", f"{'x' * 252}.png", "/dev/fd/9", "/dev/fd/0")
    tries = " ".join(f"{FOX} -o {each} < note.txt; echo $? >> codes;" for each in bad)
    _, said = shell(f"{tries} {FOX} count=2 -o - ; echo $? >> codes")
    assert (shell.folder / "codes").read_text().split() == ["2"] * 6
    assert said.count("Nothing was charged.") == 6
    assert client.get_balance()["availableUsd"] == "5.00"
    assert {each.name for each in shell.folder.iterdir()} == {"note.txt", "codes"}


def test_a_pipe_is_written_through_and_stdout_stays_what_it_is(shell: PosixShell) -> None:
    (shell.folder / "link.png").symlink_to("/dev/stdout")
    os.mkfifo(shell.folder / "pipe.png")
    shell(f"timeout 30 cat pipe.png > read.png & {FOX} -o pipe.png && wait")
    assert stat.S_ISFIFO((shell.folder / "pipe.png").stat().st_mode)
    assert (shell.folder / "read.png").read_bytes().startswith(PNG)
    piped, _ = shell(f"{FOX} -o link.png")
    shell(f"printf before > kept; {FOX} -o link.png >> kept")
    assert (shell.folder / "link.png").is_symlink()
    assert piped.startswith(PNG)
    assert (shell.folder / "kept").read_bytes().startswith(b"before" + PNG)


def test_a_reader_that_has_gone_leaves_the_command_that_saves_the_file(shell: PosixShell) -> None:
    _, said = shell(f"{FOX} -o - | true")
    assert "charged $0.02" in said
    assert find_printed_command(said).endswith(" -o -")


@pytest.mark.promise("client: way-back")
def test_an_interrupted_command_names_the_one_that_saves_the_file(
    shell: PosixShell, gateway: Gateway, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", f"{shell.folder}/.config")
    store_profile("my work", api_key=client.key, base_url=gateway.base)
    shell.environment = {"PATH": shell.environment["PATH"], "HOME": str(shell.folder)}
    target = shell.folder / "my foxes" / "fox.png"
    # A suite that runs in the background hands an ignored SIGINT down to its processes.
    heeding = f"exec env --default-signal=INT {SLOW_FOX}"
    with shell.start_script(f"{heeding} --profile 'my work' -o 'my foxes/fox.png'") as process:
        read_until(process.stderr, b"queued")
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=RUN_SECONDS)[1].decode()
    assert process.returncode == 130
    assert "$0.02 held" in said
    assert not target.exists()
    shell(find_printed_command(said))
    assert target.read_bytes().startswith(PNG)
    assert client.get_balance()["availableUsd"] == "4.98"


@pytest.mark.promise("client: way-back")
def test_a_file_that_cannot_be_saved_in_the_end_is_saved_by_the_printed_command(
    shell: PosixShell, gateway: Gateway, client: Client
) -> None:
    del shell.environment["KT_API_BASE"]
    folder = shell.folder / "foxes"
    command = f"exec {SLOW_FOX} --base-url {gateway.base} -o foxes/fox.png --json"
    with shell.start_script(command) as process:
        read_until(process.stderr, b"queued")
        folder.write_text("in the way")
        out, err = process.communicate(timeout=RUN_SECONDS)
    said = err.decode()
    assert process.returncode == 1
    assert "charged $0.02" in said
    assert find_printed_command(said) in json.loads(out)["error"]["next"]
    folder.unlink()
    shell(find_printed_command(said))
    assert (folder / "fox.png").read_bytes().startswith(PNG)
    assert client.get_balance()["availableUsd"] == "4.98"


@pytest.mark.promise("client: way-back")
def test_a_submit_that_a_proxy_answers_with_502_is_repeated_by_its_key_and_charged_once(
    shell: PosixShell, gateway: Gateway, client: Client
) -> None:
    port = int(gateway.base.rpartition(":")[2])
    with FaultProxy(port) as proxy:
        proxy.set_fault("502", matching=b"POST /api/v1/media/jobs HTTP")
        _, said = shell(f"{FOX} --base-url http://127.0.0.1:{proxy.port}", code=1)
        assert proxy.hits
    (option,) = re.findall(r"^  (--idempotency-key .*)$", said, re.MULTILINE)
    shell(f"{FOX} {option}")
    assert client.get_balance()["availableUsd"] == "4.98"


def test_a_submit_that_is_refused_names_no_idempotency_key(shell: PosixShell) -> None:
    _, said = shell(f"{FOX} --max-price 0.01", code=4)
    assert "--idempotency-key" not in said


@pytest.mark.promise("client: way-back")
def test_a_wait_that_cannot_save_names_the_command_and_denies_no_charge(shell: PosixShell) -> None:
    (shell.folder / "note.txt").write_text("not a folder")
    job_id = shell(f"{FOX} --no-wait")[0].decode().strip()
    _, said = shell(f"killatamata jobs wait {job_id} -o note.txt/fox.png", code=2)
    assert "Cannot save to note.txt/fox.png" in said
    assert "Nothing was charged" not in said
    assert find_printed_command(said) == f"killatamata jobs wait {job_id} -o note.txt/fox.png"


def test_the_client_checks_where_to_save_before_it_spends(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("not a folder")
    with Sdk(client.key, base_url=gateway.base) as killa:
        with pytest.raises(NotADirectoryError):
            killa.generate("a fox", note / "fox.png", width=256, height=256)
        assert killa.balance().available_usd == "5.00"
