"""image.edit: the first picture is edited, the others are references, the mask limits it."""

from pathlib import Path
from typing import Any

from workers.engines.base import PlanInputs, RenderPlan
from workers.pipelines.attempt import put, put_all, render
from workers.pipelines.base import IMAGE_SECONDS, Output, Work, do_chores, pipeline
from workers.pipelines.errors import InputUnreadable
from workers.pipelines.ingest import ingest_pictures


@pipeline(limit_seconds=IMAGE_SECONDS)
async def run(work: Work) -> list[Output]:
    """Fit source and mask to the canvas, edit, and restore what lies outside the mask.

    Raises:
        PipelineFailed: no picture, or not all of them, could be made.
    """
    base, mask = await _fitted(work)
    references = (work.files("images") or work.files("image"))[1:]
    inputs = PlanInputs(
        source=await put(work, base),
        references=await put_all(work, references),
        mask=None if mask is None else await put(work, mask),
    )
    plan = RenderPlan(task=work.task, effective_input=work.effective_input, inputs=inputs)
    return await ingest_pictures(work, await render(work, plan), base=base, mask=mask)


async def _fitted(work: Work) -> tuple[Path, Path | None]:
    size = {name: work.effective_input[name] for name in ("width", "height")}
    base, mask = work.folder / "base.png", work.folder / "mask.png"
    source, given = work.needed("image", "images"), work.one("mask")
    chores: list[dict[str, Any]] = [
        {"do": "fit_picture", "source": str(source), "target": str(base), **size}
    ]
    if given is not None:
        chores.append({"do": "fit_mask", "source": str(given), "target": str(mask), **size})
    await do_chores(chores, otherwise=InputUnreadable)
    return base, None if given is None else mask
