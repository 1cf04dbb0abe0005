"""The finished film: a player with its facts and chapters, and the way to a first or newer one."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.answers import WireAnswer
from gateway.pages.dialogs import next_form_key
from gateway.pages.films.film_frame import FILM_PATH, FilmFrame
from gateway.pages.films.film_words import build_filename, format_clock, format_length
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.films.schemas import Film
from gateway.studio.plans import film_operations
from gateway.studio.plans import operations as plans
from gateway.studio.plans.errors import PlanAlreadyExecuted
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.states import PlanState

MOST_DRIFT_SECONDS = 0.1
JOIN, REPLACED = "video.combine", "A newer plan renders the same film."
MOST_PENDING = 100
MOST_SECONDS = 3_600  # longer than any film


@dataclass(frozen=True, slots=True)
class Chapter:
    """A shot of the finished film: where it begins, and what it is called."""

    number: int
    at: float
    clock: str
    length: str
    words: str


class WatchPages:
    """The views of the finished film."""

    def __init__(self, client: OperationClient) -> None:
        self._studio, self._client, self._frame = StudioClient(client), client, FilmFrame(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        view = self._client.person_view(self.answer_watch)
        return [Route(f"{FILM_PATH}/watch", view, methods=["GET", "POST"])]

    async def answer_watch(self, request: Request, caller: Caller) -> Response:
        """Show the finished film, or prepare the plan that renders it."""
        problem: Problem | None = None
        posted: Mapping[str, str] = {}
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            try:
                return see_other(await self._prepare(request, caller, posted))
            except Problem as refused:
                problem = refused
        film = await self._frame.read_film(request, caller)
        final = film.final_output
        return render_page(
            request,
            "films/watch.html",
            problem=problem,
            **await self._frame.build_values(film, caller, "watch"),
            final=final,
            length="" if film.seconds is None else format_length(film.seconds),
            filename=build_filename(film.title),
            chapters=list_chapters(film, await self._frame.list_shot_words(request, caller, film)),
            start=read_start(request.query_params.get("at", "")),
            key=next_form_key(posted, problem),
        )

    async def _prepare(self, request: Request, caller: Caller, posted: Mapping[str, str]) -> str:
        """Prepare the render; return the page on which it is approved."""
        body = {"filmId": request.path_params["film_id"]}
        key = posted.get("idempotencyKey")
        handler = film_operations.prepare_film_render
        plan = await self._studio.write(handler, request, caller, body, key=key)
        await self._reject_older(request, caller, plan)
        return get_shell(request).to(f"/plans/{plan['planId']}")

    async def _reject_older(self, request: Request, caller: Caller, plan: WireAnswer) -> None:
        """Reject the pending plans of the same film that the person prepared before this one."""
        reader: PlanReader = self._client.ports.get(PlanReader)
        query = {"state": PlanState.PENDING, "limit": str(MOST_PENDING)}
        page = await self._client.read_wire(plans.get_plans, request, caller, **query)
        ids = [plan["planId"], *(each["planId"] for each in page["data"])]
        boards = await reader.list_storyboard_ids(caller, ids)
        for older in page["data"]:
            if (
                older["planId"] < plan["planId"]
                and older["origin"] == "session"
                and (JOIN in older["operations"] or older["operations"] == plan["operations"])
                and boards.get(older["planId"]) == boards[plan["planId"]]
            ):
                body = {"planId": older["planId"], "reason": REPLACED}
                # Another tab may have approved it in the meantime: then it stays.
                with suppress(PlanAlreadyExecuted):
                    await self._studio.write(plans.reject_plan, request, caller, body)


def list_chapters(film: Film, words: Mapping[str, str]) -> Sequence[Chapter]:
    """Return the shots of the finished film, none if its cut has changed since it was rendered."""
    lengths = [clip.seconds for clip in film.cut]
    known = [length for length in lengths if length is not None]
    if film.seconds is None or len(known) != len(lengths):
        return ()
    if abs(sum(known) - film.seconds) > MOST_DRIFT_SECONDS:
        return ()
    chapters, at = [], 0.0
    for number, (clip, length) in enumerate(zip(film.cut, known, strict=True), 1):
        name = words.get(clip.shot_id or "", "")
        chapters.append(
            Chapter(number, round(at, 2), format_clock(at), format_length(length), name)
        )
        at += length
    return chapters


def read_start(text: str) -> str:
    """Read the second that the player begins at, for its address; empty without one."""
    try:
        at = float(text)
    except ValueError:
        return ""
    return f"#t={at:g}" if 0 < at < MOST_SECONDS else ""
