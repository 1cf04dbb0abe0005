"""The talk of a film: the agent knows its storyboard, and the shot that a message is about.

A film has one thread, which begins with the first message and stays when the film is renamed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.answers import SnapshotAnswer, WireAnswer
from gateway.pages.films.board_cards import Card, build_board
from gateway.pages.films.board_place import BoardPlace, FindPlace
from gateway.pages.films.board_writer import BoardWriter
from gateway.pages.operation_client import OperationClient
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import TEXT_LIMITS, StudioClient
from gateway.pages.studio.threads import STREAM_LIMITS, ThreadPages, ThreadValues
from gateway.studio.films import operations as films
from gateway.studio.films.schemas import Film
from gateway.studio.snapshots import operations as snapshots
from gateway.studio.storyboards.schemas import StoryboardShown

STARTERS: Final = (
    "Write the next three shots.",
    "Make the words of every shot shorter and plainer.",
    "Suggest a move of the camera for each shot.",
)
IDEA_MESSAGE = (
    "Write the shots of this film from my idea, and propose to save them in its storyboard.\n\n"
)
MOST_SHOWN_WORDS = 80


@dataclass(slots=True)
class FilmTalk:
    """The talk that a request is about."""

    place: BoardPlace
    board: StoryboardShown
    cards: list[Card]
    snapshot: WireAnswer
    film: Film

    def describe_context(self, shot_id: str) -> str:
        """Describe for the agent what a message is about."""
        film = f"the film “{self.board.document.title}” (its storyboard is attached)"
        card = next((each for each in self.cards if each.id == shot_id), None)
        if card is None:
            return f"About {film}."
        words = card.title or card.form["action"] or card.form["prompt"] or "still empty"
        return f"About shot {card.number} (“{words[:MOST_SHOWN_WORDS]}”) of {film}."


class TalkPages(ThreadPages):
    """The views of the talk of a film."""

    def __init__(
        self,
        client: OperationClient,
        root: str,
        find_place: FindPlace,
    ) -> None:
        super().__init__(client)
        self._pages, self._root, self._find_place = client, root, find_place

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, talk = self._pages.person_view, f"{self._root}/talk"
        answer = f"{talk}/requests/{{request_id}}"
        return [
            Route(talk, person(self.answer_talk), methods=["GET", "POST"], limits=TEXT_LIMITS),
            Route(answer, person(self.show_reply), methods=["GET"]),
            Route(
                f"{answer}/events",
                person(self.stream_events),
                methods=["GET"],
                limits=STREAM_LIMITS,
            ),
        ]

    def get_way_back(self, request: Request) -> str:
        """Return the address of the film."""
        return get_shell(request).to(request.url.path.rpartition("/")[0])

    async def answer_talk(self, request: Request, caller: Caller) -> Response:
        """Show the talk of a film, or carry out one of its forms."""
        await self._find_talk(request, caller)
        return await self.answer_thread(request, caller)

    async def show_reply(self, request: Request, caller: Caller) -> Response:
        """Render the current state of one answer for htmx; a browser gets the whole talk."""
        await self._find_talk(request, caller)
        return await self.show_answer(request, caller)

    async def ask(
        self, request: Request, caller: Caller, posted: Mapping[str, str], idea: str
    ) -> str:
        """Ask the agent to write the shots of an idea; return the address of the talk.

        Raises:
            Problem: any refusal.
        """
        talk = await self._find_talk(request, caller)
        await self.send_message(request, caller, dict(posted) | {"content": IDEA_MESSAGE + idea})
        return f"{talk.place.path}/talk"

    async def _find_talk(self, request: Request, caller: Caller) -> FilmTalk:
        """Find the talk of the film in the address, and keep it for this request."""
        place = await self._find_place(request, caller)
        board = await BoardWriter(self._pages).read_board(request, caller, place)
        snapshot = await StudioClient(self._pages).read(
            snapshots.get_snapshot, request, caller, projectId=board.project_id
        )
        film: Film = place.frame["film"]
        talk = FilmTalk(place, board, build_board(board).cards, snapshot, film)
        request.scope["state"]["talk"] = talk
        return talk

    async def get_thread_id(self, request: Request, caller: Caller) -> str:
        """Return the thread of the film; the first message creates it."""
        talk = _get_talk(request)
        if talk.film.thread_id is None:
            body = {"filmId": talk.film.film_id}
            key = f"{request.scope['state']['request_id']}-talk"
            made = await StudioClient(self._pages).write(
                films.create_film_thread, request, caller, body, key=key
            )
            talk.film = talk.film.model_copy(update={"thread_id": made["threadId"]})
        return str(talk.film.thread_id)

    def get_project_id(self, request: Request) -> str:
        """Return the project of the film."""
        return _get_talk(request).board.project_id

    def get_template(self, request: Request) -> str:
        """Return the template of the talk: a script puts it beside the board."""
        return "films/talk_body.html" if "hx-request" in request.headers else "films/talk.html"

    def build_message(self, request: Request, posted: Mapping[str, str]) -> tuple[str, list[str]]:
        """Build a message: its words, what it is about, and the storyboard as an attachment."""
        talk = _get_talk(request)
        content, attachments = super().build_message(request, posted)
        context = talk.describe_context(posted.get("about", ""))
        words = f"{content}\n\n{context}" if content.strip() else content
        return words, list(dict.fromkeys([talk.board.asset_id, *attachments]))

    async def read_snapshot(self, request: Request, _caller: Caller) -> SnapshotAnswer:
        """Return what the studio shows around the talk."""
        return cast("SnapshotAnswer", _get_talk(request).snapshot)

    async def read_thread(self, request: Request, caller: Caller) -> ThreadValues:
        """Read the talk and build the values that its page shows."""
        talk = _get_talk(request)
        values: dict[str, Any]
        if talk.film.thread_id is not None:
            values = dict(await super().read_thread(request, caller))
        else:
            thread: WireAnswer = {
                "threadId": "",
                "projectId": talk.board.project_id,
                "title": talk.board.document.title,
                "messages": [],
                "previousCursor": None,
            }
            values = {"thread": thread, "messages": [], "cards": {}, "going": []}
            values |= {"older": None, "refresh": False}
        said = request.query_params.get("say", "")
        values |= {
            "here": f"{talk.place.path}/talk",
            "embedded": True,
            "board": talk.board,
            "about": talk.cards,
            "about_shot": request.query_params.get("about", ""),
            "starters": STARTERS,
            "starter": STARTERS[int(said)] if said in {"0", "1", "2"} else "",
            **talk.place.frame,
            "tab": "talk",
        }
        return cast("ThreadValues", values)


def _get_talk(request: Request) -> FilmTalk:
    talk: FilmTalk = request.scope["state"]["talk"]
    return talk
