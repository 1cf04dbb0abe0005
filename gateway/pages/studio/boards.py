"""Pages of storyboards: order, edit and render shots, compare takes, export and import text.

Every form carries the ETag of the version it shows: a change of an older one is refused, so no
person overwrites what another has saved meanwhile.
"""

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.library import operations as library
from gateway.media import operations as media
from gateway.pages.answers import StoryboardAnswer, TakeAnswer
from gateway.pages.dialogs import next_form_key
from gateway.pages.operation_client import OperationClient, build_call_headers
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio import board_view
from gateway.pages.studio.studio_client import (
    PROJECT_PATH,
    TEXT_LIMITS,
    StudioClient,
    check_project,
)
from gateway.studio.errors import VersionConflict
from gateway.studio.plans import render_operations as rendering
from gateway.studio.storyboards import operations as storyboards

MOST_DIGITS = 9
MARKDOWN_HEADERS = {"accept": "text/markdown"}
# The fate of a form that was sent for an older version, by what the form holds.
CONFLICT_HINTS = {
    "text": "Your text is in its field, theirs beside it; yours was not saved.",
    "shot": "Your changes are in this form; they were not saved.",
    "": "Nothing was changed; repeat it if you still want to.",
}


class ShotEdit(TypedDict):
    """A change of one shot: new fields, or a new place."""

    op: Literal["moveShot", "patchShot"]
    shotId: str
    sceneId: NotRequired[str]
    beforeShotId: NotRequired[str]
    fields: NotRequired[Mapping[str, str | None]]


