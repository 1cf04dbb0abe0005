"""image.generate: one plan for all `count` pictures."""

from workers.engines.base import RenderPlan
from workers.pipelines.attempt import render_plan
from workers.pipelines.base import Output, Work, pipeline
from workers.pipelines.ingest import ingest_pictures


@pipeline
async def run(work: Work) -> list[Output]:
    """Render the pictures and ingest them.

    Raises:
        PipelineFailed: no picture, or not all of them, could be made.
    """
    plan = RenderPlan(task=work.task, effective_input=work.effective_input)
    return await ingest_pictures(work, await render_plan(work, plan))
