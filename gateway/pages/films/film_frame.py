"""The frame of a film's pages: the film in the address, its tabs, and the price of a render."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from gateway.kit.operation import Caller
from gateway.kit.wire.plain_text import shorten_text
from gateway.pages.films.board_place import BoardPlace
from gateway.pages.operation_client import OperationClient
from gateway.pages.person_words import reword_for_person
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.agent.messages import Agent
from gateway.studio.documents.versions import Documents
from gateway.studio.films import operations as films
from gateway.studio.films.schemas import Film
from gateway.studio.plans.film_prices import FilmPrice, FilmPricer
from gateway.studio.plans.preparation.preparer import PlanPreparer
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.storyboards.schemas import StoryboardShown

FILMS_PATH = "/films"
FILM_PATH = f"{FILMS_PATH}/{{film_id}}"
FRAME = "films/film.html"
MOST_WORDS = 90


@dataclass(frozen=True, slots=True)
class FilmFrame:
    """Reads the film that a page shows, for the person who is signed in."""

    client: OperationClient

    async def read_film(self, request: Request, caller: Caller) -> Film:
        """Read the film in the address.

        Raises:
            NotFound: the person has no such film.
        """
        query = {"filmId": request.path_params["film_id"]}
        answer = await StudioClient(self.client).read(films.get_films, request, caller, **query)
        return Film.model_validate(answer)

    async def find_place(self, request: Request, caller: Caller) -> BoardPlace:
        """Find the board of the film in the address.

        A part of a page, and a form, need no price: pricing measures every clip.
        """
        film = await self.read_film(request, caller)
        is_page = request.method == "GET" and "hx-request" not in request.headers
        values = await self.build_values(film, caller, "", priced=is_page)
        values.pop("tab")
        return BoardPlace(
            build_film_path(film), film.storyboard_asset_id, frame={**values, "frame": FRAME}
        )

    async def build_values(
        self, film: Film, caller: Caller, tab: str, *, priced: bool = True
    ) -> dict[str, Any]:
        """Return what `films/film.html` shows: the film, the open tab, the price of a render."""
        agent: Agent = self.client.ports.get(Agent)
        pricer = FilmPricer(self.client.ports.get(Documents), self.client.ports.get(PlanPreparer))
        price = FilmPrice()
        if priced and film.rendering_plan_id is None:
            price = await pricer.price_render(caller, film.storyboard_asset_id)
        return {
            "film": film,
            "tab": tab,
            "talks": agent.has_key and (caller.book == "live" or agent.in_test_mode),
            "film_path": build_film_path(film),
            "render_microusd": price.microusd,
            "render_problem": reword_for_person(price.problem),
        }

    async def list_shot_words(self, request: Request, caller: Caller, film: Film) -> dict[str, str]:
        """Return what happens in each shot, in a few words, by its id."""
        board: StoryboardShown = await self.client.read_model(
            storyboards.get_storyboard, request, caller, assetId=film.storyboard_asset_id
        )
        return {
            shot.id: shorten_text(
                shot.title or shot.action or shot.prompt or f"Shot {number}", MOST_WORDS
            )
            for number, shot in enumerate(board.document.shots(), 1)
        }


def build_film_path(film: Film) -> str:
    """Return the path of the first page of a film: its board."""
    return f"{FILMS_PATH}/{film.film_id}"
