"""Operations on projects and assets."""

from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.errors import NotFound, PayloadTooLarge
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.ids import Ids
from gateway.kit.operation import Answer, Call, Caller, operation
from gateway.library import asset_queries, asset_rendering, assets, errors, projects
from gateway.library.assets import AssetOrigin, OutputRestorer
from gateway.library.schemas import (
    UPLOAD_BYTES,
    AllAssetsQuery,
    Asset,
    AssetMade,
    AssetPage,
    AssetQuery,
    ChangeAsset,
    ChangeProject,
    CreateProject,
    CreateUploadLink,
    OneAsset,
    Project,
    UploadLink,
    UploadQuery,
)
from gateway.library.uploads import upload_links
from gateway.library.uploads.filenames import clean_filename
from gateway.library.uploads.intake import Destination, Uploads
from gateway.library.uploads.received_files import check_size

UPLOAD_ORIGIN = AssetOrigin(type="upload")
RAW_BODY_HINT = "Send the bytes of the file as the body: curl --data-binary @FILE, not --form."
METADATA_PATH = "/api/v1/studio/assets/metadata"


@operation(
    "POST",
    "/api/v1/studio/projects",
    tag="studio",
    response=Project,
    status=201,
    scopes=("studio",),
    idempotent=True,
)
async def create_project(
    caller: Caller, body: CreateProject, session: Session, ids: Ids
) -> Project:
    """Create a project for jobs, assets and threads."""
    project = await projects.create(
        session, ids, caller.ledger_account, name=body.name, description=body.description
    )
    return (await projects.render_projects(session, [project]))[0]


@operation(
    "PATCH",
    "/api/v1/studio/projects/update",
    tag="studio",
    response=Project,
    scopes=("studio",),
    problems=(NotFound,),
)
async def update_project(caller: Caller, body: ChangeProject, session: Session) -> Project:
    """Rename, describe or archive a project, or set its cover."""
    changed = await projects.change(session, caller.ledger_account, body)
    return (await projects.render_projects(session, [changed]))[0]


@operation(
    "GET",
    "/api/v1/studio/projects/assets",
    tag="studio",
    response=AssetPage,
    scopes=("studio",),
    problems=(NotFound,),
)
async def list_assets(
    caller: Caller, query: AssetQuery, session: Snapshot, database: Database, urls: SignedUrls
) -> AssetPage:
    """List the assets of a project, newest first, each with a fresh link."""
    page, cursor = await asset_queries.load_asset_page(session, caller.ledger_account, query)
    now = database.clock.now()
    data = [asset_rendering.render_asset(asset, urls, now) for asset in page]
    return AssetPage(data=data, next_cursor=cursor)


@operation(
    "GET",
    "/api/v1/studio/assets",
    tag="studio",
    response=AssetPage,
    scopes=("studio",),
)
async def list_all_assets(
    caller: Caller, query: AllAssetsQuery, session: Snapshot, database: Database, urls: SignedUrls
) -> AssetPage:
    """Search the assets of all projects, newest first, each with a fresh link.

    A star of an asset is its rating: `starred=1` lists those rated 1 to 5. An asset that keeps a
    result gets and loses its star with it.
    """
    page, cursor = await asset_queries.load_page_of_all(session, caller.ledger_account, query)
    now = database.clock.now()
    data = [asset_rendering.render_asset(asset, urls, now) for asset in page]
    return AssetPage(data=data, next_cursor=cursor)


@operation(
    "POST",
    upload_links.UPLOAD_PATH,
    tag="studio",
    response=AssetMade,
    status=201,
    scopes=("studio",),
    ticket="uploadToken",
    other_statuses=(200,),
    streamed=True,
    body_bytes=UPLOAD_BYTES,
    seconds=None,
    problems=(
        NotFound,
        PayloadTooLarge,
        errors.ProjectArchived,
        errors.UploadLinkEnded,
        errors.StorageQuotaExceeded,
        errors.UnsupportedMedia,
        errors.MediaUnreadable,
    ),
)
async def upload_asset(call: Call, query: UploadQuery, uploads: Uploads) -> Answer:
    """Upload a file to a project or the inbox: the body is the raw file; the bytes tell its type.

    Images, video, audio; `.md` and `.txt` become text documents. Uploading the same bytes again
    answers 200 with the existing asset. With `uploadToken` no key is needed.
    """
    if call.headers.get("content-type", "").lower().startswith("multipart/"):
        raise errors.UnsupportedMedia("The body is a form, not a file.", hint=RAW_BODY_HINT)
    destination = await _permitted_destination(call, query, uploads)
    if call.stream is None:
        raise LookupError("this door gives no streams")
    declared = int(call.headers.get("content-length", 0)) or None
    return await uploads.receive(destination, call.stream(), declared)


