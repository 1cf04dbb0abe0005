"""image.upscale: one picture, larger, of exactly the size that was priced."""

from workers.engines.base import PlanInputs, RenderPlan
from workers.pipelines.attempt import render_plan, upload_input
from workers.pipelines.base import Output, Work, do_chores, pipeline
from workers.pipelines.errors import InputUnreadable
from workers.pipelines.ingest import ingest_pictures
from workers.video.chores.chore_forms import FitPictureChore


@pipeline
async def run(work: Work) -> list[Output]:
    """Enlarge the picture and ingest it.

    Raises:
        PipelineFailed: the picture could not be made.
    """
    source = work.folder / "source.png"
    chore: FitPictureChore = {
        "do": "fit_picture",
        "source": str(work.get_file("image", "images")),
        "target": str(source),
    }
    await do_chores([chore], otherwise=InputUnreadable)
    inputs = PlanInputs(source=await upload_input(work, source))
    plan = RenderPlan(task=work.task, effective_input=work.effective_input, inputs=inputs)
    return await ingest_pictures(work, await render_plan(work, plan))
