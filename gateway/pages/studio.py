"""The pages of the studio: projects, what lies in them, what was said, storyboards.

They show, reorder, export and import; talking with the agent is done over the API and MCP. A
storyboard is changed only by whoever saw its newest version.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit import wire
from gateway.kit.errors import InvalidInput, NotFound, Problem
from gateway.kit.http_guard import RouteLimits
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.library import operations as library
from gateway.media import operations as media
from gateway.pages.job_view import size_of
from gateway.pages.render import PRIVATE, page, see_other
from gateway.pages.session import Desk, form, page_headers
from gateway.pages.shell import shell_of
from gateway.pages.uploading import UPLOAD, told
from gateway.studio.snapshots import operations as snapshots
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.threads import operations as threads

STUDIO = "/studio"
TEXT = RouteLimits(body_bytes=4 * 2**20)  # a mebibyte of text, as a form writes it
SEEN = frozenset({"image", "video"})
# What may be absent in a storyboard, because it is empty.
OF_SHOT = ("title", "status", "action", "prompt", "take", "durationFrames")
CAMERA = ("size", "angle", "movement", "lens")
MARKDOWN = {"accept": "text/markdown"}


class StudioPages:
    """The views; each asks operations through the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ids: Ids = desk.ports.get(Ids)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, both = self._desk.for_person, ["GET", "POST"]
        one = f"{STUDIO}/{{project_id}}"
        board = f"{one}/boards/{{asset_id}}"
        return [
            Route(STUDIO, person(self.projects), methods=both),
            Route(f"{STUDIO}/preview", person(self.preview), methods=["GET"]),
            Route(one, person(self.project), methods=both, limits=TEXT),
            Route(board, person(self.board), methods=both, limits=TEXT),
            Route(f"{board}/markdown", person(self.markdown), methods=["GET"]),
            Route(f"{one}/upload", person(self.upload), methods=["POST"], limits=UPLOAD),
            Route(f"{one}/{{thread_id}}", person(self.thread), methods=["GET"]),
        ]

    async def projects(self, request: Request, caller: Caller) -> Response:
        """Show all projects, or make one."""
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._posted(request)
            given = {"name": posted.get("name", "")}
            try:
                made = await self._write(library.create_project, request, caller, given, posted)
                path = f"{STUDIO}/{made['projectId']}"
                return see_other(shell_of(request).to(path))
            except Problem as refused:
                problem = refused
        found = await self._read(snapshots.get_snapshot, request, caller)
        return page(
            request,
            "studio.html",
            problem=problem,
            projects=found["projects"],
            plans=found["pendingPlans"],
            kept=f"{size_of(found['quota']['bytes'])} of {size_of(found['quota']['bytesMax'])}",
            name=posted.get("name", ""),
            key=self._ids.new("run"),
        )

    async def project(self, request: Request, caller: Caller) -> Response:
        """Show a project, or make a storyboard in it of a text."""
        project_id = request.path_params["project_id"]
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._posted(request)
            given = {"projectId": project_id, "text": posted.get("text", "")}
            try:
                made = await self._write(
                    storyboards.import_storyboard, request, caller, given, posted
                )
                path = f"{STUDIO}/{project_id}/boards/{made['assetId']}"
                return see_other(shell_of(request).to(path))
            except Problem as refused:
                problem = refused
        found = await self._read(snapshots.get_snapshot, request, caller, projectId=project_id)
        cursor = request.query_params.get("cursor", "")
        query = {"projectId": project_id, "limit": "48"} | ({"cursor": cursor} if cursor else {})
        assets = await self._read(library.list_assets, request, caller, **query)
        return page(
            request,
            "project.html",
            problem=problem,
            project=next(each for each in found["projects"] if each["projectId"] == project_id),
            threads=found["threads"],
            assets=[
                each | {"size": size_of(each["bytes"]), "seen": each["kind"] in SEEN}
                for each in assets["data"]
            ],
            next_cursor=assets["nextCursor"],
            text=posted.get("text", ""),
            key=self._ids.new("run"),
        )

    async def upload(self, request: Request, caller: Caller) -> Response:
        """Take a file into a project."""
        self._desk.callers.site.refuse_foreign(request.method, request.headers)
        query = {
            "projectId": request.path_params["project_id"],
            "filename": request.query_params.get("filename", ""),
        }
        return await told(
            self._desk.carry_out(
                library.upload_asset, request, None, caller, query=query, stream=request.stream
            )
        )

    async def thread(self, request: Request, caller: Caller) -> Response:
        """Show what was said in a thread."""
        query = {"threadId": request.path_params["thread_id"]}
        if before := request.query_params.get("before"):
            query["before"] = before
        found = await self._read(threads.get_thread, request, caller, **query)
        self._belongs(request, found)
        return page(request, "thread.html", thread=found)

    async def board(self, request: Request, caller: Caller) -> Response:
        """Show a storyboard, move a shot, or replace it by a text; an older one loses nothing."""
        asset_id = request.path_params["asset_id"]
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._posted(request)
            if "move" in posted:
                return await self._move(request, caller, posted)
            given = {"assetId": asset_id, "text": posted.get("text", "")}
            try:
                await self._write(
                    storyboards.import_storyboard,
                    request,
                    caller,
                    given,
                    posted,
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
            await self._write(
                storyboards.save_storyboard, request, caller, given, posted, seen=seen
            )
        except Problem as problem:
            return await self._board(request, caller, problem)
        return see_other(f"{shell_of(request).to(request.url.path)}#shot-{shot_id}")

    async def _board(
        self, request: Request, caller: Caller, problem: Problem | None, text: str = ""
    ) -> Response:
        asset_id = request.path_params["asset_id"]
        found = await self._read(storyboards.get_storyboard, request, caller, assetId=asset_id)
        self._belongs(request, found)
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

    async def preview(self, request: Request, caller: Caller) -> Response:
        """Give out a small picture of an asset or output."""
        query = {"ref": request.query_params.get("ref", "")}
        found = await self._desk.carry_out(media.get_preview, request, None, caller, query=query)
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

    async def _posted(self, request: Request) -> dict[str, str]:
        self._desk.callers.site.refuse_foreign(request.method, request.headers)
        return {name: text.replace("\r\n", "\n") for name, text in (await form(request)).items()}

    async def _write(
        self,
        handler: Any,  # noqa: ANN401 - an operation
        request: Request,
        caller: Caller,
        given: Mapping[str, Any],
        posted: Mapping[str, str],
        *,
        seen: str | None = None,
    ) -> dict[str, Any]:
        await self._desk.count("submit", caller)
        made = await self._desk.carry_out(
            handler,
            request,
            given,
            caller,
            headers=page_headers(request) | ({} if seen is None else {"if-match": seen}),
            idempotency_key=posted.get("idempotencyKey"),
        )
        found: dict[str, Any] = wire.parse(made.body)
        return found

    async def _read(
        self,
        handler: Any,  # noqa: ANN401 - an operation
        request: Request,
        caller: Caller,
        **query: str,
    ) -> dict[str, Any]:
        """Return what an operation reads; an id that is none leads nowhere.

        Raises:
            NotFound: there is no such thing of this person.
        """
        try:
            read = await self._desk.carry_out(handler, request, None, caller, query=query)
        except InvalidInput as error:
            raise NotFound from error
        found: dict[str, Any] = wire.parse(read.body)
        return found

    def _belongs(self, request: Request, found: Mapping[str, Any]) -> None:
        if found["projectId"] != request.path_params["project_id"]:
            raise NotFound


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
