"""A gateway whose nodes are stand-ins for servers of the OpenAI API."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.media.tables import Attempt
from tests.fakes.openai import STAND_INS, FakeUpstream
from tests.workers.comfyui.farm import Farm, serve_farm
from workers.engines.openai.dialects.catalogue import DIALECTS

STEPS = 9
IMAGE_COST_MICROUSD, PICTURE_COST = 4_000, '{ image = "0.004" }'
FILM = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9, "fps": 24}
PICTURE = {"prompt": "a fox", "width": 256, "height": 256}


@dataclass(frozen=True)
class ServerFarm:
    """The gateway, and the one server that does its live jobs."""

    farm: Farm
    server: FakeUpstream

    async def make_job(self, task: str = "image.generate", **more: object) -> dict[str, Any]:
        """Submit a small job and return it, when it has ended however."""
        given = {**(FILM if task.startswith("video") else PICTURE), **more}
        answer = await self.farm.post_job(task, given)
        assert answer.status_code == 202, answer.text
        return await self.farm.wait_for_end(answer.json()["jobId"])

    async def list_costs(self, job: dict[str, Any]) -> list[tuple[str, int | None, str | None]]:
        """List state, cost and how sure it is of each attempt of a job."""
        async with self.farm.application.database.read() as snapshot:
            rows = await snapshot.scalars(
                select(Attempt).where(Attempt.job_id == job["id"]).order_by(Attempt.began_at)
            )
            return [(row.state, row.cost_microusd, row.cost_state) for row in rows]


def render_engines(
    servers: Mapping[str, FakeUpstream],
    *,
    dialect: str,
    tasks: Sequence[str] = ("image.generate",),
    takes: Sequence[str] | None = None,
    cost: str | None = PICTURE_COST,
) -> str:
    """Render an engines file with these servers, and a family for each task on all of them."""
    lines = []
    for name, server in servers.items():
        lines += [f"[upstreams.{name}]", f'dialect = "{dialect}"', f'url = "{server.url}"']
        lines += ["max_inflight = 2", *([] if cost is None else [f"cost = {cost}"])]
    for task in tasks:
        able = DIALECTS[dialect].bindings[task]
        taken = sorted(able - {"steps"}) if takes is None else takes
        model = next(iter(servers.values())).upstream.model
        lines += [f"[families.{task.replace('.', '-')}]", f"upstreams = {json.dumps([*servers])}"]
        lines += [f'task = "{task}"', f'model = "{model}"', f"takes = {json.dumps(taken)}"]
        lines += [f"steps = {STEPS}"] if "steps" in able else []
        lines += ["sizes = { min = 64, max = 1024, step = 16 }"]
    return "\n".join(lines)


@contextmanager
def start_stand_in(dialect: str, seconds: float = 0.02) -> Iterator[FakeUpstream]:
    """Start a stand-in for a server of this dialect for the block."""
    with FakeUpstream(STAND_INS[dialect], seconds=seconds) as server:
        yield server


@asynccontextmanager
async def serve_server(
    folder: Path,
    server: FakeUpstream,
    dialect: str,
    *,
    tasks: Sequence[str] = ("image.generate",),
    takes: Sequence[str] | None = None,
    cost: str | None = PICTURE_COST,
) -> AsyncIterator[ServerFarm]:
    """Serve with this one server for the block; yield the farm when the server is known."""
    engines = render_engines({"srv": server}, dialect=dialect, tasks=tasks, takes=takes, cost=cost)
    async with serve_farm(folder, engines) as farm:
        await farm.wait_until_able("srv", tasks=tasks)
        yield ServerFarm(farm, server)
