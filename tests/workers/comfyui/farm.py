"""An application with stand-ins for ComfyUI as its nodes, and a live account on it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import Select, select

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.identity.keys.secrets import Peppers
from gateway.kit.ids import Ids
from gateway.media.nodes.fleet import Fleet
from gateway.media.tables import Attempt, Node
from gateway.operator import create_account_with_key
from tests.fakes.comfyui import FakeComfy
from tests.in_process import build_client
from tests.waiting import await_condition
from workers.engines.comfyui.graphs.engines_file import EngineFamilies
from workers.engines.comfyui.graphs.families.sdxl import Sdxl

MODEL = "sd_xl_base_1.0.safetensors"
SDXL_ENGINES = EngineFamilies({"sdxl": Sdxl(checkpoint=MODEL)}, {"image.generate": "sdxl"})
ENGINES_TOML = f"""
[families.sdxl]
checkpoint = "{MODEL}"
[families.qwen-image-edit]
diffusion_model = "qwen_image_edit_2509_fp8_e4m3fn.safetensors"
text_encoder = "qwen_2.5_vl_7b_fp8_scaled.safetensors"
vae = "qwen_image_vae.safetensors"
lightning_lora = "Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors"
[families.esrgan]
upscale_model = "4x-UltraSharp.pth"
[families."ltx-2.3"]
checkpoint = "ltx-2.3-22b-dev-fp8.safetensors"
text_encoder = "gemma_3_12B_it_fp4_mixed.safetensors"
distilled_lora = "ltx_2.3_22b_distilled_1.1_lora_dynamic_fro09_avg_rank_111_bf16.safetensors"
latent_upscaler = "ltx-2.3-spatial-upscaler-x2-1.1.safetensors"
[families.ace-step]
checkpoint = "ace_step_v1_3.5b.safetensors"
[families.stable-audio]
checkpoint = "stable-audio-open-1.0.safetensors"
text_encoder = "t5-base.safetensors"
[routes]
"image.generate" = "sdxl"
"image.edit" = "qwen-image-edit"
"image.upscale" = "esrgan"
"video.generate" = "ltx-2.3"
"video.extend" = "ltx-2.3"
"video.upscale" = "esrgan"
"audio.generate" = "ace-step"
"""
CREDIT_MICROUSD = 5_000_000
JOBS = "/api/v1/media/jobs"


@dataclass(frozen=True)
class RealComfy:
    """A real ComfyUI, which was started outside the tests."""

    url: str


@dataclass
class Farm:
    """The application, and the requests of a live account to it."""

    application: Application
    http: httpx2.AsyncClient

    async def post_picture(
        self, prompt: str = "a fox", key: str = "", **more: object
    ) -> httpx2.Response:
        """Submit a small picture."""
        given = {"prompt": prompt, "width": 256, "height": 256, "seed": 7, **more}
        return await self.post_job("image.generate", given, key)

    async def post_job(self, task: str, given: dict[str, Any], key: str = "") -> httpx2.Response:
        """Submit any job."""
        headers = {"X-Idempotency-Key": key} if key else {}
        return await self.http.post(JOBS, json={"task": task, "input": given}, headers=headers)

    async def dry_run(
        self, task: str, given: dict[str, Any], *, strict: bool = False
    ) -> httpx2.Response:
        """Ask what any job would do and cost."""
        body = {"task": task, "input": given, "strict": strict}
        return await self.http.post(JOBS, json=body, params={"dryRun": 1})

    async def make_job(self, task: str, **given: object) -> dict[str, Any]:
        """Submit any job and return it, when it has succeeded."""
        answer = await self.post_job(task, given)
        assert answer.status_code == 202, answer.text
        job = await self.wait_for_end(answer.json()["jobId"])
        assert job["status"] == "succeeded", job
        return job

    async def fetch_output(self, job: dict[str, Any], index: int = 0) -> bytes:
        """Fetch an output."""
        return (await self.http.get(job["outputs"][index]["url"])).content

    async def submit_picture(self, prompt: str = "a fox", key: str = "", **more: object) -> str:
        """Submit a small picture; return the job's id."""
        answer = await self.post_picture(prompt, key, **more)
        assert answer.status_code == 202, answer.text
        job_id: str = answer.json()["jobId"]
        return job_id

    async def get_job(self, job_id: str) -> dict[str, Any]:
        """Read a job."""
        answer = await self.http.get(JOBS, params={"jobId": job_id, "includeDetails": 1})
        body: dict[str, Any] = answer.json()
        return body

    async def wait_for_end(self, job_id: str) -> dict[str, Any]:
        """Return the job, when it has ended and its money is settled."""

        asked: dict[str, str | int] = {"jobId": job_id, "waitSeconds": 5}

        async def over() -> bool:
            answer = await self.http.get(JOBS, params=asked)
            return answer.json()["status"] not in {"queued", "running"}

        await await_condition(over)
        return await self.get_job(job_id)

    async def make_picture(self, prompt: str = "a fox", **more: object) -> dict[str, Any]:
        """Submit a small picture and return the job, when it has ended."""
        answer = await self.post_picture(prompt, **more)  # type: ignore[arg-type]
        return await self.wait_for_end(answer.json()["jobId"])

    async def get_spent_microusd(self) -> int:
        """Return the micro-USD spent, when nothing is held any more."""
        balance = (await self.http.get("/api/v1/balance")).json()
        assert balance["heldMicrousd"] == 0
        return CREDIT_MICROUSD - int(balance["availableMicrousd"])

    async def list_attempts(self, job_id: str) -> list[tuple[str, str, str | None]]:
        """Return node, state and failure of each attempt of a job, in order."""
        rows = await self._read_rows(select(Attempt).order_by(Attempt.submitted_at, Attempt.id))
        return [(row.node, row.state, row.failure_kind) for row in rows if row.job_id == job_id]

    async def get_node(self, name: str) -> Node:
        """Return a node's row."""
        [row] = await self._read_rows(select(Node).where(Node.name == name))
        found: Node = row
        return found

    async def _read_rows(self, query: Select[Any]) -> list[Any]:
        async with self.application.database.read() as snapshot:
            return list(await snapshot.scalars(query))

    async def wait_until_able(
        self, *names: str, tasks: Sequence[str] = ("image.generate",)
    ) -> None:
        """Wait until these nodes have abilities and the gateway admits live jobs of `tasks`."""

        async def known() -> bool:
            rows = [await self.get_node(name) for name in names]
            fleet = self.application.ports.get(Fleet)
            runs = all(fleet.can_run(task) for task in tasks)
            return runs and all(row.able_json != "{}" for row in rows)

        await await_condition(known)


def settings_for(
    folder: Path, engines: str, fakes: Mapping[str, FakeComfy | RealComfy]
) -> Settings:
    """Return the settings of a gateway with these nodes; empty `engines` is no engines file."""
    (folder / "engines.toml").write_text(engines)
    settings = Settings(
        data_dir=folder / "data",
        engines_file=folder / "engines.toml" if engines else None,
        comfy_nodes=",".join(f"{name}={fake.url}" for name, fake in fakes.items()),
    )
    settings.data_dir.mkdir(exist_ok=True)
    return settings.with_secrets()


@asynccontextmanager
async def serve_farm(
    folder: Path, engines: str = ENGINES_TOML, **fakes: FakeComfy | RealComfy
) -> AsyncIterator[Farm]:
    """Serve with these nodes for the block; yield it when they are known."""
    async with run_application(settings_for(folder, engines, fakes)) as application:
        async with application.database.write() as session:
            made = await create_account_with_key(
                session,
                application.ports.get(Ids),
                application.ports.get(Peppers),
                mode="live",
                amount=CREDIT_MICROUSD,
                label="t",
            )
        async with build_client(application, made["apiKey"]) as http:
            yield Farm(application, http)
