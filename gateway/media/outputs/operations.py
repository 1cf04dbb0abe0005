"""Operations on results: list, name, star, delete and restore them; prompts and presets."""

from gateway.kit.clock import to_iso, to_microseconds
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller, Reply, operation
from gateway.library.uploads.intake import Uploads
from gateway.media.errors import OutputDeleted
from gateway.media.jobs.kept_outputs import keep_starred_outputs
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.outputs import changes, queries, schemas
from gateway.media.outputs.presets import PRESETS
from gateway.media.outputs.rendering import render_outputs

OUTPUTS_PATH = "/api/v1/media/outputs"


@operation(
    "GET",
    OUTPUTS_PATH,
    tag="media",
    response=schemas.OutputPage,
    scopes=("media", "account:read"),
    problems=(NotFound,),
)
async def list_outputs(
    caller: Caller,
    query: schemas.OutputQuery,
    session: Snapshot,
    database: Database,
    files: OutputUrls,
) -> schemas.OutputPage:
    """List results: each file that jobs made is one item, newest job first.

    `q` searches prompts, names and tags without case and accents. Results that ended and were not
    kept stay in the list, with prompt and seed. Deleted ones are left out.
    """
    now = database.clock.now()
    page, cursor = await queries.load_output_page(session, caller.ledger_account, query, now)
    data = await render_outputs(session, files, page, now)
    return schemas.OutputPage(data=data, next_cursor=cursor)


@operation(
    "PATCH",
    OUTPUTS_PATH,
    tag="media",
    response=schemas.ChangedOutputs,
    scopes=("media",),
    seconds=90,
    problems=(NotFound,),
)
async def update_outputs(
    caller: Caller,
    body: schemas.ChangeOutputs,
    database: Database,
    uploads: Uploads,
    files: OutputUrls,
) -> schemas.ChangedOutputs:
    """Give up to 100 results a star or take it away, or name one of them.

    A star also keeps a result for longer than 48 hours, unless the account's `autoKeep` is `none`.
    Without room for it the star stays, and `notKept` says why.
    """
    async with database.write() as session:
        rows = await changes.change_outputs(session, caller.ledger_account, body)
    # Bytes are copied, so no transaction may be open.
    places = [each.place for each in body.outputs] if body.starred else []
    starred = await keep_starred_outputs(uploads, caller, places) if places else {}
    async with database.read() as snapshot:
        data = await render_outputs(snapshot, files, rows, database.clock.now())
    not_kept = [
        schemas.NotKept(job_id=job_id, output_index=index, code=why.code, message=why.detail)
        for (job_id, index), kept in starred.items()
        if (why := kept.problem) is not None
    ]
    return schemas.ChangedOutputs(data=data, not_kept=not_kept)


@operation(
    "POST",
    f"{OUTPUTS_PATH}/delete",
    tag="media",
    response=schemas.DeletedOutputs,
    scopes=("media",),
    problems=(NotFound,),
)
async def delete_outputs(
    caller: Caller,
    body: schemas.ChosenOutputs,
    session: Session,
    database: Database,
    files: OutputUrls,
) -> schemas.DeletedOutputs:
    """Delete up to 100 results; for ten minutes they can be restored, then their bytes go.

    Their URLs answer 404 at once, and the assets that keep them are archived.
    """
    places = [each.place for each in body.outputs]
    rows = await changes.delete_outputs(session, caller.ledger_account, places)
    data = await render_outputs(session, files, rows, database.clock.now())
    deleted_at = to_iso(max(row.hidden_at or 0 for row, _, _ in rows))
    return schemas.DeletedOutputs(data=data, deleted_at=deleted_at)


@operation(
    "POST",
    f"{OUTPUTS_PATH}/restore",
    tag="media",
    response=schemas.ChangedOutputs,
    scopes=("media",),
    problems=(NotFound, OutputDeleted),
)
async def restore_outputs(
    caller: Caller,
    body: schemas.RestoreOutputs,
    session: Session,
    database: Database,
    files: OutputUrls,
) -> schemas.ChangedOutputs:
    """Restore results within ten minutes after they were deleted, and the assets that keep them.

    `deletedAt` restores all results of one deletion whose bytes are still there; 404 without any.
    """
    account, moment = caller.ledger_account, to_microseconds(body.deleted_at)
    places = [each.place for each in body.outputs or ()]
    if moment is not None:
        places = await queries.list_deleted(session, account, moment)
    rows = await changes.restore_outputs(session, account, places)
    data = await render_outputs(session, files, rows, database.clock.now())
    return schemas.ChangedOutputs(data=data)


@operation(
    "GET",
    "/api/v1/media/prompts",
    tag="media",
    response=schemas.Prompts,
    scopes=("media", "account:read"),
)
async def list_prompts(
    caller: Caller, query: schemas.PromptQuery, session: Snapshot
) -> schemas.Prompts:
    """List the different prompts of the account's newest jobs, newest first."""
    found = await queries.list_prompts(session, caller.ledger_account, query.limit)
    return schemas.Prompts(data=found)


@operation("GET", "/api/v1/media/presets", tag="media", response=schemas.Presets, public=True)
async def list_presets() -> Reply:
    """List styles and cameras: words to write into a prompt. Nothing hidden is added to it."""
    return Reply(
        body=schemas.Presets(data=list(PRESETS.values())),
        headers={"Cache-Control": "public, max-age=3600"},
    )
