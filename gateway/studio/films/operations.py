"""Operations on films."""

from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.ids import Ids
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.library import asset_queries, projects
from gateway.library.errors import ProjectArchived, StorageQuotaExceeded
from gateway.library.quota import lock_shelf
from gateway.studio.documents.operations import BODY_BYTES, SAVE_PROBLEMS, SCOPES
from gateway.studio.documents.versions import Documents, load_document_asset, parse_if_match
from gateway.studio.errors import StoryboardSyntax, VersionConflict
from gateway.studio.films import rows
from gateway.studio.films.cut import check_cut, dump_cut
from gateway.studio.films.films import FilmRenderer, LoadedFilm, load_films
from gateway.studio.films.schemas import (
    ChangeFilm,
    CreateFilm,
    CreateFilmThread,
    Film,
    FilmPage,
    FilmQuery,
)
from gateway.studio.storyboards.model import Storyboard, check_storyboard, dump_storyboard
from gateway.studio.storyboards.normal_form import UNTITLED
from gateway.studio.storyboards.operations import parse_script
from gateway.studio.threads import threads
from gateway.studio.threads.schemas import Thread

FILMS_PATH = "/api/v1/studio/films"
OK, CREATED = 200, 201


@operation(
    "GET",
    FILMS_PATH,
    tag="studio",
    response=Film,
    alternatives=(FilmPage,),
    scopes=SCOPES,
    problems=(NotFound,),
)
async def get_films(caller: Caller, query: FilmQuery, documents: Documents) -> Reply:
    """Read one film by its id or its storyboard, or list films without their cuts, newest first.

    Every storyboard is a film. `cut` follows the storyboard until it is changed.
    """
    account = caller.ledger_account
    renderer = FilmRenderer(documents.urls, documents.database.clock.now())
    asset_id = query.storyboard_asset_id
    if query.film_id is not None:
        asset_id = rows.storyboard_id_from_film(query.film_id)
    async with documents.database.read() as snapshot:
        if asset_id is not None:
            film = await load_film(snapshot, account, asset_id)
            return _build_reply(renderer, film)
        before = None if query.cursor is None else rows.storyboard_id_from_film(query.cursor)
        page, cursor = await asset_queries.load_storyboard_page(
            snapshot, account, limit=query.limit, before=before
        )
        films = await load_films(snapshot, account, page)
    return Reply(
        body=FilmPage(
            data=[renderer.render_head(film) for film in films],
            next_cursor=None if cursor is None else rows.film_id_from_storyboard(cursor),
        )
    )


def _read_new_board(body: CreateFilm) -> Storyboard:
    """Return the storyboard of a new film, checked; it is empty without document and script.

    Raises:
        StoryboardSyntax, InvalidInput: script or document are not valid.
    """
    board = body.document or Storyboard(title=UNTITLED)
    if body.script is not None:
        board = parse_script(body.script).document
    if body.title is not None:
        board = board.model_copy(update={"title": body.title})
    return check_storyboard(board, "script" if body.script is not None else "document")


@operation(
    "POST",
    FILMS_PATH,
    tag="studio",
    response=Film,
    status=CREATED,
    scopes=SCOPES,
    idempotent=True,
    body_bytes=BODY_BYTES,
    prepare=_read_new_board,
    problems=(NotFound, ProjectArchived, StorageQuotaExceeded, StoryboardSyntax),
)
async def create_film(
    caller: Caller,
    body: CreateFilm,
    prepared: Storyboard,
    session: Session,
    documents: Documents,
    ids: Ids,
) -> Reply:
    """Create a film of a document, of a script, or empty; or read that of an existing storyboard.

    A script that cannot be parsed is 422 with `line`.
    """
    account, project_id, board = caller.ledger_account, body.project_id, prepared
    asset_id = body.storyboard_asset_id
    if asset_id is None:
        if project_id is None:
            project_id = (await projects.ensure_default_project(session, ids, account)).id
        created = await documents.create(
            session,
            caller,
            kind="storyboard",
            project_id=project_id,
            name=board.title,
            content=dump_storyboard(board),
        )
        asset_id = created.asset.id
    film = await load_film(session, account, asset_id)
    renderer = FilmRenderer(documents.urls, documents.database.clock.now())
    return _build_reply(renderer, film)


@operation(
    "PATCH",
    FILMS_PATH,
    tag="studio",
    response=Film,
    scopes=SCOPES,
    if_match=True,
    problems=SAVE_PROBLEMS,
)
async def update_film(
    call: Call, caller: Caller, body: ChangeFilm, session: Session, documents: Documents
) -> Reply:
    """Change the title or the cut of a film.

    `If-Match` is the `etag` of the film you read. If somebody has changed it since, the answer is
    412 with `currentEtag`. The storyboard stays the script: a cut changes nothing in it.
    """
    expected, account = parse_if_match(call.headers), caller.ledger_account
    asset_id = rows.storyboard_id_from_film(body.film_id)
    # Locked before the film is read: of two changes of one version, the second is refused.
    await lock_shelf(session, account)
    film = await load_film(session, account, asset_id)
    if film.etag not in expected:
        raise VersionConflict(currentEtag=film.etag, currentVersion=film.version)
    if "cut" in body.model_fields_set:
        cut = body.cut
        if cut is not None:
            check_cut(cut, film.board)
        await rows.save_cut(session, asset_id, None if cut is None else dump_cut(cut))
    if body.title is not None and body.title != film.board.title:
        board = film.written.model_copy(update={"title": body.title})
        await documents.save(
            session, caller, asset_id, "storyboard", dump_storyboard(board), expected=None
        )
        await rows.raise_version(session, asset_id)
    session.expire_all()
    renderer = FilmRenderer(documents.urls, documents.database.clock.now())
    return _build_reply(renderer, await load_film(session, account, asset_id))


@operation(
    "POST",
    f"{FILMS_PATH}/thread",
    tag="studio",
    response=Thread,
    scopes=SCOPES,
    problems=(NotFound, ProjectArchived),
)
async def create_film_thread(
    caller: Caller, body: CreateFilmThread, session: Session, ids: Ids
) -> Thread:
    """Return the thread of a film's talk; the first call creates it.

    It stays that of the film when the film is renamed. Once it is archived, the next call creates
    another.
    """
    account, asset_id = caller.ledger_account, rows.storyboard_id_from_film(body.film_id)
    await lock_shelf(session, account)  # two first calls get the same thread
    film = await load_film(session, account, asset_id)
    if film.thread_id is not None:
        return threads.render_thread(await threads.load_thread(session, account, film.thread_id))
    thread = await threads.create(session, ids, account, film.asset.project_id, film.board.title)
    await rows.save_thread(session, asset_id, thread.id)
    return threads.render_thread(thread)


async def load_film(session: Session, account: int, storyboard_id: str) -> LoadedFilm:
    """Return the film of a storyboard.

    Raises:
        NotFound: the account has no such film.
    """
    try:
        asset = await load_document_asset(session, account, storyboard_id, ("storyboard",))
    except NotFound:
        raise NotFound("There is no such film.", field="filmId") from None
    (film,) = await load_films(session, account, [asset])
    return film


def _build_reply(renderer: FilmRenderer, film: LoadedFilm) -> Reply:
    body = renderer.render_film(film)
    return Reply(body=body, headers={"ETag": film.etag}, resource_id=film.film_id)
