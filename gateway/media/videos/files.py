"""The stored file of a clip: of the output for 48 hours, then of the asset that keeps it."""

from dataclasses import dataclass

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.library.asset_queries import find_kept_output
from gateway.library.preview_files import PREVIEW_PICTURE_TYPE
from gateway.media.errors import OutputDeleted
from gateway.media.jobs.outputs import name_download
from gateway.media.jobs.queries import get_own_job
from gateway.media.states import JobState
from gateway.media.tables import Output
from gateway.media.videos.listing import VIDEO_TASKS

KEPT_SECONDS = 600  # of an address of a kept clip: it has no end of its own


@dataclass(frozen=True, slots=True)
class VideoFile:
    """File of a clip: its place, what a browser saves it as, how long an address may work."""

    key: str
    mime_type: str
    name: str | None
    seconds_left: int


async def get_video_file(
    session: Session, caller: Caller, job_id: str, *, poster: bool, now: int
) -> VideoFile | None:
    """Return the file of a clip, or of its poster; None if it has no poster.

    Raises:
        NotFound: there is no such clip, or it has not succeeded.
        OutputDeleted: its bytes are gone, or its owner deleted it.
    """
    job = await get_own_job(session, caller, job_id)
    if job.task not in VIDEO_TASKS or job.unlisted_at is not None:
        raise NotFound
    if job.state != JobState.SUCCEEDED:
        raise NotFound(f"This video is {job.state}: it has no content.")
    output = await session.get_one(Output, (job_id, 0))
    if output.hidden_at is not None:
        raise OutputDeleted
    name = name_download(job, output)
    if output.deleted_at is None and now < output.expires_at:
        left = (output.expires_at - now) // SECOND
        if not poster:
            return VideoFile(output.key, output.mime_type, name, left)
        if output.poster_key is None:
            return None
        return VideoFile(output.poster_key, PREVIEW_PICTURE_TYPE, None, left)
    kept = await find_kept_output(session, job.account_id, job_id, 0)
    if kept is None:
        raise OutputDeleted
    return None if poster else VideoFile(kept.key, kept.mime_type, name, KEPT_SECONDS)
