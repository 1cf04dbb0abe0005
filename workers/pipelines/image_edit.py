"""image.edit: the first picture is edited; the others are references; a mask limits the edit."""

from pathlib import Path

from workers.engines.base import PlanInputs, RenderPlan
from workers.pipelines.attempt import render_plan, upload_input, upload_inputs
from workers.pipelines.base import Output, Work, do_chores, pipeline
from workers.pipelines.errors import InputUnreadable
from workers.pipelines.ingest import ingest_pictures
from workers.video.chores.chore_forms import FitMaskChore, FitPictureChore


@pipeline
async def run(work: Work) -> list[Output]:
    """Fit source and mask to the canvas, edit, and restore what lies outside the mask.

    References keep their size. All are written anew: no file of a caller reaches a node as it is.

    Raises:
        PipelineFailed: no picture, or not all of them, could be made.
    """
    base, references, mask = await _fit_inputs(work)
    inputs = PlanInputs(
        source=await upload_input(work, base),
        references=await upload_inputs(work, references),
        mask=None if mask is None else await upload_input(work, mask),
    )
    plan = RenderPlan(task=work.task, effective_input=work.effective_input, inputs=inputs)
    return await ingest_pictures(work, await render_plan(work, plan), base=base, mask=mask)


async def _fit_inputs(work: Work) -> tuple[Path, list[Path], Path | None]:
    """Fit the pictures to the canvas; return source, references and mask."""
    width, height = work.effective_input["width"], work.effective_input["height"]
    base, mask = work.folder / "base.png", work.folder / "mask.png"
    source, mask_input = work.get_file("image", "images"), work.find_file("mask")
    chores: list[FitPictureChore | FitMaskChore] = [
        {
            "do": "fit_picture",
            "source": str(source),
            "target": str(base),
            "width": width,
            "height": height,
        }
    ]
    references: list[Path] = []
    for number, path in enumerate((work.files("images") or work.files("image"))[1:]):
        references.append(work.folder / f"reference_{number}.png")
        chores.append({"do": "fit_picture", "source": str(path), "target": str(references[-1])})
    if mask_input is not None:
        chores.append(
            {
                "do": "fit_mask",
                "source": str(mask_input),
                "target": str(mask),
                "width": width,
                "height": height,
            }
        )
    await do_chores(chores, otherwise=InputUnreadable)
    return base, references, None if mask_input is None else mask
