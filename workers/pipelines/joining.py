"""The join of clips in the concat child, with its progress."""

from pathlib import Path

from workers.engines.base import Progress
from workers.pipelines.base import Work, child_failed
from workers.pipelines.errors import ClipsDiffer, EngineFailed
from workers.video.children import ChildFailed, Line, answer
from workers.video.clips import JoinForm

_CONCAT = "workers.video.concat"


async def join(work: Work, spec: JoinForm) -> Path:
    """Run the concat child on `spec` (see `workers.video.concat`) and return the film.

    Raises:
        ClipsDiffer: a clip does not hold the frames that were promised.
        PipelineFailed: the child failed otherwise.
    """
    target = work.folder / "joined.mp4"

    async def progress(line: Line) -> None:
        await work.report(Progress("combine", line["frames"], line["of"]))

    try:
        await answer(_CONCAT, {**spec, "target": str(target)}, progress)
    except ChildFailed as error:
        differs = error.code == "frames_differ"
        raise child_failed(error, ClipsDiffer if differs else EngineFailed) from error
    return target
