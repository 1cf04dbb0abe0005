"""video.generate: one film from a prompt, with anchor frames and sound if they are given."""

from workers.engines.base import RenderPlan
from workers.pipelines.anchors import SoundPart, fit_anchor_frames, write_reference_sound
from workers.pipelines.attempt import render_plan
from workers.pipelines.base import Output, Work, pipeline
from workers.pipelines.ingest import FilmOrder, ingest_film
from workers.video.rates import samples_for_frames, to_frame_rate


@pipeline
async def run(work: Work) -> list[Output]:
    """Fit the anchors, render the film and ingest it.

    Raises:
        PipelineFailed: the film could not be made as ordered.
    """
    values, anchors = work.effective_input, await fit_anchor_frames(work)
    fps, frames = to_frame_rate(values["fps"]), int(values["durationFrames"])
    if (reference := work.find_file("referenceAudio")) is not None:
        part = SoundPart(source=reference, take=samples_for_frames(frames, fps))
        anchors.reference_audio = await write_reference_sound(work, [part])
    plan = RenderPlan(task=work.task, effective_input=values, inputs=await anchors.upload(work))
    order = FilmOrder(
        width=values["width"],
        height=values["height"],
        frames=frames,
        fps=fps,
        sound=reference is not None or values.get("generateAudio") is not False,
        reference_audio=reference is not None,
    )
    return await ingest_film(work, await render_plan(work, plan), order)
