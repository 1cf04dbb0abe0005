"""The results that a reference of a share names: an output, what keeps it, or a rendered film."""

from gateway.kit.database.sessions import Session
from gateway.library import asset_queries
from gateway.library.assets import Asset
from gateway.library.kinds import KINDS
from gateway.media.jobs import kept_outputs
from gateway.shares.errors import NotShareable
from gateway.studio.films.operations import load_film
from gateway.studio.films.rows import storyboard_id_from_film

OUTPUT_FORM, ASSET_FORM = "job", "asset"


async def find_kept_asset(session: Session, account: int, ref: str) -> Asset | None:
    """Return the asset that keeps a result; None for an output that nothing keeps yet.

    Raises:
        NotFound: there is no such result, or it belongs to another account.
        NotShareable: it is no picture, clip or sound that a job made, or was deleted.
        SourceNotReady, OutputDeleted: the output is not there yet, or no longer.
    """
    form, _, name = ref.partition("://")
    if form == OUTPUT_FORM:
        job_id, index = split_output_name(name)
        kept = await asset_queries.find_kept_output(session, account, job_id, index)
        if kept is not None:
            await kept_outputs.refuse_deleted_output(session, job_id=job_id, index=index)
            return kept
        await kept_outputs.get_output(session, account, job_id, index)
        return None
    asset_id = name if form == ASSET_FORM else await _find_film_asset_id(session, account, name)
    asset = await asset_queries.load_asset(session, account, asset_id, field_name="ref")
    job_id, index = check_shareable(asset)
    await kept_outputs.refuse_deleted_output(session, job_id=job_id, index=index)
    return asset


async def _find_film_asset_id(session: Session, account: int, film_id: str) -> str:
    film = await load_film(session, account, storyboard_id_from_film(film_id))
    asset_id = film.find_final_asset_id()
    if asset_id is None:
        raise NotShareable(
            "This film has not been rendered yet, or was not kept.",
            field="ref",
            hint="Render the film first.",
        )
    return asset_id


def split_output_name(name: str) -> tuple[str, int]:
    """Split `JOB/n` into the job and the number of its output."""
    job_id, _, index = name.partition("/")
    return job_id, int(index)


def check_shareable(asset: Asset) -> tuple[str, int]:
    """Refuse what no job made, is no media, or was deleted; return which output it keeps.

    Raises:
        NotShareable: it is one of these.
    """
    if asset.archived_at is not None:
        raise NotShareable("This was deleted.", field="ref", hint="Restore it first.")
    if asset.job_id is None or asset.output_index is None or asset.kind not in KINDS:
        raise NotShareable("Only what one of your jobs made can be shared.", field="ref")
    return asset.job_id, asset.output_index
