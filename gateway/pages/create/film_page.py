"""Adding a result to a film: a clip as the take of a new shot, a picture as its first frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.media import operations as media
from gateway.pages.create.result_page import ResultPage
from gateway.pages.create.result_view import TITLE_CHARACTERS, describe_title
from gateway.pages.create.results import RESULT_PATH, Result
from gateway.pages.dialogs import render_dialog
from gateway.pages.media import job_view
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.films import operations as films
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.storyboards.model import Storyboard
from gateway.studio.storyboards.schemas import StoryboardShown

SHOT_FIELDS = {"video": "take", "image": "startFrame"}
FIRST_SCENE = "scene_1"
ACTION_CHARACTERS = 2_000
MOST_FILMS = "48"


@dataclass(frozen=True, slots=True)
class FilmPlace:
    """A place in a film: before a shot, or at the end if `shot_id` is empty."""

    shot_id: str
    words: str


class FilmPage:
    """The views that add a result to a film."""

    def __init__(self, client: OperationClient, results: ResultPage) -> None:
        self._client = client
        self._studio = StudioClient(client)
        self._results = results

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        answer = self._client.person_view(self.answer_film)
        return [Route(f"{RESULT_PATH}/film", answer, methods=["GET", "POST"])]

    async def answer_film(self, request: Request, caller: Caller) -> Response:
        """Ask for the film and the place in it, or add the result there."""
        result = await self._results.load_result(request, caller)
        if not result.stored or result.output is None or result.output["kind"] not in SHOT_FIELDS:
            raise NotFound("This result is no longer stored, so no film can show it.")
        if request.method != "POST":
            return await self._ask(request, caller, result, request.query_params)
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        posted = await read_form(request)
        try:
            if posted.get("film"):
                film_id = await self._add_to_film(request, caller, result, posted)
            else:
                film_id = await self._create_film(request, caller, result, posted)
        except Problem as problem:
            return await self._ask(request, caller, result, posted, problem)
        return see_other(get_shell(request).to(f"/films/{film_id}"))

    async def _ask(
        self,
        request: Request,
        caller: Caller,
        result: Result,
        asked: Mapping[str, str],
        problem: Problem | None = None,
    ) -> Response:
        places: Sequence[FilmPlace] = ()
        film, listed = None, []
        if asked.get("film"):
            film = await self._studio.read(films.get_films, request, caller, filmId=asked["film"])
            board = await self._read_board(request, caller, film["storyboardAssetId"])
            places = list_places(board.document)
        else:
            page = await self._studio.read(films.get_films, request, caller, limit=MOST_FILMS)
            listed = page["data"]
        return render_dialog(
            request,
            "create/film_ask.html",
            title=f"Add to {film['title']}" if film else "Add to film",
            problem=problem,
            result=result,
            films=listed,
            film=film,
            spots=places,
            place=asked.get("place", ""),
            film_title=asked.get("title", describe_title(result.job, result.output)),
        )

    async def _read_board(self, request: Request, caller: Caller, asset_id: str) -> StoryboardShown:
        board: StoryboardShown = await self._client.read_model(
            storyboards.get_storyboard, request, caller, assetId=asset_id
        )
        return board

    async def _create_film(
        self, request: Request, caller: Caller, result: Result, posted: Mapping[str, str]
    ) -> str:
        """Create a film with one shot that shows the result; return its id."""
        title = posted.get("title", "").strip() or describe_title(result.job, result.output)
        body = {"title": title[:TITLE_CHARACTERS]}
        film = await self._client.call_from_form(films.create_film, request, caller, body)
        return await self._add_to_film(request, caller, result, {"film": film["filmId"]})

    async def _add_to_film(
        self, request: Request, caller: Caller, result: Result, posted: Mapping[str, str]
    ) -> str:
        """Add a shot that shows the result at the place of the form; return the film's id."""
        film_id = posted["film"]
        film = await self._studio.read(films.get_films, request, caller, filmId=film_id)
        board = await self._read_board(request, caller, film["storyboardAssetId"])
        shot = await self._build_shot(request, caller, result, film["projectId"])
        edit = plan_edit(board.document, shot, posted.get("place", ""))
        await self._studio.write(
            storyboards.save_storyboard,
            request,
            caller,
            {"assetId": film["storyboardAssetId"], "operations": [edit]},
            seen_etag=board.etag,
        )
        return film_id

    async def _build_shot(
        self, request: Request, caller: Caller, result: Result, project_id: str
    ) -> dict[str, Any]:
        """Keep the result, for a film shows only what is kept, and build the shot that shows it."""
        kept = await self._client.call_from_form(
            media.keep_asset, request, caller, {**result.reference, "projectId": project_id}
        )
        field = SHOT_FIELDS[result.output["kind"] if result.output else "video"]
        prompt = job_view.get_prompt(result.job["effectiveInput"])
        action = {"action": prompt[:ACTION_CHARACTERS]} if prompt else {}
        return {field: f"asset://{kept['assetId']}", **action}


def list_places(board: Storyboard) -> list[FilmPlace]:
    """List the places of a film, the end first."""
    shots = [shot for scene in board.scenes for shot in scene.shots]
    places = [FilmPlace("", "At the end")]
    for number, shot in enumerate(shots, 1):
        words = shot.title or shot.action or shot.prompt or ""
        words = words if len(words) <= TITLE_CHARACTERS else f"{words[:TITLE_CHARACTERS]} …"
        places.append(FilmPlace(shot.id, f"Before shot {number}{f': {words}' if words else ''}"))
    return places


def plan_edit(board: Storyboard, fields: Mapping[str, Any], before: str) -> dict[str, Any]:
    """Plan the edit that adds a shot with these fields before another one, or at the end."""
    taken = {shot.id for scene in board.scenes for shot in scene.shots}
    free = (f"shot_{number}" for number in range(1, len(taken) + 2))
    shot = {"id": next(name for name in free if name not in taken), **fields}
    if not board.scenes:
        return {"op": "putScene", "scene": {"id": FIRST_SCENE, "shots": [shot]}}
    for scene in board.scenes:
        if before and before in {each.id for each in scene.shots}:
            return {"op": "putShot", "sceneId": scene.id, "shot": shot, "beforeShotId": before}
    return {"op": "putShot", "sceneId": board.scenes[-1].id, "shot": shot}
