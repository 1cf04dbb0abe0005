"""The operation that prepares the plan which renders a film."""

from gateway.kit.errors import ConcurrencyLimited, NotFound, Problem
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.media.errors import ContentRejected, MediaNotFound, NoPrice
from gateway.studio.documents.operations import SCOPES
from gateway.studio.documents.versions import Documents
from gateway.studio.errors import ShotIncomplete
from gateway.studio.films import rows
from gateway.studio.films.cut import build_film_steps
from gateway.studio.films.operations import CREATED, FILMS_PATH, load_film
from gateway.studio.films.schemas import PrepareFilmRender
from gateway.studio.plans import operations as plans
from gateway.studio.plans.preparation.preparer import PlanPreparer
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.render_operations import build_plan_request, name_shots
from gateway.studio.plans.schemas import Plan


@operation(
    "POST",
    f"{FILMS_PATH}/prepare-render",
    tag="studio",
    response=Plan,
    status=CREATED,
    limit="quote",
    scopes=SCOPES,
    seconds=90,
    problems=(
        NotFound,
        ShotIncomplete,
        ConcurrencyLimited,
        NoPrice,
        MediaNotFound,
        ContentRejected,
    ),
)
async def prepare_film_render(
    call: Call,
    caller: Caller,
    body: PrepareFilmRender,
    documents: Documents,
    preparer: PlanPreparer,
    reader: PlanReader,
) -> Reply:
    """Create one plan that renders a film, at an exact price; free.

    It makes the missing takes of the cut, then joins it with `video.combine`. Execute it like any
    plan. When it ends, the film has its `finalOutput`, `poster` and `seconds`.
    """
    # Before the film is read: a repeated request gets its plan, even if the cut has changed since.
    if (known := await preparer.find_replay(call, body)) is not None:
        return await plans.build_prepared_reply(known, caller, reader)
    storyboard_id = rows.storyboard_id_from_film(body.film_id)
    async with documents.database.read() as snapshot:
        film = await load_film(snapshot, caller.ledger_account, storyboard_id)
    planned = build_film_steps(film.board, film.cut)
    request = build_plan_request(film.board.title, film.asset.project_id, planned)
    try:
        prepared = await preparer.prepare(
            call, caller, request, storyboard_id=storyboard_id, original_request=body
        )
    except Problem as problem:
        name_shots(problem, planned)
        raise
    return await plans.build_prepared_reply(prepared, caller, reader)