async def _permitted_destination(call: Call, query: UploadQuery, uploads: Uploads) -> Destination:
    """Return the destination that the request's upload link or key permits."""
    filename = clean_filename(query.filename)
    async with uploads.database.read() as snapshot:
        if call.caller is None:
            token = call.ticket or ""
            link = await upload_links.load_link(
                snapshot,
                uploads.urls,
                token,
                project_id=query.project_id or "",
                filename=filename,
            )
            await projects.load_open_project(snapshot, link.account_id, link.project_id)
            return Destination(
                account=link.account_id,
                book=link.book,
                project_id=link.project_id,
                filename=filename,
                source=UPLOAD_ORIGIN,
                max_bytes=link.max_bytes,
                link_id=link.id,
            )
    caller, key = call.caller, call.idempotency_key
    project_id = await projects.choose_project(
        uploads.database, uploads.ids, caller.ledger_account, query.project_id
    )
    return Destination(
        account=caller.ledger_account,
        book=caller.book,
        project_id=project_id,
        filename=filename,
        source=UPLOAD_ORIGIN,
        scope=None if key is None else call.key_scope(key),
    )


@operation(
    "POST",
    "/api/v1/studio/assets/upload-link",
    tag="studio",
    response=UploadLink,
    status=201,
    scopes=("studio", "media"),
    idempotent=True,
    problems=(NotFound, PayloadTooLarge, errors.ProjectArchived, errors.StorageQuotaExceeded),
)
async def create_upload_link(
    caller: Caller, body: CreateUploadLink, session: Session, ids: Ids, uploads: Uploads
) -> UploadLink:
    """Create links that upload one file each without a key, within 15 minutes.

    `curl` is the complete command, to be run where the files are; `filenames` are plain names in
    one folder. Without `projectId` the files go to the selected project, or to one called Inbox.
    """
    upload_links.check_filenames(body.filenames or [])
    account = caller.ledger_account
    most = body.bytes or UPLOAD_BYTES
    check_size(most, UPLOAD_BYTES)
    names = [body.filename] if body.filename is not None else body.filenames or []
    size = (body.bytes or 1) * len(names)
    await uploads.quotas.check_room(
        session, account, caller.book, size_bytes=size, assets=len(names)
    )
    if body.project_id is None:
        project = await projects.ensure_default_project(session, ids, account)
    else:
        project = await projects.load_open_project(session, account, body.project_id)
    links = await upload_links.create_links(
        session,
        ids,
        caller,
        project_id=project.id,
        filenames=[clean_filename(name) for name in names],
        max_bytes=most,
    )
    return upload_links.render_links(links, names, uploads.urls, uploads.api_url)


@operation(
    "GET",
    METADATA_PATH,
    tag="studio",
    response=Asset,
    scopes=("studio",),
    problems=(NotFound,),
)
async def get_asset(
    caller: Caller, query: OneAsset, session: Snapshot, database: Database, urls: SignedUrls
) -> Asset:
    """Read one asset, archived or not, with a fresh link."""
    asset = await asset_queries.load_asset(session, caller.ledger_account, query.asset_id)
    return asset_rendering.render_asset(asset, urls, database.clock.now())


@operation(
    "PATCH",
    METADATA_PATH,
    tag="studio",
    response=Asset,
    scopes=("studio",),
    problems=(NotFound, errors.ProjectArchived),
)
async def update_asset(
    caller: Caller,
    body: ChangeAsset,
    session: Session,
    database: Database,
    urls: SignedUrls,
    restorer: OutputRestorer,
) -> Asset:
    """Rename, tag, rate, move or archive an asset; archive it to delete it.

    To take it back, send `archived: false`: a deleted result that it keeps is shown again too.
    """
    changed = await assets.change_asset(session, caller.ledger_account, body, restorer)
    return asset_rendering.render_asset(changed, urls, database.clock.now())
