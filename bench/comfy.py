"""Overhead of a job through the gateway above the node's own time, with a stand-in for ComfyUI.

`.venv/bin/python -m bench.comfy`: floor and subject alternate. The floor is the same graph sent to
the same node by hand: submit, poll, fetch. The subject is a job: admission, claim, the same, then
probe, strip, poster, storage and the settled price.
"""

import asyncio
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from uuid import uuid4

from bench.table import Options, Row, run_measure
from tests.fakes.comfyui import FakeComfy
from tests.workers.comfyui.farm import SDXL_ENGINES, Farm, serve_farm
from workers.engines.base import FINAL_STATES, RenderPlan, Succeeded
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine

NODE_SECONDS = 4.0
EFFECTIVE_INPUT = {
    "prompt": "a fox",
    "negativePrompt": "",
    "width": 256,
    "height": 256,
    "count": 1,
    "seed": 7,
    "steps": 4,
    "outputFormat": "png",
}


async def time_by_hand(engine: ComfyEngine) -> float:
    """Time a picture that is made by hand: the seconds that the node itself needs."""
    begun, attempt = time.perf_counter(), uuid4()
    await engine.submit(attempt, RenderPlan(task="image.generate", effective_input=EFFECTIVE_INPUT))
    while not isinstance(state := await engine.poll(attempt), FINAL_STATES):  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.01)
    if not isinstance(state, Succeeded):
        sys.exit(f"the stand-in failed: {state}")
    async for _ in engine.open_output(state.outputs[0]):
        pass
    return time.perf_counter() - begun


async def time_as_job(client: Farm) -> float:
    """Time the same picture as a job, in seconds."""
    begun = time.perf_counter()
    job = await client.make_picture()
    if job["status"] != "succeeded":
        sys.exit(f"the job {job['status']}: {job}")
    return time.perf_counter() - begun


async def compare_times(options: Options) -> list[Row]:
    """Measure floor and subject in turns."""
    overhead = Row(
        "comfy.overhead", "overhead of a live job beside the node's time",
        must=0.08, goal=0.05, lower_is_better=True, unit=" s",
    )  # fmt: skip
    ratio = Row(
        "comfy.ratio", "live job / node's own time", must=1.5, lower_is_better=True, side_unit=" s"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with FakeComfy(folder / "comfy", seconds=NODE_SECONDS) as node:
            async with serve_farm(folder, gpu=node) as client:
                await client.wait_until_able("gpu")
                engine = ComfyEngine(ComfyClient(node.url), SDXL_ENGINES)
                for _ in range(options.rounds):
                    by_hand, as_job = await time_by_hand(engine), await time_as_job(client)
                    overhead.values.append(as_job - by_hand)
                    ratio.add_round(by_hand, as_job)
                await engine.close()
    return [overhead, ratio]


def measure(options: Options) -> list[Row]:
    """Measure a live job, and return its rows; the log lines of the gateway go to a file."""
    with tempfile.TemporaryFile("w") as lines, redirect_stdout(lines):
        return asyncio.run(compare_times(options))


if __name__ == "__main__":
    sys.exit(run_measure(measure))