class BoardPages:
    """The views of a storyboard and its takes."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._studio = StudioClient(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, board = self._client.person_view, f"{PROJECT_PATH}/boards/{{asset_id}}"
        return [
            Route(board, person(self.answer_board), methods=["GET", "POST"], limits=TEXT_LIMITS),
            Route(f"{board}/markdown", person(self.download_markdown), methods=["GET"]),
            Route(f"{board}/shots/{{shot_id}}", person(self.show_takes), methods=["GET"]),
        ]

    async def answer_board(self, request: Request, caller: Caller) -> Response:
        """Show a storyboard, or carry out a form; a refused form keeps what was typed."""
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            try:
                return see_other(await self._act(request, caller, posted))
            except Problem as refused:
                problem = refused
        return await self._show_board(request, caller, problem, posted)

    async def _act(self, request: Request, caller: Caller, posted: Mapping[str, str]) -> str:
        """Carry out a form; return the address of the page that follows."""
        here = get_shell(request).to(request.url.path)
        if "move" in posted:
            return await self._edit_shot(request, caller, posted, _parse_move(posted["move"]))
        match posted.get("decision"):
            case "shot":
                fields = {name: posted.get(name) or None for name in board_view.WRITTEN_FIELDS}
                return await self._edit_shot(request, caller, posted, _build_patch(posted, fields))
            case "take":
                fields = {"take": posted.get("take")}
                return await self._edit_shot(request, caller, posted, _build_patch(posted, fields))
            case "render":
                return await self._prepare_render(request, caller, posted)
        body = {"assetId": request.path_params["asset_id"], "text": posted.get("text", "")}
        key, etag = posted.get("idempotencyKey"), posted.get("etag", "")
        await self._studio.write(
            storyboards.import_storyboard, request, caller, body, key=key, seen_etag=etag
        )
        return here

    async def _edit_shot(
        self, request: Request, caller: Caller, posted: Mapping[str, str], edit: ShotEdit
    ) -> str:
        """Change a shot in the version that the form showed; return the address of the shot."""
        body = {"assetId": request.path_params["asset_id"], "operations": [edit]}
        etag = posted.get("etag", "")
        await self._studio.write(storyboards.save_storyboard, request, caller, body, seen_etag=etag)
        return f"{get_shell(request).to(request.url.path)}#shot-{edit['shotId']}"

    async def _prepare_render(
        self, request: Request, caller: Caller, posted: Mapping[str, str]
    ) -> str:
        """Prepare a plan that renders the shots; return the page on which it is approved."""
        takes = posted.get("takesPerShot", "1")
        body = {
            "assetId": request.path_params["asset_id"],
            "mode": posted.get("mode", "missing"),
            "takesPerShot": int(takes) if takes.isdecimal() and len(takes) < MOST_DIGITS else takes,
        }
        key = posted.get("idempotencyKey")
        plan = await self._studio.write(rendering.prepare_render, request, caller, body, key=key)
        return f"/plans/{plan['planId']}"

    async def _show_board(
        self,
        request: Request,
        caller: Caller,
        problem: Problem | None,
        posted: Mapping[str, str],
    ) -> Response:
        asset_id = request.path_params["asset_id"]
        storyboard = await self._get_storyboard(request, caller, asset_id)
        text = (await self._export_text(request, caller, asset_id)).decode()
        scenes, logline = board_view.to_shown_scenes(storyboard, posted)
        kept_form = (
            "text" if "text" in posted else "shot" if posted.get("decision") == "shot" else ""
        )
        conflict = isinstance(problem, VersionConflict)
        if conflict:
            problem = VersionConflict(
                f"Somebody else saved version {storyboard['version']} meanwhile. It is shown here.",
                hint=CONFLICT_HINTS[kept_form],
            )
        return render_page(
            request,
            "board.html",
            problem=problem,
            board=storyboard,
            scenes=scenes,
            logline=logline,
            statuses=board_view.STATUSES,
            conflict=conflict,
            text=posted.get("text") or text,
            now=text if kept_form == "text" and conflict else "",
            kept=kept_form,
            bare=sum(not shot["take"] for scene in scenes for shot in scene["shots"]),
            key=next_form_key(posted, problem),
        )

    async def _get_storyboard(
        self, request: Request, caller: Caller, asset_id: str
    ) -> StoryboardAnswer:
        """Return a storyboard of the project in the address.

        Raises:
            NotFound: the project has no storyboard of this id.
        """
        answer = await self._studio.read(
            storyboards.get_storyboard, request, caller, assetId=asset_id
        )
        check_project(request, answer)
        return cast("StoryboardAnswer", answer)

    async def show_takes(self, request: Request, caller: Caller) -> Response:
        """Show the takes of a shot side by side."""
        asset_id, shot_id = request.path_params["asset_id"], request.path_params["shot_id"]
        storyboard = await self._get_storyboard(request, caller, asset_id)
        scenes, _ = board_view.to_shown_scenes(storyboard)
        shots = (shot for scene in scenes for shot in scene["shots"] if shot["id"] == shot_id)
        if (shot := next(shots, None)) is None:
            raise NotFound("There is no such shot.", hint="It may have been removed.")
        takes = [
            {**take, "url": await self._find_take_url(request, caller, take)}
            for take in board_view.list_finished_takes(shot["takes"])
        ]
        return render_page(request, "takes.html", board=storyboard, shot=shot, takes=takes)

    async def _find_take_url(self, request: Request, caller: Caller, take: TakeAnswer) -> str:
        """Return the URL of the file of a take; empty if the file is no longer kept."""
        try:
            if take["assetId"]:
                query = {"assetId": take["assetId"]}
                asset = await self._studio.read(library.get_asset, request, caller, **query)
                return asset["downloadUrl"] or ""
            job = await self._studio.read(media.get_job, request, caller, jobId=take["jobId"])
        except NotFound:
            return ""
        return next((each["url"] or "" for each in job["outputs"]), "")

    async def download_markdown(self, request: Request, caller: Caller) -> Response:
        """Download a storyboard as Markdown."""
        query = {"assetId": request.path_params["asset_id"]}
        answer = await self._client.call_operation(
            storyboards.export_storyboard,
            request,
            None,
            caller,
            query=query,
            headers=build_call_headers(request) | MARKDOWN_HEADERS,
        )
        return Response(answer.body, headers=PRIVATE_HEADERS | dict(answer.headers))

    async def _export_text(self, request: Request, caller: Caller, asset_id: str) -> bytes:
        answer = await self._client.call_operation(
            storyboards.export_storyboard,
            request,
            None,
            caller,
            query={"assetId": asset_id},
            headers=build_call_headers(request) | MARKDOWN_HEADERS,
        )
        return answer.body


def _parse_move(button_value: str) -> ShotEdit:
    """Parse the move of a button: the shot, its new scene and, if any, the shot to go before."""
    shot_id, scene_id, before = [*button_value.split(" "), "", ""][:3]
    move: ShotEdit = {"op": "moveShot", "shotId": shot_id, "sceneId": scene_id}
    if before:
        move["beforeShotId"] = before
    return move


def _build_patch(posted: Mapping[str, str], fields: Mapping[str, str | None]) -> ShotEdit:
    return {"op": "patchShot", "shotId": posted.get("shotId", ""), "fields": fields}
