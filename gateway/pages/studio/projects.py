"""Pages of the studio's projects: threads, storyboards and files in them."""

from collections.abc import Sequence
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.library import operations as library
from gateway.library.asset_queries import list_newest_assets
from gateway.library.kinds import VISUAL_KINDS
from gateway.media import operations as media
from gateway.pages.dialogs import next_form_key
from gateway.pages.media.job_view import format_bytes
from gateway.pages.media.upload_answers import UPLOAD_LIMITS, render_upload
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.plan_cards import PlanCards
from gateway.pages.studio.studio_client import PROJECT_PATH, STUDIO_PATH, TEXT_LIMITS, StudioClient
from gateway.studio.films.rows import film_id_from_storyboard
from gateway.studio.snapshots import operations as snapshots
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.threads import operations as threads

PEEKS, NEWEST_LOOKED_AT, MOST_PEEKED = 4, 16, 24
# Reasons against the agent that no person can change on this page.
PERMANENT_REASONS = frozenset({"no_model_key", "not_in_test_mode"})


class StudioPages:
    """The views of the studio's projects."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._studio = StudioClient(client)
        self._cards = PlanCards(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, both = self._client.person_view, ["GET", "POST"]
        return [
            Route(STUDIO_PATH, person(self.answer_projects), methods=both),
            Route(f"{STUDIO_PATH}/preview", person(self.show_preview), methods=["GET"]),
            Route(PROJECT_PATH, person(self.answer_project), methods=both, limits=TEXT_LIMITS),
            Route(
                f"{PROJECT_PATH}/upload",
                person(self.upload_file),
                methods=["POST"],
                limits=UPLOAD_LIMITS,
            ),
        ]

    async def answer_projects(self, request: Request, caller: Caller) -> Response:
        """Show all projects, or create one."""
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            body = {"name": posted.get("name", "")}
            try:
                project = await self._studio.write(
                    library.create_project, request, caller, body, key=posted.get("idempotencyKey")
                )
                path = f"{STUDIO_PATH}/{project['projectId']}"
                return see_other(get_shell(request).to(path))
            except Problem as refused:
                problem = refused
        snapshot = await self._studio.read(snapshots.get_snapshot, request, caller)
        quota = snapshot["quota"]
        return render_page(
            request,
            "studio.html",
            problem=problem,
            projects=snapshot["projects"],
            peeks=await self._list_peeks([each["projectId"] for each in snapshot["projects"]]),
            waiting=await self._cards.list_waiting_plans(request, caller),
            kept=f"{format_bytes(quota['bytes'])} of {format_bytes(quota['bytesMax'])}",
            name=posted.get("name", ""),
            key=next_form_key(posted, problem),
        )

    async def answer_project(self, request: Request, caller: Caller) -> Response:
        """Show a project, or create a thread or a storyboard in it."""
        project_id = request.path_params["project_id"]
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            try:
                path = await self._create_in_project(request, caller, project_id, posted)
                return see_other(get_shell(request).to(path))
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
        return render_page(
            request,
            "project.html",
            problem=problem,
            project=project,
            threads=snapshot["threads"],
            film_id=film_id_from_storyboard,
            answers=snapshot["agent"]["reason"] not in PERMANENT_REASONS,
            assets=[
                each | {"size": format_bytes(each["bytes"]), "seen": each["kind"] in VISUAL_KINDS}
                for each in assets["data"]
            ],
            next_cursor=assets["nextCursor"],
            text=posted.get("text", ""),
            key=next_form_key(posted, problem),
        )

    async def _list_peeks(self, project_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return references to the newest pictures and clips of projects, by project."""
        database: Database = self._client.ports.get(Database)
        peeks = {}
        async with database.read() as snapshot:
            for project_id in project_ids[:MOST_PEEKED]:
                assets = await list_newest_assets(snapshot, project_id, NEWEST_LOOKED_AT)
                seen = (
                    each for each in assets if each.kind in VISUAL_KINDS and each.purged_at is None
                )
                peeks[project_id] = [f"asset://{each.id}" for each in islice(seen, PEEKS)]
        return peeks

    async def _create_in_project(
        self, request: Request, caller: Caller, project_id: str, posted: dict[str, str]
    ) -> str:
        """Create a thread, or a storyboard from a text; return the path of its page."""
        body, key = {"projectId": project_id}, posted.get("idempotencyKey")
        if "talk" in posted:
            created = await self._studio.write(
                threads.create_thread, request, caller, body, key=key
            )
            return f"{STUDIO_PATH}/{project_id}/{created['threadId']}"
        body |= {"text": posted.get("text", "")}
        created = await self._studio.write(
            storyboards.import_storyboard, request, caller, body, key=key
        )
        return f"/films/{film_id_from_storyboard(created['assetId'])}"

    async def upload_file(self, request: Request, caller: Caller) -> Response:
        """Take a file into a project."""
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        query = {
            "projectId": request.path_params["project_id"],
            "filename": request.query_params.get("filename", ""),
        }
        return await render_upload(
            self._client.call_operation(
                library.upload_asset, request, None, caller, query=query, stream=request.stream
            )
        )

    async def show_preview(self, request: Request, caller: Caller) -> Response:
        """Show a small picture of an asset or output."""
        query = {"ref": request.query_params.get("ref", "")}
        picture = await self._client.call_operation(
            media.get_preview, request, None, caller, query=query
        )
        return Response(picture.body, headers=PRIVATE_HEADERS | dict(picture.headers))
