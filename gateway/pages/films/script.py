"""The script of a film: its storyboard as text, and the first shots from an idea."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import InvalidInput, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.wire.json_text import JsonObject
from gateway.pages.dialogs import next_form_key
from gateway.pages.films.board_place import BoardPlace, FindPlace
from gateway.pages.films.board_writer import BoardWriter, make_free_id
from gateway.pages.operation_client import OperationClient, build_call_headers
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import TEXT_LIMITS, StudioClient
from gateway.studio.errors import VersionConflict
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.storyboards.model import Storyboard

MARKDOWN_HEADERS = {"accept": "text/markdown"}
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"”)])\s+|\n+")
MOST_IDEA_SHOTS = 50
TEXT_HINT = "Your text is in its field, theirs beside it; yours was not saved."


class ScriptPages:
    """The views of the script of a board."""

    def __init__(
        self,
        client: OperationClient,
        root: str,
        find_place: FindPlace,
    ) -> None:
        self._client, self._root, self._find_place = client, root, find_place
        self._studio, self._writer = StudioClient(client), BoardWriter(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, both = self._client.person_view, ["GET", "POST"]
        script = person(self.answer_script)
        return [
            Route(f"{self._root}/script", script, methods=both, limits=TEXT_LIMITS),
            Route(f"{self._root}/markdown", person(self.download_markdown), methods=["GET"]),
        ]

    async def answer_script(self, request: Request, caller: Caller) -> Response:
        """Show a script, or save it as a new version; a refused text stays in its field."""
        place = await self._find_place(request, caller)
        problem: Problem | None = None
        posted: Mapping[str, str] = {}
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            body = {"assetId": place.asset_id, "text": posted.get("text", "")}
            key, etag = posted.get("idempotencyKey"), posted.get("etag", "")
            try:
                answer = await self._studio.write(
                    storyboards.import_storyboard, request, caller, body, key=key, seen_etag=etag
                )
            except Problem as refused:
                problem = refused
            else:
                if not answer["warnings"]:
                    return see_other(get_shell(request).to(place.path))
                return await self._show_script(request, caller, place, {}, None, answer["warnings"])
        return await self._show_script(request, caller, place, posted, problem, ())

    async def _show_script(
        self,
        request: Request,
        caller: Caller,
        place: BoardPlace,
        posted: Mapping[str, str],
        problem: Problem | None,
        warnings: Any,  # noqa: ANN401 - as the operation lists them
    ) -> Response:
        board = await self._writer.read_board(request, caller, place)
        text = (await self._export_text(request, caller, place)).body.decode()
        conflict = isinstance(problem, VersionConflict)
        if conflict:
            detail = f"Somebody else saved version {board.version} meanwhile. It is shown here."
            problem = VersionConflict(detail, hint=TEXT_HINT)
        return render_page(
            request,
            "films/script.html",
            problem=problem,
            board=board,
            here=place.path,
            **{**place.frame, "tab": "script"},
            warnings=warnings,
            text=posted.get("text") or text,
            now=text if conflict else "",
            key=next_form_key(posted, problem),
        )

    async def download_markdown(self, request: Request, caller: Caller) -> Response:
        """Download a script as Markdown."""
        place = await self._find_place(request, caller)
        await self._writer.read_board(request, caller, place)
        answer = await self._export_text(request, caller, place)
        return Response(answer.body, headers=PRIVATE_HEADERS | dict(answer.headers))

    async def _export_text(self, request: Request, caller: Caller, place: BoardPlace) -> Any:  # noqa: ANN401
        return await self._client.call_operation(
            storyboards.export_storyboard,
            request,
            None,
            caller,
            query={"assetId": place.asset_id},
            headers=build_call_headers(request) | MARKDOWN_HEADERS,
        )


def split_idea(idea: str) -> list[str]:
    """Split an idea into its sentences, word for word.

    Raises:
        InvalidInput: there are none, or too many for one film.
    """
    sentences = [each.strip() for each in SENTENCE_END.split(idea) if each.strip()]
    if not sentences:
        raise InvalidInput("Write a sentence or two first.")
    if len(sentences) > MOST_IDEA_SHOTS:
        raise InvalidInput(f"At most {MOST_IDEA_SHOTS} sentences can become shots at once.")
    return sentences


def plan_idea(document: Storyboard, sentences: list[str]) -> list[JsonObject]:
    """Plan the edits that add a shot for each sentence to the last scene, or to a first one."""
    scenes, shots = [each.id for each in document.scenes], [each.id for each in document.shots()]
    scene_id = scenes[-1] if scenes else make_free_id("scene", [])
    edits: list[JsonObject] = []
    if not scenes:
        edits.append({"op": "putScene", "scene": {"id": scene_id}})
    for sentence in sentences:
        shots.append(make_free_id("shot", shots))
        shot = {"id": shots[-1], "action": sentence}
        edits.append({"op": "putShot", "sceneId": scene_id, "shot": shot})
    return edits
