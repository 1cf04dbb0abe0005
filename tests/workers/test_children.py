import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.media.made_media import make_png_bomb
from tests.services.folder import wait_until_gone
from tests.workers.studio import PICTURE_INPUT
from workers.processes.child_process import ChildFailed, ask_child, start_child
from workers.processes.fork_server import ForkServer

pytestmark = pytest.mark.anyio

CHORES, SANDBOX = "workers.video.chores.child", "workers.engines.sandbox.child"
SLOW_PICTURE = {
    "task": "image.generate",
    "makes": "image",
    "values": PICTURE_INPUT,
    "inputs": {},
    "folder": "/nowhere",
    "faults": [],
    "stages": {"sampling": 100},
    "seconds": 60,
    "stallSeconds": 0,
}


async def test_a_child_answers_each_chore_in_order(tmp_path: Path) -> None:
    wavs = [tmp_path / f"{name}.wav" for name in "ab"]
    part = {"source": None, "skip": 0, "take": 4800}
    chores = [{"do": "cut_sound", "target": str(wav), "parts": [part]} for wav in wavs]
    assert await ask_child(CHORES, {"chores": chores}) == {"answers": [None, None]}
    assert [wav.stat().st_size for wav in wavs] == [44 + 4800 * 4] * 2


@pytest.mark.parametrize(
    ("module", "spec", "code"),
    [
        (CHORES, {"chores": [{"do": "sing"}]}, "failed"),
        (CHORES, {}, "unreadable"),
        ("workers.video.no_such_module", {}, "died"),
    ],
)
async def test_a_child_that_cannot_says_why(
    module: str, spec: dict[str, object], code: str
) -> None:
    with pytest.raises(ChildFailed) as failed:
        await ask_child(module, spec)
    assert failed.value.code == code


async def test_a_child_is_gone_when_its_block_is_left() -> None:
    async with asyncio.timeout(20), start_child(SANDBOX, SLOW_PICTURE) as child:
        os.kill(child.pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


@pytest.fixture
async def server() -> AsyncIterator[ForkServer]:
    """A server whose forker runs, as after the first child."""
    one = ForkServer([CHORES, SANDBOX], ["workers.video.chores.picture_chores"])
    assert await ask_child(CHORES, {"chores": []}) == {"answers": []}
    yield one
    await one.close()


async def test_children_are_forked_by_one_process(server: ForkServer) -> None:
    parents = set()
    for _ in range(2):
        async with start_child(CHORES, {"chores": []}) as child:
            parents.add(read_parent(child.pid))
            assert [line async for line in child.lines()] == [{"done": {"answers": []}}]
            assert await child.wait() == 0
    (forker,) = parents
    await wait_until(lambda: ") S " in read_proc(forker, "stat"))  # without work it sleeps
    assert read_parent(forker) == os.getpid()
    await server.close()
    with pytest.raises(ProcessLookupError):
        os.kill(forker, 0)


async def test_a_forked_child_is_confined_and_has_no_settings_of_ours(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KT_SECRET", "not for children")
    async with start_child(SANDBOX, SLOW_PICTURE) as child:
        assert "stage" in await anext(child.lines())
        assert re.search(r"Max open files\s+64\s", read_proc(child.pid, "limits"))
        assert "KT_" not in read_proc(child.pid, "environ")
        files = read_open_files(child.pid)
    assert len(files) <= 4, files


async def test_a_forked_child_can_be_told_to_stop(server: ForkServer) -> None:
    async with asyncio.timeout(20), start_child(SANDBOX, SLOW_PICTURE) as child:
        child.terminate()
        assert [line async for line in child.lines() if "done" in line] == []
        assert await child.wait() == -signal.SIGTERM


async def test_the_error_of_a_forked_child_is_that_of_its_work(server: ForkServer) -> None:
    with pytest.raises(ChildFailed) as failed:
        await ask_child(CHORES, {"chores": [{"do": "sing"}]})
    assert failed.value.code == "failed"


async def test_a_forker_that_died_takes_its_children_along_and_is_replaced(
    server: ForkServer,
) -> None:
    async with asyncio.timeout(20), start_child(SANDBOX, SLOW_PICTURE) as child:
        os.kill(read_parent(child.pid), signal.SIGKILL)
        assert await child.wait() == -signal.SIGKILL
        assert await asyncio.to_thread(wait_until_gone, child.pid, "forker", seconds=10)
    for _ in range(2):
        assert await ask_child(CHORES, {"chores": []}) == {"answers": []}


async def test_a_child_is_started_where_none_can_be_forked() -> None:
    server = ForkServer([CHORES], ["workers.no_such_tools"])
    for _ in range(3):
        assert await ask_child(CHORES, {"chores": []}) == {"answers": []}
    await server.close()


async def test_the_end_of_a_child_is_known_though_it_is_killed_as_it_ends(
    server: ForkServer,
) -> None:
    for _ in range(20):
        async with start_child(CHORES, {"chores": []}) as child:
            assert [await anext(child.lines())] == [{"done": {"answers": []}}]
            await wait_until(partial(is_gone, child.pid))
        assert await child.wait() == 0


async def test_a_server_that_is_closed_while_its_forker_starts_leaves_none() -> None:
    server = ForkServer([CHORES], [])
    asking = asyncio.create_task(ask_child(CHORES, {"chores": []}))
    await asyncio.sleep(0)
    await server.close()
    with suppress(ChildFailed):
        await asking
    assert not [each for each in list_own_children() if "forker" in each]


async def test_a_child_that_is_asked_for_and_given_up_does_not_stay(server: ForkServer) -> None:
    async with start_child(CHORES, {"chores": []}) as child:
        forker = read_parent(child.pid)
    taking = asyncio.create_task(ask_child(SANDBOX, SLOW_PICTURE))
    await wait_until(lambda: read_children(forker) != "")
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    await wait_until(lambda: read_children(forker) == "")


async def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so of another process."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def read_children(pid: int) -> str:
    return read_proc(pid, f"task/{pid}/children")


def list_own_children() -> list[str]:
    """List the commands of our children."""
    return [read_proc(int(pid), "cmdline") for pid in read_children(os.getpid()).split()]


def read_proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()


def read_open_files(pid: int) -> list[str]:
    return [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]


def read_parent(pid: int) -> int:
    (found,) = re.findall(r"PPid:\s+(\d+)", read_proc(pid, "status"))
    return int(found)


async def test_a_picture_beyond_the_limit_is_not_decoded(tmp_path: Path) -> None:
    bomb, target = tmp_path / "bomb.png", tmp_path / "fitted.png"
    bomb.write_bytes(make_png_bomb(9_000, 8_000))
    chore = {"do": "fit_picture", "source": str(bomb), "target": str(target)}
    with pytest.raises(ChildFailed) as failed:
        await ask_child(CHORES, {"chores": [chore]})
    assert failed.value.code == "unreadable"
    assert not target.exists()
