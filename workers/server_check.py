"""The check of a server, `admin node check`: its answers now, and if asked for, a real picture."""

import asyncio
import time
from typing import NotRequired, TypedDict
from uuid import uuid4

from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.rules.picture_rules import GRID
from workers.engines.base import (
    FINAL_STATES,
    NotAccepted,
    OutputRef,
    OutputUnsafe,
    Poll,
    Rejected,
    RenderPlan,
    ReplyLost,
    Succeeded,
    Unreachable,
)
from workers.engines.openai.client import ServerClient
from workers.engines.openai.engine import ServerEngine
from workers.engines.openai.preflight import survey_server
from workers.engines.openai.upstreams import ServerFamily, Upstream
from workers.node_answers import NodeCheck

PICTURE_TASK, POLL_SECONDS, SMALLEST_SIDE = "image.generate", 0.2, 256
_PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")


class RenderCheck(TypedDict):
    """The smallest legal picture, made now: how long it took, or why there is none."""

    family: str
    size: str
    seconds: float
    trouble: str | None
    bytes: NotRequired[int]


async def check_server(upstream: Upstream, *, render: bool) -> NodeCheck:
    """Return the answers of a server at this moment; with `render` it makes a real picture."""
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
    family = survey.upstream.families.get(PICTURE_TASK)
    if render and family is None:
        now["trouble"] = f"it has no family for {PICTURE_TASK}: nothing was rendered"
    elif render and family is not None:
        now["rendered"] = {**await _render_picture(survey.upstream, family)}
    return now


async def _render_picture(upstream: Upstream, family: ServerFamily) -> RenderCheck:
    """Make the smallest picture that tasks and family allow; it may cost what such a job costs."""
    width, height = find_smallest_size(family)
    plan = RenderPlan(
        task=PICTURE_TASK,
        effective_input={
            "prompt": "a grey square",
            "width": width,
            "height": height,
            "count": 1,
            "seed": 7,
            "steps": family.steps or 1,
        },
    )
    engine = ServerEngine(ServerClient(upstream), upstream, family.name)
    started_at, size = time.monotonic(), 0
    try:
        async with asyncio.timeout(TASKS[PICTURE_TASK].run_limit_seconds * family.patience):
            state = await _wait_for_end(engine, plan)
            trouble = None if isinstance(state, Succeeded) else str(state)
            if isinstance(state, Succeeded):
                size, trouble = await _read_picture(engine, state.outputs[0])
    except (Unreachable, NotAccepted, ReplyLost, OutputUnsafe) as error:
        trouble = str(error)
    except TimeoutError:
        trouble = "it took longer than such a job may"
    finally:
        await engine.close()
    return {
        "family": family.name,
        "size": f"{width}x{height}",
        "seconds": round(time.monotonic() - started_at, 2),
        "trouble": trouble,
        "bytes": size,
    }


def find_smallest_size(family: ServerFamily) -> tuple[int, int]:
    """Return the smallest picture that the task allows and the family makes."""
    sizes = family.sizes
    if sizes is None:
        return SMALLEST_SIDE, SMALLEST_SIDE
    if sizes.listed:
        legal = [
            size for size in sizes.listed if not any(side % GRID for side in size)
        ] or sizes.listed
        return min(legal, key=lambda size: size[0] * size[1])
    side = next(
        (side for side in range(SMALLEST_SIDE, sizes.most + 1, GRID) if sizes.has_size(side, side)),
        sizes.most,
    )
    return side, side


async def _wait_for_end(engine: ServerEngine, plan: RenderPlan) -> Poll | Rejected:
    attempt = uuid4()
    answer = await engine.submit(attempt, plan)
    if isinstance(answer, Rejected):
        return answer
    while True:
        state = await engine.poll(attempt, answer.handle)
        if isinstance(state, FINAL_STATES):
            return state
        await asyncio.sleep(POLL_SECONDS)


async def _read_picture(engine: ServerEngine, ref: OutputRef) -> tuple[int, str | None]:
    content = b"".join([block async for block in engine.open_output(ref)])
    is_picture = content.startswith(_PICTURE_STARTS)
    return len(content), None if is_picture else "what it made is no picture"
