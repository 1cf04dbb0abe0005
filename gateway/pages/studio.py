"""Pages of the studio's projects: threads, storyboards and files in them."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import NotFound, Problem
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.library import operations as library
from gateway.library.kinds import VISUAL_KINDS
from gateway.media import operations as media
from gateway.pages.asking import next_key
from gateway.pages.job_view import size_of
from gateway.pages.plan_cards import PlanCards
from gateway.pages.render import PRIVATE, page, see_other
from gateway.pages.session import Desk
from gateway.pages.shell import shell_of
from gateway.pages.studio_desk import PROJECT, STUDIO, TEXT, StudioDesk
from gateway.pages.uploading import UPLOAD, told
from gateway.studio.snapshots import operations as snapshots
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.threads import operations as threads

# Reasons against the agent that no person can change on this page.
NEVER = frozenset({"no_model_key", "not_in_test_mode"})


class StudioPages:
    """The views of the studio's projects."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._studio = StudioDesk(desk)
        self._cards = PlanCards(desk)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, both = self._desk.for_person, ["GET", "POST"]
        return [
            Route(STUDIO, person(self.projects), methods=both),
            Route(f"{STUDIO}/preview", person(self.preview), methods=["GET"]),
            Route(PROJECT, person(self.project), methods=both, limits=TEXT),
            Route(f"{PROJECT}/upload", person(self.upload), methods=["POST"], limits=UPLOAD),
        ]

    async def projects(self, request: Request, caller: Caller) -> Response:
        """Show all projects, or create one."""
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._studio.posted(request)
            body = {"name": posted.get("name", "")}
            try:
                project = await self._studio.write(
                    library.create_project, request, caller, body, key=posted.get("idempotencyKey")
                )
                path = f"{STUDIO}/{project['projectId']}"
                return see_other(shell_of(request).to(path))
            except Problem as refused:
                problem = refused
        snapshot = await self._studio.read(snapshots.get_snapshot, request, caller)
        quota = snapshot["quota"]
        return page(
            request,
            "studio.html",
            problem=problem,
            projects=snapshot["projects"],
            waiting=await self._cards.waiting(request, caller),
            kept=f"{size_of(quota['bytes'])} of {size_of(quota['bytesMax'])}",
            name=posted.get("name", ""),
            key=next_key(posted, problem),
        )

    async def project(self, request: Request, caller: Caller) -> Response:
        """Show a project, or create a thread or a storyboard in it."""
        project_id = request.path_params["project_id"]
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._studio.posted(request)
            try:
                path = await self._made(request, caller, project_id, posted)
                return see_other(shell_of(request).to(path))
            except Problem as refused:
                problem = refused
        snapshot = await self._studio.read(
            snapshots.get_snapshot, request, caller, projectId=project_id
        )
        matching = (each for each in snapshot["projects"] if each["projectId"] == project_id)
        if (
            project := next(matching, None)
        ) is None:  # it exists, but a snapshot has the newest only
            raise NotFound("This project is too old to show here.", hint="Read it over the API.")
        cursor = request.query_params.get("cursor", "")
        query = {"projectId": project_id, "limit": "48"} | ({"cursor": cursor} if cursor else {})
        assets = await self._studio.read(library.list_assets, request, caller, **query)
        return page(
            request,
            "project.html",
            problem=problem,
            project=project,
            threads=snapshot["threads"],
            answers=snapshot["agent"]["reason"] not in NEVER,
            assets=[
                each | {"size": size_of(each["bytes"]), "seen": each["kind"] in VISUAL_KINDS}
                for each in assets["data"]
            ],
            next_cursor=assets["nextCursor"],
            text=posted.get("text", ""),
            key=next_key(posted, problem),
        )

    async def _made(
        self, request: Request, caller: Caller, project_id: str, posted: dict[str, str]
    ) -> str:
        """Create a thread, or a storyboard from a text; return the path of its page."""
        body, key = {"projectId": project_id}, posted.get("idempotencyKey")
        if "talk" in posted:
            created = await self._studio.write(
                threads.create_thread, request, caller, body, key=key
            )
            return f"{STUDIO}/{project_id}/{created['threadId']}"
        body |= {"text": posted.get("text", "")}
        created = await self._studio.write(
            storyboards.import_storyboard, request, caller, body, key=key
        )
        return f"{STUDIO}/{project_id}/boards/{created['assetId']}"

    async def upload(self, request: Request, caller: Caller) -> Response:
        """Take a file into a project."""
        self._desk.callers.site.refuse_cross_site(request.method, request.headers)
        query = {
            "projectId": request.path_params["project_id"],
            "filename": request.query_params.get("filename", ""),
        }
        return await told(
            self._desk.carry_out(
                library.upload_asset, request, None, caller, query=query, stream=request.stream
            )
        )

    async def preview(self, request: Request, caller: Caller) -> Response:
        """Show a small picture of an asset or output."""
        query = {"ref": request.query_params.get("ref", "")}
        picture = await self._desk.carry_out(media.get_preview, request, None, caller, query=query)
        return Response(picture.body, headers=PRIVATE | dict(picture.headers))
