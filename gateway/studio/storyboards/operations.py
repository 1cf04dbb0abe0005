"""Operations on storyboards."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import quote

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import JSON_MEDIA_TYPE, Answer, Call, Caller, Reply, operation
from gateway.library.assets import AssetOrigin
from gateway.library.errors import ProjectArchived, StorageQuotaExceeded
from gateway.studio.documents.operations import (
    BODY_BYTES,
    SAVE_PROBLEMS,
    SCOPES,
    build_not_modified,
)
from gateway.studio.documents.schemas import DocumentQuery
from gateway.studio.documents.tables import ShotTake
from gateway.studio.documents.takes import list_takes
from gateway.studio.documents.versions import (
    Document,
    Documents,
    check_version,
    is_not_modified,
    parse_if_match,
)
from gateway.studio.errors import StoryboardSyntax
from gateway.studio.storyboards import fountain_reader, markdown_reader
from gateway.studio.storyboards.edits import apply_edits
from gateway.studio.storyboards.markdown import render_markdown
from gateway.studio.storyboards.markdown_reader import ParsedStoryboard
from gateway.studio.storyboards.model import (
    Storyboard,
    check_storyboard,
    dump_storyboard,
    parse_storyboard,
)
from gateway.studio.storyboards.normal_form import title_from_name
from gateway.studio.storyboards.schemas import (
    CreateStoryboard,
    ImportStoryboard,
    MarkdownShown,
    ReadingWarning,
    SaveStoryboard,
    StoryboardImported,
    StoryboardShown,
    TakeShown,
)

STORYBOARDS_PATH = "/api/v1/studio/assets/storyboards"
MARKDOWN = "text/markdown"
MOST_WARNINGS = 100
OK, CREATED = 200, 201


@operation(
    "POST",
    STORYBOARDS_PATH,
    tag="studio",
    response=StoryboardShown,
    status=CREATED,
    scopes=SCOPES,
    idempotent=True,
    body_bytes=BODY_BYTES,
    problems=(NotFound, ProjectArchived, StorageQuotaExceeded),
)
async def create_storyboard(
    caller: Caller, body: CreateStoryboard, session: Session, documents: Documents
) -> Reply:
    """Create a storyboard in a project; later saves are kept as versions."""
    document = body.document or Storyboard(title=title_from_name(body.name))
    created = await documents.create(
        session,
        caller,
        kind="storyboard",
        project_id=body.project_id,
        name=body.name,
        content=dump_storyboard(check_storyboard(document)),
    )
    return _build_reply(documents, created, ())


@operation(
    "GET",
    f"{STORYBOARDS_PATH}/document",
    tag="studio",
    response=StoryboardShown,
    scopes=SCOPES,
    conditional=True,
    problems=(NotFound,),
)
async def get_storyboard(
    call: Call, caller: Caller, query: DocumentQuery, documents: Documents
) -> Reply | Answer:
    """Read a storyboard, or an older `version` of it, with its takes so far.

    The ETag covers only the document; omit `If-None-Match` to see new takes.
    """
    async with documents.database.read() as snapshot:
        document = await documents.load(
            snapshot, caller.ledger_account, query.asset_id, "storyboard", query.version
        )
        takes = await list_takes(snapshot, query.asset_id)
    if is_not_modified(call.headers, document.etag):
        return build_not_modified(document.etag)
    return _build_reply(documents, document, takes)


@operation(
    "PATCH",
    f"{STORYBOARDS_PATH}/document",
    tag="studio",
    response=StoryboardShown,
    scopes=SCOPES,
    if_match=True,
    body_bytes=BODY_BYTES,
    problems=SAVE_PROBLEMS,
)
async def save_storyboard(
    call: Call, caller: Caller, body: SaveStoryboard, session: Session, documents: Documents
) -> Reply:
    """Save a new version: a whole `document`, or `operations` on the newest one.

    `If-Match` is the `etag` of the version you read. If somebody has saved since, the answer is 412
    with `currentEtag`. Operations are applied in order, all or none.
    """
    expected = parse_if_match(call.headers)
    document = body.document
    if document is None:
        account = caller.ledger_account
        # Locked before the edits are made: they must be made on the version that they replace.
        current = await documents.lock_newest(session, account, body.asset_id, "storyboard")
        check_version(current, expected)
        document = apply_edits(parse_storyboard(current.version.content), body.operations or ())
    saved = await documents.save(
        session,
        caller,
        body.asset_id,
        "storyboard",
        dump_storyboard(check_storyboard(document)),
        expected=expected,
    )
    return _build_reply(documents, saved, await list_takes(session, body.asset_id))


def parse_script(
    text: str, text_format: Literal["markdown", "fountain", "auto"] = "auto"
) -> ParsedStoryboard:
    """Parse a text in a format, by default the one that it begins like.

    Raises:
        StoryboardSyntax: a line cannot be read.
        InvalidInput: the text has more than a storyboard can hold.
    """
    if text_format == "markdown" or (text_format == "auto" and markdown_reader.is_markdown(text)):
        return markdown_reader.parse_markdown(text)
    return fountain_reader.parse_screenplay(text)


def _parse_import(body: ImportStoryboard) -> ParsedStoryboard:
    return parse_script(body.text, body.format)


@operation(
    "POST",
    f"{STORYBOARDS_PATH}/import",
    tag="studio",
    response=StoryboardImported,
    status=CREATED,
    alternatives=(StoryboardImported,),
    scopes=SCOPES,
    idempotent=True,
    if_match=True,
    body_bytes=BODY_BYTES,
    prepare=_parse_import,
    problems=(*SAVE_PROBLEMS, ProjectArchived, StoryboardSyntax),
)
async def import_storyboard(
    call: Call,
    caller: Caller,
    body: ImportStoryboard,
    prepared: ParsedStoryboard,
    session: Session,
    documents: Documents,
) -> Reply:
    """Import a storyboard from Markdown or Fountain: a new one, or a new version.

    To replace `assetId`, send `If-Match` with the `etag` you read. `warnings` lists what was
    interpreted differently; a line that cannot be parsed is 422 with `line`.
    """
    expected = None if body.asset_id is None else parse_if_match(call.headers)
    content = dump_storyboard(check_storyboard(prepared.document))
    if body.asset_id is not None:
        saved = await documents.save(
            session, caller, body.asset_id, "storyboard", content, expected=expected
        )
        takes = await list_takes(session, body.asset_id)
        return _build_import_reply(_build_reply(documents, saved, takes), prepared, OK)
    created = await documents.create(
        session,
        caller,
        kind="storyboard",
        project_id=body.project_id or "",
        name=prepared.document.title,
        content=content,
        source=AssetOrigin(type="import"),
    )
    return _build_import_reply(_build_reply(documents, created, ()), prepared, CREATED)


@operation(
    "GET",
    f"{STORYBOARDS_PATH}/export-markdown",
    tag="studio",
    response=MarkdownShown,
    scopes=SCOPES,
    conditional=True,
    media_types=(MARKDOWN, JSON_MEDIA_TYPE),
    problems=(NotFound,),
)
async def export_storyboard(
    call: Call, caller: Caller, query: DocumentQuery, documents: Documents
) -> Reply | Answer:
    """Read a storyboard as Markdown; inside JSON with `Accept: application/json`.

    Importing the text gives the same document.
    """
    async with documents.database.read() as snapshot:
        document = await documents.load(
            snapshot, caller.ledger_account, query.asset_id, "storyboard", query.version
        )
    if is_not_modified(call.headers, document.etag):
        return build_not_modified(document.etag)
    markdown = render_markdown(parse_storyboard(document.version.content))
    headers = {"ETag": document.etag, "Vary": "Accept"}
    accept = call.headers.get("accept", "")
    if JSON_MEDIA_TYPE in accept and MARKDOWN not in accept:
        return Reply(body=MarkdownShown(markdown=markdown, etag=document.etag), headers=headers)
    name = quote(f"{document.asset.name}.md", safe="")
    headers |= {
        "Content-Type": f"{MARKDOWN}; charset=utf-8",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
    }
    return Answer(status=OK, body=markdown.encode(), headers=headers)


def _build_reply(documents: Documents, document: Document, takes: Sequence[ShotTake]) -> Reply:
    body = StoryboardShown(
        **documents.render_asset(document).model_dump(),
        document=parse_storyboard(document.version.content),
        takes=[_render_take(take) for take in takes],
    )
    return Reply(body=body, headers={"ETag": document.etag}, resource_id=document.asset.id)


def _build_import_reply(reply: Reply, parsed: ParsedStoryboard, status: int) -> Reply:
    """Add the warnings of an import to the answer, at most 100 and how many more there are."""
    listed = parsed.warnings[:MOST_WARNINGS]
    warnings = [ReadingWarning(line=each.line, message=each.message) for each in listed]
    if left_out := len(parsed.warnings) - len(listed):
        message = f"There are {left_out} more warnings."
        warnings.append(ReadingWarning(line=listed[-1].line, message=message))
    fields = {} if reply.body is None else dict(reply.body)
    body = StoryboardImported(**fields, warnings=warnings)
    return replace(reply, body=body, status=status)


def _render_take(take: ShotTake) -> TakeShown:
    return TakeShown(
        shot_id=take.shot_id,
        job_id=take.job_id,
        asset_id=take.take_asset_id,
        plan_id=take.plan_id,
        status=take.status,
        **to_amount_fields("price", take.price_microusd),
        created_at=to_iso(take.created_at),
    )
