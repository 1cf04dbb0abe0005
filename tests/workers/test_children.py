import asyncio
import os
from pathlib import Path

import pytest

from tests.workers.studio import PICTURE_INPUT
from workers.processes.child_process import ChildFailed, ask_child, start_child

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
