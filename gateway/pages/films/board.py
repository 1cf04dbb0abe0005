"""The board of a film: scenes of cards, edited in place, moved, and made into takes.

Without a script each form posts and the page is rendered again; with one only the board is swapped,
or, after a text was saved, no more than the words "Saved".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import InvalidInput, NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.wire.json_text import JsonObject
from gateway.pages.dialogs import next_form_key
from gateway.pages.films.board_acts import BoardAct, plan_act
from gateway.pages.films.board_cards import ShownBoard, keep_written
from gateway.pages.films.board_fields import FORM_FIELDS, FieldConflict, read_shot_form
from gateway.pages.films.board_moves import (
    Choice,
    Link,
    plan_return,
)
from gateway.pages.films.board_place import BoardPlace, FindPlace
from gateway.pages.films.board_reader import BoardReader
from gateway.pages.films.board_takes import BoardTakes
from gateway.pages.films.board_writer import (
    FIELDS_CHANGED,
    BoardWriter,
)
from gateway.pages.films.film_frame import FilmFrame
from gateway.pages.films.script import plan_idea, split_idea
from gateway.pages.films.talk import TalkPages
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import TEXT_LIMITS, StudioClient
from gateway.pages.toasts import Toast, ToastAction, add_toast
from gateway.studio.errors import VersionConflict
from gateway.studio.storyboards.model import Storyboard

CHOICE_HINT = "Both texts are beside each other in its card."


class BrokenLinks(Exception):  # noqa: N818 - a question, not an error
    """A change would break links between shots, and nobody has chosen yet what becomes of them."""

    def __init__(self, links: Sequence[Link], act: BoardAct) -> None:
        """Keep the links and the change."""
        super().__init__()
        self.links, self.act = links, act


class BoardPages:
    """The views of a board."""

    def __init__(
        self,
        client: OperationClient,
        root: str,
        find_place: FindPlace,
    ) -> None:
        self._client, self._root, self._find_place = client, root, find_place
        self._studio = StudioClient(client)
        self._writer, self._takes = BoardWriter(client), BoardTakes(client)
        self._reader, self._frame = BoardReader(client), FilmFrame(client)
        self._talk = TalkPages(client, root, self._find_place)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._client.person_view
        return [
            Route(
                self._root, person(self.answer_board), methods=["GET", "POST"], limits=TEXT_LIMITS
            ),
        ]

    async def answer_board(self, request: Request, caller: Caller) -> Response:
        """Show a board, or carry out a form; a refused form keeps what was typed."""
        place = await self._find_place(request, caller)
        if request.method != "POST":
            return await self._show_board(request, caller, place, {})
        posted = await self._studio.read_form(request)
        try:
            return await self._act(request, caller, place, posted)
        except BrokenLinks as question:
            return await self._ask_about_links(request, caller, place, posted, question)
        except Problem as refused:
            if posted.get("decision") == "shot" and "hx-request" in request.headers:
                raise
            return await self._show_board(request, caller, place, posted, refused)

    async def _act(
        self, request: Request, caller: Caller, place: BoardPlace, posted: Mapping[str, str]
    ) -> Response:
        """Carry out a form; return the answer to it.

        Raises:
            Problem: any refusal.
            BrokenLinks: it would break links between shots.
        """
        match posted.get("decision"):
            case "shot":
                return await self._save_card(request, caller, place, posted)
            case "scene":
                return await self._save_scene(request, caller, place, posted)
            case "split":
                return await self._split_idea(request, caller, place, posted)
            case "ask":
                page = await self._talk.ask(request, caller, posted, posted.get("idea", ""))
                return self._lead_to(request, page)
            case "make" | "render":
                return await self._make_takes(request, caller, place, posted)
        return await self._change(request, caller, place, posted)

    async def _make_takes(
        self, request: Request, caller: Caller, place: BoardPlace, posted: Mapping[str, str]
    ) -> Response:
        """Make one take at the price that its button showed, or lead to a plan with the price.

        Raises:
            Problem: any refusal.
        """
        one = posted.get("decision") == "make"
        make = self._takes.make_take if one else self._takes.prepare_takes
        if page := await make(request, caller, place.asset_id, posted):
            return self._lead_to(request, page)
        return await self._follow(request, caller, place, f"shot-{posted.get('shotId')}")

    def _lead_to(self, request: Request, page: str) -> Response:
        """Lead to another page, also a script that would swap only a part."""
        path = get_shell(request).to(page)
        if "hx-request" in request.headers:
            return Response(headers={"HX-Redirect": path})
        return see_other(path)

    async def _save_card(
        self, request: Request, caller: Caller, place: BoardPlace, posted: Mapping[str, str]
    ) -> Response:
        """Save the fields of a card; a script gets the card's new state, else the page follows.

        Raises:
            Problem: any refusal.
        """
        conflicts = await self._writer.change_shot(request, caller, place, "card", posted)
        shot_id = posted.get("shotId", "")
        if "hx-request" not in request.headers:
            if conflicts:
                problem = VersionConflict(FIELDS_CHANGED, hint=CHOICE_HINT)
                return await self._show_board(request, caller, place, posted, problem, conflicts)
            return see_other(f"{get_shell(request).to(place.path)}#shot-{shot_id}")
        values = await self._reader.read_values(request, caller, place, only=shot_id)
        card = values["shown"].find_card(shot_id)
        if card is None:
            raise NotFound
        if not conflicts:
            values |= await self._read_actions(request, caller)
            return render_page(request, "films/board_saved.html", card=card, **values)
        keep_written(card, read_shot_form(posted, FORM_FIELDS["card"]), conflicts)
        headers = {"HX-Retarget": f"#form-{shot_id}", "HX-Reswap": "outerHTML"}
        return render_page(
            request,
            "films/board_form.html",
            problem=VersionConflict(FIELDS_CHANGED, hint=CHOICE_HINT),
            headers=headers,
            card=card,
            **values,
        )

    async def _read_actions(self, request: Request, caller: Caller) -> dict[str, Any]:
        """Read the film after a change, and what rendering it costs now."""
        film = await self._frame.read_film(request, caller)
        return await self._frame.build_values(film, caller, "board")

    async def _save_scene(
        self, request: Request, caller: Caller, place: BoardPlace, posted: Mapping[str, str]
    ) -> Response:
        """Save the heading of a scene.

        Raises:
            Problem: any refusal; also if somebody else changed the heading to another.
        """
        scene_id, heading = posted.get("sceneId", ""), posted.get("heading", "").strip()

        def plan_edits(document: Storyboard) -> list[JsonObject]:
            scene = next((each for each in document.scenes if each.id == scene_id), None)
            if scene is None or (scene.heading or "") not in {posted.get("was", ""), heading}:
                raise VersionConflict(
                    f"The scene is called “{scene.heading if scene else ''}” now."
                )
            return [
                {
                    "op": "putScene",
                    "scene": {"id": scene_id, "notes": scene.notes, "heading": heading or None},
                }
            ]

        await self._writer.change_order(request, caller, place, posted.get("etag", ""), plan_edits)
        return await self._follow(request, caller, place, f"scene-{scene_id}")

    async def _split_idea(
        self, request: Request, caller: Caller, place: BoardPlace, posted: Mapping[str, str]
    ) -> Response:
        """Make a shot of each sentence of an idea.

        Raises:
            Problem: any refusal.
        """
        sentences = split_idea(posted.get("idea", ""))
        await self._writer.change_order(
            request,
            caller,
            place,
            posted.get("etag", ""),
            lambda document: plan_idea(document, sentences),
        )
        return await self._follow(request, caller, place, "board")

    async def _change(
        self, request: Request, caller: Caller, place: BoardPlace, posted: Mapping[str, str]
    ) -> Response:
        """Move, add, copy, delete or bring back shots and scenes, or choose a take.

        Raises:
            Problem: any refusal.
            BrokenLinks: it would break links between shots.
        """
        verb, *ids = (posted.get("act") or posted.get("dragged") or "").split(" ")
        act, etag = BoardAct(verb, ids), posted.get("etag", "")
        if verb == "choose" and len(ids) > 1:
            chosen = {"shotId": act.first, "take": ids[1], "etag": etag}
            if await self._writer.change_shot(request, caller, place, "take", chosen):
                raise VersionConflict("Somebody else chose another take meanwhile.")
            return await self._follow(request, caller, place, f"shot-{act.first}")
        if verb == "undo":
            return await self._bring_back(request, caller, place, act, etag)
        choice = _read_choice(posted)
        made: list[str] = []

        def plan_edits(document: Storyboard) -> list[JsonObject]:
            change = plan_act(document, act, choice, made)
            if change.broken:
                raise BrokenLinks(change.broken, act)
            return change.edits

        before = await self._writer.change_order(request, caller, place, etag, plan_edits)
        if verb in {"delete", "clear"}:
            return await self._follow(request, caller, place, "", undo=str(before))
        if made:
            return await self._follow(request, caller, place, made[-1], focus=made[-1])
        return await self._follow(request, caller, place, f"shot-{act.first}")

    async def _bring_back(
        self, request: Request, caller: Caller, place: BoardPlace, act: BoardAct, etag: str
    ) -> Response:
        """Bring back what was deleted after a version.

        Raises:
            Problem: any refusal.
        """
        if not act.first.isdecimal():
            raise InvalidInput("There is nothing to bring back.")
        before = await self._writer.read_board(request, caller, place, int(act.first[:9]))
        await self._writer.change_order(
            request,
            caller,
            place,
            etag,
            lambda document: plan_return(before.document, document),
        )
        answer = await self._follow(request, caller, place, "")
        answer.headers["HX-Reswap"] = "outerMorph"  # what is written on other cards stays
        return answer

    async def _ask_about_links(
        self,
        request: Request,
        caller: Caller,
        place: BoardPlace,
        posted: Mapping[str, str],
        question: BrokenLinks,
    ) -> Response:
        """Ask what becomes of shots that continue others; nothing is changed yet."""
        values = await self._reader.read_values(request, caller, place)
        numbers = {card.id: card.number for card in values["shown"].cards}
        link, others = question.links[0], len(question.links) - 1
        dialog = "hx-request" in request.headers
        headers = {"HX-Retarget": "#ask-body", "HX-Reswap": "innerHTML"} if dialog else {}
        title = f"Shot {numbers[link.shot_id]} continues shot {numbers[link.from_shot_id]}"
        return render_page(
            request,
            "parts/ask.html" if dialog else "ask.html",
            headers=headers,
            title=title,
            part="films/board_question.html",
            dialog=dialog,
            others=others,
            deletes=question.act.verb != "move",
            act=posted.get("act") or posted.get("dragged"),
            **values,
        )

    async def _follow(
        self,
        request: Request,
        caller: Caller,
        place: BoardPlace,
        at: str,
        *,
        undo: str = "",
        focus: str = "",
    ) -> Response:
        """Answer a change: a script gets the board, a browser is led to the shot or scene.

        `focus` is what was made just now, and is written into next.
        """
        if "hx-request" in request.headers:
            return await self._show_board(request, caller, place, {}, undo=undo, focus=focus)
        to = get_shell(request).to
        if undo:
            return see_other(to(place.path, undo=undo))
        return see_other(f"{to(place.path)}{f'#{at}' if at else ''}")

    async def _show_board(
        self,
        request: Request,
        caller: Caller,
        place: BoardPlace,
        posted: Mapping[str, str],
        problem: Problem | None = None,
        conflicts: Sequence[FieldConflict] = (),
        *,
        undo: str = "",
        focus: str = "",
    ) -> Response:
        """Render the page of a board, or for a script the board alone."""
        values = await self._reader.read_values(request, caller, place)
        shown: ShownBoard = values["shown"]
        card = shown.find_card(posted.get("shotId", ""))
        if card is not None and posted.get("decision") == "shot":
            keep_written(card, read_shot_form(posted, FORM_FIELDS["card"]), conflicts)
        base_key = posted.get("idempotencyKey", "").removesuffix(f"-{posted.get('shotId')}")
        part = "hx-request" in request.headers
        undo = undo or request.query_params.get("undo", "")
        values |= {
            "key": next_form_key({"idempotencyKey": base_key} if base_key else {}, problem),
            "undo": await self._reader.find_undo(request, caller, place, values["board"], undo),
            "focus": focus,
            "idea": posted.get("idea", ""),
            "refresh": any(each.is_making for each in shown.cards),
            "is_part": part,
        }
        if part or request.method == "POST":
            values |= await self._read_actions(request, caller)
        if not shown.cards:
            values |= await self._reader.read_agent_limit(request, caller, values)
        if part:
            values["balance"] = await self._reader.read_balance(request, caller)
        template = "films/board_body.html" if part else "films/board.html"
        if not part or values["undo"] is None:
            return render_page(request, template, problem=problem, **values)
        gone, values["undo"] = values["undo"], None
        answer = render_page(request, template, problem=problem, **values)
        fields = {"act": f"undo {gone['version']}", "etag": values["board"].etag}
        action = ToastAction(
            words="Undo", post=get_shell(request).act(place.path), fields=fields, target="board"
        )
        return add_toast(request, answer, Toast(words=gone["words"], action=action))


def _read_choice(posted: Mapping[str, str]) -> Choice:
    match posted.get("links"):
        case "both":
            return "both"
        case "cut":
            return "cut"
    return ""
