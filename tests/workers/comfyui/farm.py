"""An application with stand-ins for ComfyUI as its nodes, and a live account on it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import Select, select

from gateway.app import Application, serving
from gateway.identity.secrets import Peppers
from gateway.kit.ids import Ids
from gateway.media.fleet import Fleet
from gateway.media.tables import Attempt, Node
from gateway.operator import new_account
from gateway.settings import Settings
from tests.fakes.comfyui import FakeComfy
from tests.in_process import caller
from workers.engines.comfyui.graphs.families import Engines
from workers.engines.comfyui.graphs.sdxl import Sdxl

MODEL = "sd_xl_base_1.0.safetensors"
ENGINES = Engines({"sdxl": Sdxl(checkpoint=MODEL)}, {"image.generate": "sdxl"})
FILE = f"""
[families.sdxl]
checkpoint = "{MODEL}"
[families.esrgan]
upscale_model = "4x.pth"
[routes]
"image.generate" = "sdxl"
"image.upscale" = "esrgan"
"video.upscale" = "esrgan"
"""
CREDIT_MICROUSD = 5_000_000
WAIT_SECONDS = 30
JOBS = "/api/v1/media/jobs"


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Wait for a condition, at most half a minute."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


@dataclass
class Farm:
    """The application, and what a live client does with it."""

    application: Application
    http: httpx2.AsyncClient

    async def post(self, prompt: str = "a fox", key: str = "", **more: object) -> httpx2.Response:
        """Submit a small picture."""
        given = {"prompt": prompt, "width": 256, "height": 256, "seed": 7, **more}
        headers = {"X-Idempotency-Key": key} if key else {}
        body = {"task": "image.generate", "input": given}
        return await self.http.post(JOBS, json=body, headers=headers)

    async def submit(self, prompt: str = "a fox", key: str = "", **more: object) -> str:
        """Submit a small picture; return the job's id."""
        answer = await self.post(prompt, key, **more)
        assert answer.status_code == 202, answer.text
        job_id: str = answer.json()["jobId"]
        return job_id

    async def job(self, job_id: str) -> dict[str, Any]:
        """Read a job."""
        answer = await self.http.get(JOBS, params={"jobId": job_id, "includeDetails": 1})
        body: dict[str, Any] = answer.json()
        return body

    async def ended(self, job_id: str) -> dict[str, Any]:
        """Return the job, when it has ended and its money is settled."""

        asked: dict[str, str | int] = {"jobId": job_id, "waitSeconds": 5}

        async def over() -> bool:
            answer = await self.http.get(JOBS, params=asked)
            return answer.json()["status"] not in {"queued", "running"}

        await until(over)
        return await self.job(job_id)

    async def made(self, prompt: str = "a fox", **more: object) -> dict[str, Any]:
        """Submit a small picture and return the job, when it has ended."""
        answer = await self.post(prompt, **more)  # type: ignore[arg-type]
        return await self.ended(answer.json()["jobId"])

    async def spent(self) -> int:
        """Return the micro-USD spent, when nothing is held any more."""
        balance = (await self.http.get("/api/v1/balance")).json()
        assert balance["heldMicrousd"] == 0
        return CREDIT_MICROUSD - int(balance["availableMicrousd"])

    async def attempts(self, job_id: str) -> list[tuple[str, str, str | None]]:
        """Return node, state and failure of each attempt of a job, in order."""
        rows = await self._rows(select(Attempt).order_by(Attempt.submitted_at, Attempt.id))
        return [(row.node, row.state, row.failure_kind) for row in rows if row.job_id == job_id]

    async def node(self, name: str) -> Node:
        """Return a node's row."""
        [row] = await self._rows(select(Node).where(Node.name == name))
        found: Node = row
        return found

    async def _rows(self, query: Select[Any]) -> list[Any]:
        async with self.application.database.read() as snapshot:
            return list(await snapshot.scalars(query))

    async def able(self, *names: str) -> None:
        """Wait until these nodes can do something and the gateway admits live jobs."""

        async def known() -> bool:
            rows = [await self.node(name) for name in names]
            fleet = self.application.ports.get(Fleet)
            return fleet.runs("image.generate") and all(row.able_json != "{}" for row in rows)

        await until(known)


def settings_for(folder: Path, fakes: dict[str, FakeComfy]) -> Settings:
    """Return the settings of a gateway with these nodes; its engines file is written."""
    (folder / "engines.toml").write_text(FILE)
    settings = Settings(
        data_dir=folder / "data",
        engines_file=folder / "engines.toml",
        comfy_nodes=",".join(f"{name}={fake.url}" for name, fake in fakes.items()),
    )
    settings.data_dir.mkdir(exist_ok=True)
    return settings.with_secrets()


@asynccontextmanager
async def farm(folder: Path, **fakes: FakeComfy) -> AsyncIterator[Farm]:
    """Serve with these nodes for the block; yield it when they are known."""
    async with serving(settings_for(folder, fakes)) as application:
        async with application.database.write() as session:
            made = await new_account(
                session,
                application.ports.get(Ids),
                application.ports.get(Peppers),
                mode="live",
                amount=CREDIT_MICROUSD,
                label="t",
            )
        async with caller(application, made["apiKey"]) as http:
            yield Farm(application, http)
