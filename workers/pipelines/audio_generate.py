"""audio.generate: one sound from a prompt."""

from workers.engines.base import RenderPlan
from workers.pipelines.attempt import render_plan
from workers.pipelines.base import Output, Work, pipeline
from workers.pipelines.ingest import ingest_sound


@pipeline
async def run(work: Work) -> list[Output]:
    """Render the sound and ingest it.

    Raises:
        PipelineFailed: no sound of this length could be made.
    """
    plan = RenderPlan(task=work.task, effective_input=work.effective_input)
    return await ingest_sound(work, await render_plan(work, plan))
