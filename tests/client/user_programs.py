"""Programs of a user of the client: one that is right, and lines that are wrong."""

RIGHT_PROGRAM = """\
import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from PIL import Image

from killatamata import AsyncClient, Client, ProgressBar
from killatamata.fields import SpendPolicy
from killatamata.types import Job

with Client("kt_test_x", base_url="http://127.0.0.1:1") as client:
    job = client.run("image.generate", prompt="a fox", width=1024, height=1024, max_price_usd="1")
    client.run("image.edit", prompt="night", image=Path("a.png"), metadata={"a": "b"})
    client.run("image.upscale", image=open("a.png", "rb"), scale=2)
    client.submit("video.generate", prompt="a fox", start_frame_image=b"", fps=24)
    bar = ProgressBar()
    picture: Image.Image = job.outputs[0].to_pil()
    client.run("image.upscale", image=picture, scale=2, on_progress=bar, on_upload=bar)
    client.run("image.upscale", image=np.zeros((64, 64, 3), np.uint8), scale=2)
    client.run("image.upscale", image=Image.open("a.png"), scale=2)
    asset = client.studio.assets.upload(picture, on_upload=lambda news: print(news.sent_bytes))
    client.run("image.edit", prompt="x", images=[job, asset, job.outputs[0], "https://x.de/a.png"])
    client.run("image.edit", prompt="x", image_url=client.outputs.get(job.id))
    client.submit("video.generate", prompt="a fox", overlap_frame_images=[Path("a.webp")])
    client.submit("video.combine", clips=[{"job_id": "job_1"}, {"video": Path("x.mp4")}])
    client.quote("audio.generate", prompt="rain", duration_seconds=3, strict=True)
    client.quote_all([
        {"task": "image.generate", "input": {"prompt": "x"}},
        {"task": "image.upscale", "strict": True, "input": {"image_url": "asset://x", "scale": 2}},
    ])
    client.run("image.generate", prompt="x", on_progress=lambda job: print(job.status))
    client.run("my.task", input={"anything": 1}, max_price_usd=Decimal("0.1"), wait_seconds=3)
    client.jobs.create("image.generate", prompt="a fox", webhook={"url": "https://example.com"})
    client.jobs.dry_run("image.generate", prompt="a fox")
    client.generate("a fox", "fox.png", width=512, height=512)
    client.generate("a fox", task="video.generate", duration_seconds=3)
    client.plans.prepare([
        {"operation": "image.generate", "key": "a", "input": {"prompt": "x"}},
        {
            "operation": "video.generate",
            "depends_on": ["a"],
            "input": {"prompt": "x", "start_frame_image_url": "step://a/0"},
        },
        {"operation": "studio.text.save", "input": {"name": "x", "content": "y"}},
    ])
    policy: SpendPolicy = {"daily_limit_usd": "2.00"}
    until = datetime.now(UTC)
    client.keys.create("agent", scopes=["media"], spend_policy=policy, expires_at=until)
    client.keys.update("key_1", label="x", spend_policy={"total_limit_usd": None})
    client.studio.projects.update("proj_1", name="x", archived=True)
    client.studio.update_settings(agent={"max_price_usd": "0.5"}, defaults={"image": {"width": 9}})
    client.studio.storyboards.create("proj_1", "x", {"title": "x", "scenes": []})
    client.studio.storyboards.save("ast_1", operations=[
        {"op": "set", "fields": {"title": "x"}},
        {"op": "putShot", "scene_id": "s", "shot": {"id": "shot_1", "prompt": "x"}},
        {"op": "patchShot", "shot_id": "s", "fields": {"prompt": "y", "camera": None}},
    ])
    frames: list[Path] = []
    client.run("video.generate", prompt="x", overlap_frame_images=frames, preset_ids=("a",))
    client.studio.films.update("flm_1", etag="x", cut=[{"shot_id": "shot_1"}])
    client.run("image.generate", prompt="x", timeout=5, wait_seconds=60)
    client.generate("a fox", "fox.png", timeout=2.5)
    client.quote("image.generate", prompt="x", timeout=httpx2.Timeout(5, read=60))
    client.keys.update("key_1", label="x", timeout=5)
    client.studio.assets.upload(Path("a.png"), timeout=None)
    job.outputs[0].save("a.png", timeout=5)
    for each in client.jobs.list(timeout=5):
        client.jobs.download(each, "./", timeout=5)
    options: dict[str, Any] = {"prompt": "x"}
    client.run("image.generate", **options)


async def report(job: Job) -> None:
    print(job.status)


async def main() -> None:
    async with AsyncClient() as killa:
        await killa.run("image.generate", prompt="x", on_status=report, timeout=5)
        await killa.studio.assets.upload(Path("a.png"), timeout=5)


asyncio.run(main())
"""
WRONG_LINES = (
    'client.run("image.genrate", prompt="a fox")',
    'client.run("image.generate", promt="a fox")',
    'client.run("image.generate", prompt="a fox", widht=1)',
    'client.run("image.generate", prompt="a fox", width="1024")',
    'client.run("image.generate", width=512)',
    'client.run("image.generate", prompt="a fox", output_format="gif")',
    'client.run("image.generate", prompt="a fox", start_frame_image=b"")',
    'client.submit("video.generate", prompt="x", duration="3")',
    'client.quote("image.upscale", image=3)',
    'client.jobs.create("video.combine", clips=[{"jobId": "job_1"}])',
    'client.jobs.create_and_wait("image.generate", prompt="x", parent={"job": "job_1"})',
    'client.jobs.dry_run("image.edit", prompt="x", strenght=0.5)',
    'client.generate("a fox", "fox.png", prompt="twice")',
    'client.generate("a fox", "fox.png", task="image.upscale")',
    'client.quote_all([{"task": "image.generate", "input": {"promt": "x"}}])',
    'client.plans.prepare([{"operation": "image.genrate", "input": {"prompt": "x"}}])',
    'client.plans.prepare([{"operation": "image.generate", "input": {"prompt": 3}}])',
    'client.keys.create("x", spend_policy={"daily_limit": "2.00"})',
    'client.keys.create("x", scopes=["medai"])',
    'client.keys.update("key_1", lable="x")',
    'client.keys.update("key_1", spend_policy={"total_limit_usd": 2.5})',
    'client.studio.projects.update("proj_1", titel="x")',
    'client.studio.assets.update("ast_1", rating="5")',
    'client.studio.threads.update("thr_1", name="x")',
    'client.studio.update_settings(agent={"max_price": "0.5"})',
    'client.studio.films.update("flm_1", etag="x", cut=[{"shot": "shot_1"}])',
    'client.studio.storyboards.save("ast_1", operations=[{"op": "putShott"}])',
    'client.run("my.task", input={"a": 1}, max_price="0.1")',
    'client.run("video.generate", prompt="x", overlap_frame_images="a.png")',
    'client.run("image.generate", prompt="x", preset_ids="pre_1")',
    'client.studio.agent.send("thr_1", "x", attachments="ast_1")',
    'client.studio.storyboards.save("a", operations=[{"op": "set", "fields": {"scenes": []}}])',
    'client.run("image.generate", prompt="x", timeout="5")',
    'client.balance(timeout="5")',
    'client.jobs.download("job_1", timeout="5")',
    'edit: PatchShot = {"op": "patchShot", "shot_id": "s", "fields": {"promt": "x"}}',
)


IMPORT = "from killatamata.fields import PatchShot"


def build_wrong_program() -> str:
    """Return a program that has one wrong call on each line from the fourth on."""
    return "\n".join(
        ["from killatamata import Client", IMPORT, "client = Client()", *WRONG_LINES, ""]
    )
