"""The list of films, and a new one: of an idea, of a script, or empty."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.dialogs import next_form_key
from gateway.pages.films.film_frame import FILMS_PATH
from gateway.pages.films.film_ideas import build_idea_document
from gateway.pages.films.film_words import describe_film
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import TEXT_LIMITS, StudioClient
from gateway.studio.films import operations as films
from gateway.studio.films.schemas import FilmPage

FILMS_A_PAGE = "24"
SCRIPT_KEY_SUFFIX = "-script"  # two forms of one page, each with a key of its own


class FilmListPages:
    """The views of all films."""

    def __init__(self, client: OperationClient) -> None:
        self._client, self._studio = client, StudioClient(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        view = self._client.person_view(self.answer_films)
        return [Route(FILMS_PATH, view, methods=["GET", "POST"], limits=TEXT_LIMITS)]

    async def answer_films(self, request: Request, caller: Caller) -> Response:
        """Show the films as cards, or make a new one."""
        problem: Problem | None = None
        posted: Mapping[str, str] = {}
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            try:
                return see_other(await self._create_film(request, caller, posted))
            except Problem as refused:
                problem = refused
        cursor = request.query_params.get("cursor", "")
        query = {"limit": FILMS_A_PAGE} | ({"cursor": cursor} if cursor else {})
        answer = await self._studio.read(films.get_films, request, caller, **query)
        page = FilmPage.model_validate(answer)
        return render_page(
            request,
            "films/films.html",
            problem=problem,
            films=[describe_film(film) for film in page.data],
            next_cursor=page.next_cursor,
            older=bool(cursor),
            posted=posted,
            key=next_form_key(posted, problem).removesuffix(SCRIPT_KEY_SUFFIX),
            script_suffix=SCRIPT_KEY_SUFFIX,
        )

    async def _create_film(
        self, request: Request, caller: Caller, posted: Mapping[str, str]
    ) -> str:
        """Create a film; return the address of its board."""
        body: dict[str, object] = {}
        match posted.get("make"):
            case "script":
                body["script"] = posted.get("script", "")
            case "idea":
                body["document"] = build_idea_document(posted.get("idea", ""))
        key = posted.get("idempotencyKey")
        film = await self._studio.write(films.create_film, request, caller, body, key=key)
        return get_shell(request).to(f"{FILMS_PATH}/{film['filmId']}")
