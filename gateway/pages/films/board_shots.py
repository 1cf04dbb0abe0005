"""Everything about one shot: its details, its card alone, and its takes side by side."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.dialogs import is_in_dialog
from gateway.pages.films.board_cards import Card, ShownTake, keep_written
from gateway.pages.films.board_fields import FORM_FIELDS, FieldConflict, read_shot_form
from gateway.pages.films.board_place import FindPlace
from gateway.pages.films.board_reader import BoardReader
from gateway.pages.films.board_takes import BoardTakes
from gateway.pages.films.board_writer import FIELDS_CHANGED, BoardWriter
from gateway.pages.films.film_frame import FilmFrame
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import TEXT_LIMITS, StudioClient
from gateway.studio.errors import VersionConflict

CHOICE_HINT = "Yours is in the field, theirs below it."
MOST_COMPARED, USUALLY_COMPARED = 4, 2


class ShotPages:
    """The views of one shot of a board."""

    def __init__(
        self,
        client: OperationClient,
        root: str,
        find_place: FindPlace,
    ) -> None:
        self._client, self._root, self._find_place = client, root, find_place
        self._reader, self._takes = BoardReader(client), BoardTakes(client)
        self._frame = FilmFrame(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, shot = self._client.person_view, f"{self._root}/shots/{{shot_id}}"
        both = ["GET", "POST"]
        return [
            Route(shot, person(self.answer_details), methods=both, limits=TEXT_LIMITS),
            Route(f"{shot}/card", person(self.show_card), methods=["GET"]),
            Route(f"{shot}/takes", person(self.compare_takes), methods=["GET"]),
        ]

    async def answer_details(self, request: Request, caller: Caller) -> Response:
        """Show everything about one shot, or save it."""
        place = await self._find_place(request, caller)
        shot_id = request.path_params["shot_id"]
        problem: Problem | None = None
        posted: Mapping[str, str] = {}
        conflicts: Sequence[FieldConflict] = ()
        if request.method == "POST":
            posted = await StudioClient(self._client).read_form(request) | {"shotId": shot_id}
            try:
                conflicts = await BoardWriter(self._client).change_shot(
                    request, caller, place, "details", posted
                )
            except Problem as refused:
                problem = refused
            if problem is None and not conflicts:
                return see_other(f"{get_shell(request).to(place.path)}#shot-{shot_id}")
            problem = problem or VersionConflict(FIELDS_CHANGED, hint=CHOICE_HINT)
        values = await self._reader.read_values(request, caller, place, only=shot_id)
        card = _find_card(values["shown"].find_card(shot_id))
        if posted:
            keep_written(card, read_shot_form(posted, FORM_FIELDS["details"]), conflicts)
        dialog = is_in_dialog(request)
        return render_page(
            request,
            "parts/ask.html" if dialog else "ask.html",
            problem=problem,
            title=f"Shot {card.number}",
            part="films/board_details.html",
            dialog=dialog,
            card=card,
            files=await self._reader.list_pictures(request, caller, values["board"].project_id),
            **values,
        )

    async def show_card(self, request: Request, caller: Caller) -> Response:
        """Render one card for htmx: its form, or its takes while one is made."""
        place = await self._find_place(request, caller)
        shot_id = request.path_params["shot_id"]
        if "hx-request" not in request.headers:
            return see_other(f"{get_shell(request).to(place.path)}#shot-{shot_id}")
        values = await self._reader.read_values(request, caller, place, only=shot_id)
        card = _find_card(values["shown"].find_card(shot_id))
        part = "takes" if "takes" in request.query_params else "form"
        if part == "takes":
            values["takes_balance"] = await self._reader.read_balance(request, caller)
        if part == "takes" and not card.is_making:
            film = await self._frame.read_film(request, caller)
            values |= await self._frame.build_values(film, caller, "board")
            values["swaps_actions"] = True
        return render_page(request, f"films/board_{part}.html", card=card, **values)

    async def compare_takes(self, request: Request, caller: Caller) -> Response:
        """Show takes of a shot side by side; `with` in the address names their numbers."""
        place = await self._find_place(request, caller)
        values = await self._reader.read_values(request, caller, place, "none")
        card = _find_card(values["shown"].find_card(request.path_params["shot_id"]))
        compared = _choose_takes(card, request.query_params.getlist("with"))
        urls = {
            take.number: await self._takes.find_take_url(request, caller, take) for take in compared
        }
        return render_page(
            request, "films/board_compare.html", card=card, compared=compared, urls=urls, **values
        )


def _find_card(card: Card | None) -> Card:
    """Return a card that is there.

    Raises:
        NotFound: there is no such shot.
    """
    if card is None:
        raise NotFound("There is no such shot.", hint="It may have been removed.")
    return card


def _choose_takes(card: Card, numbers: Sequence[str]) -> list[ShownTake]:
    """Choose the takes to compare: those of these numbers, else the chosen one and the newest."""
    finished = card.finished
    if named := [take for take in finished if str(take.number) in numbers]:
        return named[:MOST_COMPARED]
    newest = [take for take in reversed(finished) if not take.is_chosen]
    usual = [*(take for take in finished if take.is_chosen), *newest][:USUALLY_COMPARED]
    return sorted(usual, key=lambda take: take.number)
