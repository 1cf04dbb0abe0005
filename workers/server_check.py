"""The check of a server, `admin node check`: its answers now, and if asked for, a real job."""

import asyncio
import hashlib
import tempfile
import time
from pathlib import Path
from typing import NotRequired, TypedDict
from uuid import UUID, uuid4

from PIL import Image

from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.rules.lengths import FEWEST_FRAMES
from workers.engines.base import (
    FINAL_STATES,
    Blob,
    IllegalPlan,
    NotAccepted,
    OutputRef,
    OutputUnsafe,
    Pending,
    PlanInputs,
    Poll,
    Rejected,
    RenderPlan,
    ReplyLost,
    Running,
    Succeeded,
    Unreachable,
)
from workers.engines.openai.client import ServerClient
from workers.engines.openai.engine import ServerEngine
from workers.engines.openai.preflight import survey_server
from workers.engines.openai.upstreams import ServerFamily, Upstream
from workers.node_answers import NodeCheck

EDIT_TASK, FILM_TASK = "image.edit", "video.generate"
CHEAPEST_FIRST = ("image.generate", EDIT_TASK, FILM_TASK)
SMALLEST_SIDE, FPS, GREY = 256, 24, (128, 128, 128)
POLL_SECONDS, LONGEST_POLL_SECONDS, POLL_GROWTH = 0.2, 5.0, 1.5
_PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")
_FILM_MARK, _HEAD_BYTES = b"ftyp", 12  # the mark follows four bytes of length


class RenderCheck(TypedDict):
    """The smallest legal picture or film, made now: how long it took, or why there is none."""

    task: str
    family: str
    size: str
    seconds: float
    trouble: str | None
    bytes: NotRequired[int]


async def check_server(upstream: Upstream, *, render: bool) -> NodeCheck:
    """Return the answers of a server at this moment; with `render` it does a real job."""
    client, started_at = ServerClient(upstream), time.monotonic()
    try:
        survey = await survey_server(client, upstream)
    except NotAccepted as error:
        return {"answers": True, "trouble": str(error)}
    except Unreachable as error:
        return {"answers": False, "trouble": str(error)}
    finally:
        await client.close()
    able, dialect = survey.list_abilities(), survey.upstream.dialect
    now: NodeCheck = {
        "answers": True,
        "trouble": None,
        "seconds": round(time.monotonic() - started_at, 2),
        "version": "" if dialect is None else dialect.name,
        "queueDepth": survey.depth,
        "can": {task: one.family for task, one in sorted(able.items()) if not one.lacks},
        "lacks": {task: list(one.lacks) for task, one in sorted(able.items()) if one.lacks},
    }
    families = survey.upstream.families
    family = next((families[task] for task in CHEAPEST_FIRST if task in families), None)
    if render and family is None:
        now["trouble"] = "it has no family for any task: nothing was rendered"
    elif render and family is not None:
        now["rendered"] = {**await _render_smallest(survey.upstream, family)}
    return now


async def _render_smallest(upstream: Upstream, family: ServerFamily) -> RenderCheck:
    """Do the smallest job that task and family allow; it may cost what such a job costs."""
    width, height = find_smallest_size(family)
    engine = ServerEngine(ServerClient(upstream), upstream, family.name)
    started_at, size = time.monotonic(), 0
    trouble: str | None
    try:
        async with asyncio.timeout(TASKS[family.task].run_limit_seconds * family.patience):
            size, trouble = await _do_job(engine, family, width, height)
    except (Unreachable, NotAccepted, ReplyLost, OutputUnsafe, IllegalPlan) as error:
        trouble = str(error)
    except TimeoutError:
        trouble = "it took longer than such a job may"
    finally:
        await engine.close()
    return {
        "task": family.task,
        "family": family.name,
        "size": f"{width}x{height}",
        "seconds": round(time.monotonic() - started_at, 2),
        "trouble": trouble,
        "bytes": size,
    }


def find_smallest_size(family: ServerFamily) -> tuple[int, int]:
    """Return the smallest size that the task allows and the family makes."""
    sizes, grid = family.sizes, TASKS[family.task].grid
    if sizes is None:
        return SMALLEST_SIDE, SMALLEST_SIDE
    if sizes.listed:
        legal = [
            size for size in sizes.listed if not any(side % grid for side in size)
        ] or sizes.listed
        return min(legal, key=lambda size: size[0] * size[1])
    side = next(
        (side for side in range(SMALLEST_SIDE, sizes.most + 1, grid) if sizes.has_size(side, side)),
        sizes.most,
    )
    return side, side


def _build_smallest_input(family: ServerFamily, width: int, height: int) -> InputJson:
    values: InputJson = {
        "prompt": "a grey square",
        "width": width,
        "height": height,
        "count": 1,
        "seed": 7,
        "steps": family.steps or 1,
    }
    if family.task == EDIT_TASK:
        values["strength"] = 0.6
    if family.task == FILM_TASK:
        values |= {"fps": FPS, "durationFrames": FEWEST_FRAMES, "generateAudio": False}
    return values


async def _do_job(
    engine: ServerEngine, family: ServerFamily, width: int, height: int
) -> tuple[int, str | None]:
    """Do a job of this size; return the bytes of what it made, and what is wrong with it."""
    values, inputs = _build_smallest_input(family, width, height), PlanInputs()
    attempt, handle, state = uuid4(), None, None
    with tempfile.TemporaryDirectory() as folder:
        if family.task == EDIT_TASK:
            inputs = PlanInputs(source=await engine.put_input(_draw_grey(folder, width, height)))
        plan = RenderPlan(task=family.task, effective_input=values, inputs=inputs)
        try:
            answer = await engine.submit(attempt, plan)
            if isinstance(answer, Rejected):
                return 0, str(answer)
            handle = answer.handle
            state = await _wait_for_end(engine, attempt, handle)
            if not isinstance(state, Succeeded):
                return 0, str(state)
            return await _measure_output(engine, state.outputs[0], family.task)
        finally:
            if isinstance(state, FINAL_STATES):
                await engine.forget(attempt, handle)
            else:
                await engine.cancel(attempt, handle)


def _draw_grey(folder: str, width: int, height: int) -> Blob:
    path = Path(folder, "grey.png")
    Image.new("RGB", (width, height), GREY).save(path)
    return Blob(path, hashlib.sha256(path.read_bytes()).hexdigest(), "image/png")


async def _wait_for_end(engine: ServerEngine, attempt: UUID, handle: str | None) -> Poll:
    pause = POLL_SECONDS
    while True:
        state = await engine.poll(attempt, handle)
        if isinstance(state, FINAL_STATES):
            return state
        told = state.poll_seconds if isinstance(state, Pending | Running) else None
        await asyncio.sleep(told or pause)
        pause = min(pause * POLL_GROWTH, LONGEST_POLL_SECONDS)


async def _measure_output(
    engine: ServerEngine, ref: OutputRef, task: str
) -> tuple[int, str | None]:
    head, size = b"", 0
    async for block in engine.open_output(ref):
        head, size = (head + block)[:_HEAD_BYTES], size + len(block)
    if task == FILM_TASK:
        return size, None if head[4:8] == _FILM_MARK else "what it made is no film"
    return size, None if head.startswith(_PICTURE_STARTS) else "what it made is no picture"
