import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.library.errors import MediaUnreadable
from gateway.library.inspection import inspector as parent
from tests.media.made_media import list_names, make_picture, write_film

pytestmark = pytest.mark.anyio

CONFINED = (
    "import sys; from gateway.library.inspection.inspect_child import confine; confine(1000); "
)


def run_confined(statement: str, *arguments: str) -> int:
    """Run a statement in a confined process; return its exit status."""
    command = [sys.executable, "-I", "-c", CONFINED + statement, *arguments]
    return subprocess.run(command, timeout=60, check=False, capture_output=True).returncode


def test_a_child_starts_without_decoders_and_without_the_gateway() -> None:
    heavy = {"av", "PIL", "numpy", "pydantic", "sqlalchemy", "starlette", "asyncio", "structlog"}
    code = "import sys, gateway.library.inspection.inspect_child; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code], stdout=subprocess.PIPE, check=True, timeout=30
    )
    assert heavy.isdisjoint(ran.stdout.decode().split())


def test_a_child_cannot_take_more_memory_than_its_share() -> None:
    assert run_confined("bytearray(300 * 2**20)") == 0
    assert run_confined("bytearray(1100 * 2**20)") == 1


def test_a_child_cannot_write_more_than_its_share(tmp_path: Path) -> None:
    write = "open(sys.argv[1], 'wb', buffering=0).write(bytes(1000)); "
    assert run_confined(write, str(tmp_path / "a")) == 0
    assert (
        run_confined(
            f"f = {write[:-2]}; f = open(sys.argv[1], 'ab', buffering=0); f.write(b'x')",
            str(tmp_path / "b"),
        )
        == 1
    )


def test_a_child_cannot_open_many_files() -> None:
    assert run_confined("files = [open('/dev/null') for _ in range(70)]") == 1


async def test_a_child_reaches_no_network_where_the_kernel_allows_it() -> None:
    if not await parent.can_cut_network():
        pytest.skip("this kernel does not let a process give up its network")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        dial = "import socket; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)"
        assert run_confined(dial, port) == 1
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("form", ["mov", "matroska", "wav", "mp3", "flac", "ogg"])
def test_a_playlist_is_never_followed_whatever_the_sniff_said(tmp_path: Path, form: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        playlist = tmp_path / "list.m3u8"
        playlist.write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"
        )
        with playlist.open("rb") as source, (tmp_path / "out").open("wb") as target:
            answer = run_unconfined(source.fileno(), target.fileno(), form)
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert "refused" in answer


def run_unconfined(source: int, target: int, form: str) -> dict[str, Any]:
    """Run the decoding of the child with its network: the fixed format alone has to do."""
    order = {"kind": "video", "format": form, "source": source, "target": target}
    order |= {"target_bytes": 2**20, "max_pixels": 2**20, "count": "decoding"}
    code = (
        "from gateway.library.inspection import inspect_child as child;"
        "child.confine = lambda _: False; child.main()"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code, json.dumps(order)],
        pass_fds=(source, target),
        stdout=subprocess.PIPE,
        check=True,
        timeout=30,
    )
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


async def test_a_child_that_takes_too_long_is_killed_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "WALL_SECONDS", 0.001)
    given = write_film(tmp_path / "in", frames=200, size=(640, 480))
    with pytest.raises(MediaUnreadable):
        await parent.inspect_media(given, "video", out_folder=tmp_path)
    assert list_names(tmp_path) == ["in"]


@pytest.mark.parametrize("said", [b"", b"not json", b"x" * 70_000])
async def test_a_child_that_answers_nonsense_makes_the_file_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    (tmp_path / "python").write_text(f"#!/bin/sh\nprintf '%s' '{said.decode()}'\nkill -9 $$\n")
    (tmp_path / "python").chmod(0o700)
    make_picture().save(tmp_path / "in", "PNG")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(MediaUnreadable):
        await parent.inspect_media(tmp_path / "in", "image", out_folder=tmp_path)


async def test_a_child_gets_no_environment_and_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python").write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/seen\n/usr/bin/env >> {tmp_path}/seen\n'
    )
    (tmp_path / "python").chmod(0o700)
    secret_name = tmp_path / "secret-name.png"
    make_picture().save(secret_name, "PNG")
    monkeypatch.setenv("KT_SECRET", "planted")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(MediaUnreadable):
        await parent.inspect_media(secret_name, "image", out_folder=tmp_path)
    seen = (tmp_path / "seen").read_text()
    assert "inspect_child" in seen
    assert "planted" not in seen
    assert "secret-name" not in seen


async def test_at_most_four_children_run_at_once(tmp_path: Path) -> None:
    most = max(3, min(os.cpu_count() or 1, 4))
    assert parent._turns.slots == most
    make_picture().save(tmp_path / "in", "PNG")
    found = await asyncio.gather(
        *(
            parent.inspect_media(tmp_path / "in", "image", out_folder=tmp_path)
            for _ in range(2 * most)
        )
    )
    assert len({one.facts.sha256 for one in found}) == 1
    assert len({one.path for one in found}) == 2 * most
