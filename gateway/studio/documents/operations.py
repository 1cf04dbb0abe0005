"""Operations on text documents, and about the versions of any document."""

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.operation import Answer, Call, Caller, Reply, operation
from gateway.library.errors import ProjectArchived, StorageQuotaExceeded
from gateway.studio.documents.schemas import (
    CreatedBy,
    CreateText,
    DocumentQuery,
    SaveText,
    TextDocument,
    Version,
    VersionPage,
    VersionsQuery,
)
from gateway.studio.documents.versions import (
    Document,
    Documents,
    build_etag,
    is_not_modified,
    load_document_asset,
    load_version_page,
    parse_if_match,
)
from gateway.studio.errors import IfMatchRequired, VersionConflict

TEXT_PATH = "/api/v1/studio/assets/text"
SCOPES = ("studio",)
BODY_BYTES = 8 * 2**20  # 1 MiB of content, escaped as JSON
SAVE_PROBLEMS = (NotFound, IfMatchRequired, VersionConflict, StorageQuotaExceeded)


@operation(
    "POST",
    TEXT_PATH,
    tag="studio",
    response=TextDocument,
    status=201,
    scopes=SCOPES,
    idempotent=True,
    body_bytes=BODY_BYTES,
    problems=(NotFound, ProjectArchived, StorageQuotaExceeded),
)
async def create_text(
    caller: Caller, body: CreateText, session: Session, documents: Documents
) -> Reply:
    """Create a text document in a project; later saves are kept as versions."""
    created = await documents.create(
        session,
        caller,
        kind="text",
        project_id=body.project_id,
        name=body.name,
        content=body.content,
    )
    return _build_reply(documents, created)


@operation(
    "GET",
    f"{TEXT_PATH}/document",
    tag="studio",
    response=TextDocument,
    scopes=SCOPES,
    conditional=True,
    problems=(NotFound,),
)
async def get_text(
    call: Call, caller: Caller, query: DocumentQuery, documents: Documents
) -> Reply | Answer:
    """Read a text document, or an older `version` of it."""
    account = caller.ledger_account
    await documents.adopt_upload(account, query.asset_id)
    async with documents.database.read() as snapshot:
        document = await documents.load(snapshot, account, query.asset_id, "text", query.version)
    if is_not_modified(call.headers, document.etag):
        return build_not_modified(document.etag)
    return _build_reply(documents, document)


@operation(
    "PATCH",
    f"{TEXT_PATH}/document",
    tag="studio",
    response=TextDocument,
    scopes=SCOPES,
    if_match=True,
    body_bytes=BODY_BYTES,
    problems=SAVE_PROBLEMS,
)
async def save_text(call: Call, caller: Caller, body: SaveText, documents: Documents) -> Reply:
    """Save a new version of a text document.

    `If-Match` is the `etag` of the version you read. If somebody has saved since, the answer is 412
    with `currentEtag`. Saving the same content creates no new version.
    """
    expected = parse_if_match(call.headers)
    await documents.adopt_upload(caller.ledger_account, body.asset_id)
    async with documents.database.write() as session:
        saved = await documents.save(
            session, caller, body.asset_id, "text", body.content, expected=expected
        )
    return _build_reply(documents, saved)


@operation(
    "GET",
    "/api/v1/studio/assets/versions",
    tag="studio",
    response=VersionPage,
    scopes=SCOPES,
    problems=(NotFound,),
)
async def list_versions(caller: Caller, query: VersionsQuery, documents: Documents) -> VersionPage:
    """List the versions of a text document or storyboard, newest first; 100 are kept.

    To restore one, read it with `version` and save its content as a new version.
    """
    account, kinds = caller.ledger_account, ("text", "storyboard")
    async with documents.database.read() as snapshot:
        asset = await load_document_asset(snapshot, account, query.asset_id, kinds)
    if asset.kind == "text":
        await documents.adopt_upload(account, asset.id)
    async with documents.database.read() as snapshot:
        rows, next_version = await load_version_page(
            snapshot, asset.id, before=query.cursor, limit=query.limit
        )
    data = [
        Version(
            version=row.version,
            etag=build_etag(row.asset_id, row.version),
            created_at=to_iso(row.created_at),
            created_by=CreatedBy(type=row.created_by, id=row.created_by_id),  # type: ignore[arg-type]  # the table checks it
            bytes=row.size_bytes,
        )
        for row in rows
    ]
    cursor = None if next_version is None else str(next_version)
    return VersionPage(data=data, next_cursor=cursor)


def build_not_modified(etag: str) -> Answer:
    """Return the 304 for a caller that already has the version with this ETag."""
    return Answer(status=304, body=b"", headers={"ETag": etag})


def _build_reply(documents: Documents, document: Document) -> Reply:
    fields = documents.render_asset(document).model_dump()
    body = TextDocument(**fields, content=document.version.content)
    return Reply(body=body, headers={"ETag": document.etag}, resource_id=document.asset.id)
