"""The join of clips in the concat child, with its progress."""

from pathlib import Path

from workers.engines.base import Progress
from workers.pipelines.base import Work, to_pipeline_error
from workers.pipelines.errors import ClipsDiffer, EngineFailed
from workers.processes.child_process import ChildFailed, ChildLine, ask_child
from workers.video.clips import JoinForm

_CONCAT = "workers.video.concat"


async def join_films(work: Work, spec: JoinForm) -> Path:
    """Run the concat child on `spec` (see `workers.video.concat`) and return the film.

    Raises:
        ClipsDiffer: a clip does not hold the frames that were promised.
        PipelineFailed: the child failed otherwise.
    """
    target = work.folder / "joined.mp4"

    async def progress(line: ChildLine) -> None:
        await work.report_progress(Progress("combine", line["frames"], line["of"]))

    try:
        await ask_child(_CONCAT, {**spec, "target": str(target)}, progress)
    except ChildFailed as error:
        differs = error.code == "frames_differ"
        raise to_pipeline_error(error, ClipsDiffer if differs else EngineFailed) from error
    return target
