"""Outputs of an account, and the assets that keep them, as the input media of a job."""

from gateway.kit.database.sessions import Session
from gateway.library import asset_queries
from gateway.library.asset_rendering import facts_from_asset as asset_facts
from gateway.library.assets import Asset
from gateway.library.inspection.inspector import check_duration
from gateway.media.jobs.outputs import read_output_facts
from gateway.media.stored_media import StoredMedia
from gateway.media.tables import Job, Output


async def find_kept_media(
    session: Session, job: Job, index: int, *, any_length: bool = False
) -> StoredMedia | None:
    """Return what keeps an output of a job that has ended, as input media; None if nothing does."""
    kept = await asset_queries.find_kept_output(session, job.account_id, job.id, index)
    if kept is None:
        return None
    return to_asset_media(kept, f"job://{job.id}/{index}", any_length=any_length)


def to_asset_media(asset: Asset, source: str, *, any_length: bool) -> StoredMedia:
    """Return an asset as the input media of a job, of `any_length` or as long as tasks take it.

    Raises:
        MediaUnreadable: it is too short or too long.
    """
    facts = asset_facts(asset)
    if not any_length:
        check_duration(facts)
    return StoredMedia(
        facts=facts, key=asset.key, source=source, overlap_frames=asset.overlap_frames
    )


def to_stored_media(job: Job, output: Output) -> StoredMedia:
    """Return an output of a job as the input media of another."""
    return StoredMedia(
        facts=read_output_facts(output),
        key=output.key,
        source=f"job://{job.id}/{output.index}",
        overlap_frames=job.overlap_frames,
    )
