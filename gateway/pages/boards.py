"""The pages of storyboards: shots with their takes, reordered, out and in as text.

A storyboard is changed only by whoever saw its newest version.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Problem
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.pages.render import PRIVATE, page, see_other
from gateway.pages.session import Desk, page_headers
from gateway.pages.shell import shell_of
from gateway.pages.studio_desk import PROJECT, TEXT, StudioDesk, belongs
from gateway.studio.storyboards import operations as storyboards

# What may be absent in a storyboard, because it is empty.
OF_SHOT = ("title", "status", "action", "prompt", "take", "durationFrames")
CAMERA = ("size", "angle", "movement", "lens")
MARKDOWN = {"accept": "text/markdown"}


class BoardPages:
    """The views; each asks operations through the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._studio = StudioDesk(desk)
        self._ids: Ids = desk.ports.get(Ids)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, board = self._desk.for_person, f"{PROJECT}/boards/{{asset_id}}"
        return [
            Route(board, person(self.board), methods=["GET", "POST"], limits=TEXT),
            Route(f"{board}/markdown", person(self.markdown), methods=["GET"]),
        ]

    async def board(self, request: Request, caller: Caller) -> Response:
        """Show a storyboard, move a shot, or replace it by a text; an older one loses nothing."""
        asset_id = request.path_params["asset_id"]
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._studio.posted(request)
            if "move" in posted:
                return await self._move(request, caller, posted)
            given = {"assetId": asset_id, "text": posted.get("text", "")}
            try:
                await self._studio.write(
                    storyboards.import_storyboard,
                    request,
                    caller,
                    given,
                    key=posted.get("idempotencyKey"),
                    seen=posted.get("etag", ""),
                )
                return see_other(shell_of(request).to(request.url.path))
            except Problem as refused:
                problem = refused
        return await self._board(request, caller, problem, posted.get("text", ""))

    async def _move(self, request: Request, caller: Caller, posted: dict[str, str]) -> Response:
        """Move a shot: `move` is its id, its scene's, and of the shot before which it goes."""
        shot_id, scene_id, before = [*posted["move"].split(" "), "", ""][:3]
        operation = {"op": "moveShot", "shotId": shot_id, "sceneId": scene_id}
        operation |= {"beforeShotId": before} if before else {}
        given = {"assetId": request.path_params["asset_id"], "operations": [operation]}
        seen = posted.get("etag", "")
        try:
            await self._studio.write(storyboards.save_storyboard, request, caller, given, seen=seen)
        except Problem as problem:
            return await self._board(request, caller, problem)
        return see_other(f"{shell_of(request).to(request.url.path)}#shot-{shot_id}")

    async def _board(
        self, request: Request, caller: Caller, problem: Problem | None, text: str = ""
    ) -> Response:
        asset_id = request.path_params["asset_id"]
        found = await self._studio.read(
            storyboards.get_storyboard, request, caller, assetId=asset_id
        )
        belongs(request, found)
        takes: dict[str, list[Any]] = {}
        for take in found["takes"]:
            source = f"asset://{take['assetId']}" if take["assetId"] else f"job://{take['jobId']}/0"
            takes.setdefault(take["shotId"], []).append(take | {"source": source})
        return page(
            request,
            "board.html",
            problem=problem,
            board=found,
            document=_whole(found["document"]),
            takes=takes,
            text=text or (await self._text(request, caller, asset_id)).decode(),
            key=self._ids.new("run"),
        )

    async def markdown(self, request: Request, caller: Caller) -> Response:
        """Give out a storyboard as a file."""
        query = {"assetId": request.path_params["asset_id"]}
        found = await self._desk.carry_out(
            storyboards.export_storyboard,
            request,
            None,
            caller,
            query=query,
            headers=page_headers(request) | MARKDOWN,
        )
        return Response(found.body, headers=PRIVATE | dict(found.headers))

    async def _text(self, request: Request, caller: Caller, asset_id: str) -> bytes:
        found = await self._desk.carry_out(
            storyboards.export_storyboard,
            request,
            None,
            caller,
            query={"assetId": asset_id},
            headers=page_headers(request) | MARKDOWN,
        )
        return found.body


def _whole(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a storyboard as its page shows it, with nothing absent."""
    return {
        "logline": "",
        **document,
        "scenes": [
            {
                "heading": scene["id"],
                **scene,
                "shots": _moving(scene["id"], list(map(_shot, scene.get("shots", ())))),
            }
            for scene in document.get("scenes", ())
        ],
    }


def _shot(shot: Mapping[str, Any]) -> dict[str, Any]:
    lines = [{"parenthetical": "", **line} for line in shot.get("dialogue", ())]
    camera = [str(shot[name]).replace("_", " ") for name in CAMERA if name in shot]
    return dict.fromkeys(OF_SHOT, "") | dict(shot) | {"dialogue": lines, "camera": camera}


def _moving(scene_id: str, shots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the shots of a scene, each with what moves it up and down, where it can."""
    ids = [shot["id"] for shot in shots]
    for place, shot in enumerate(shots):
        beyond = ids[place + 2] if place + 2 < len(ids) else ""
        move = f"{shot['id']} {scene_id}"
        shot["up"] = f"{move} {ids[place - 1]}" if place else ""
        shot["down"] = f"{move} {beyond}".rstrip() if place + 1 < len(ids) else ""
    return shots
