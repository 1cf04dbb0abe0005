"""Overhead of a job through the gateway above the node's own time, with a stand-in for ComfyUI.

`.venv/bin/python -m bench.comfy`: floor and subject alternate. The floor is the same graph sent to
the same node by hand: submit, poll, fetch. The subject is a job: admission, claim, the same, then
probe, strip, poster, storage and the settled price.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from tests.fakes.comfyui import FakeComfy
from tests.workers.comfyui.farm import SDXL_ENGINES, Farm, serve_farm
from workers.engines.base import FINAL_STATES, RenderPlan, Succeeded
from workers.engines.comfyui.client import ComfyClient
from workers.engines.comfyui.engine import ComfyEngine

ROUNDS, NODE_SECONDS, GOAL_RATIO = 7, 4.0, 1.5
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


async def measure_overhead() -> float:
    """Measure floor and subject in turns, print them, and return the median ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with FakeComfy(folder / "comfy", seconds=NODE_SECONDS) as node:
            async with serve_farm(folder, gpu=node) as client:
                await client.wait_until_able("gpu")
                engine = ComfyEngine(ComfyClient(node.url), SDXL_ENGINES)
                pairs = [
                    (await time_by_hand(engine), await time_as_job(client)) for _ in range(ROUNDS)
                ]
                await engine.close()
    ratios = [job / hand for hand, job in pairs]
    extra = statistics.median(job - hand for hand, job in pairs)
    ratio = statistics.median(ratios)
    print(f"job / node's own time: {ratio:.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
    print(f"above it: {extra:.2f} s of a picture that takes {NODE_SECONDS} s")
    return ratio


def main() -> int:
    """Measure; return 1 if the goal is missed."""
    return int(asyncio.run(measure_overhead()) > GOAL_RATIO)


if __name__ == "__main__":
    sys.exit(main())
