"""Changes to results: their stars and names, and deleting and restoring them.

A deleted result is gone at once for everybody: `hidden_at` is set, and the asset that keeps it is
archived at the same microsecond. For ten minutes a restore takes both back; then the sweeper
deletes the bytes.
"""

from collections.abc import Sequence

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.search_text import fold_text
from gateway.library import assets
from gateway.library.asset_queries import OutputPlace
from gateway.media.errors import OutputDeleted
from gateway.media.jobs.outputs import read_prompt
from gateway.media.outputs.queries import OutputRow, lock_outputs
from gateway.media.outputs.schemas import ChangeOutputs
from gateway.media.sweeps.output_sweeps import RESTORABLE


async def change_outputs(
    session: Session, account: int, changes: ChangeOutputs
) -> Sequence[OutputRow]:
    """Change the stars of results, or the name of one; return them.

    Raises:
        NotFound: there is no such result.
    """
    places = [each.place for each in changes.outputs]
    rows = await lock_outputs(session, account, places, hidden=False)
    now = await get_database_time(session)
    if changes.starred is not None:
        await assets.star_kept_outputs(session, account, places, starred=changes.starred)
    for row, job, _ in rows:
        if changes.starred is not None:
            row.starred_at = (row.starred_at or now) if changes.starred else None
        if "name" in changes.model_fields_set and len(rows) == 1:
            row.name = changes.name
            row.search_text = fold_text(read_prompt(job), row.name or "")
    return rows


async def delete_outputs(
    session: Session, account: int, places: Sequence[OutputPlace]
) -> Sequence[OutputRow]:
    """Hide results and archive the assets that keep them; return them.

    Raises:
        NotFound: there is no such result.
    """
    rows = await lock_outputs(session, account, places, hidden=True)
    now = await get_database_time(session)
    shown = [(row.job_id, row.index) for row, _, _ in rows if row.hidden_at is None]
    for row, _, _ in rows:
        row.hidden_at = row.hidden_at or now
    if shown:
        await assets.archive_kept_outputs(session, account, shown, now)
    return rows


async def restore_outputs(
    session: Session, account: int, places: Sequence[OutputPlace]
) -> Sequence[OutputRow]:
    """Show deleted results again, and restore the assets that were archived with them.

    Raises:
        NotFound: there is no such result.
        OutputDeleted: one was deleted more than ten minutes ago; none is restored.
    """
    rows = await lock_outputs(session, account, places, hidden=True)
    now = await get_database_time(session)
    hidden = {
        (row.job_id, row.index): row.hidden_at for row, _, _ in rows if row.hidden_at is not None
    }
    if any(hidden_at <= now - RESTORABLE for hidden_at in hidden.values()):
        raise OutputDeleted("A result can be restored for ten minutes after it was deleted.")
    for row, _, _ in rows:
        row.hidden_at = None
    if hidden:
        await assets.restore_kept_outputs(session, account, hidden)
    return rows
