import asyncio
import os
import signal
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from tests.media.made_media import make_png_bomb
from tests.workers.studio import PICTURE_INPUT
from workers.processes.child_process import ChildFailed, SpareChild, ask_child, start_child

pytestmark = pytest.mark.anyio

CHORES = "workers.video.chores.child"


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


async def test_a_child_is_gone_when_its_block_is_left(tmp_path: Path) -> None:
    spec = {
        "task": "image.generate",
        "values": PICTURE_INPUT,
        "inputs": {},
        "folder": str(tmp_path),
        "faults": [],
        "seconds": 60,
        "stallSeconds": 0,
    }
    async with asyncio.timeout(20), start_child("workers.engines.sandbox.child", spec) as child:
        os.kill(child.pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


async def get_ready_process(spare: SpareChild) -> Process:
    assert spare._starting is not None
    return await spare._starting


async def test_short_work_is_done_by_a_child_that_was_ready() -> None:
    spare = SpareChild([CHORES], ["workers.video.chores.picture_chores"])
    assert await ask_child(CHORES, {"chores": []}) == {"answers": []}
    ready = await get_ready_process(spare)
    async with start_child(CHORES, {"chores": []}) as child:
        assert child.pid == ready.pid
        assert [line async for line in child.lines()] == [{"done": {"answers": []}}]
    last = await get_ready_process(spare)
    assert last.pid != ready.pid
    await spare.close()
    assert ready.returncode is not None
    assert last.returncode is not None


async def test_a_spare_child_that_died_is_replaced() -> None:
    spare = SpareChild([CHORES], [])
    await ask_child(CHORES, {"chores": []})
    ready = await get_ready_process(spare)
    ready.kill()
    await ready.wait()
    assert await ask_child(CHORES, {"chores": []}) == {"answers": []}
    await spare.close()


async def test_the_error_of_a_spare_child_is_that_of_its_work() -> None:
    spare = SpareChild([CHORES], [])
    await ask_child(CHORES, {"chores": []})
    with pytest.raises(ChildFailed) as failed:
        await ask_child(CHORES, {"chores": [{"do": "sing"}]})
    assert failed.value.code == "failed"
    await spare.close()


async def test_a_picture_beyond_the_limit_is_not_decoded(tmp_path: Path) -> None:
    bomb, target = tmp_path / "bomb.png", tmp_path / "fitted.png"
    bomb.write_bytes(make_png_bomb(9_000, 8_000))
    chore = {"do": "fit_picture", "source": str(bomb), "target": str(target)}
    with pytest.raises(ChildFailed) as failed:
        await ask_child(CHORES, {"chores": [chore]})
    assert failed.value.code == "unreadable"
    assert not target.exists()


async def test_a_spare_child_whose_taker_was_cancelled_does_not_stay() -> None:
    spare = SpareChild([CHORES], ["workers.video.chores.picture_chores"])
    await ask_child(CHORES, {"chores": []})
    starting = spare._starting
    assert starting is not None
    taking = asyncio.create_task(ask_child(CHORES, {"chores": []}))
    await asyncio.sleep(0)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    left = await starting
    assert await left.wait() == -signal.SIGKILL
    await spare.close()
