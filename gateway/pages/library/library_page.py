"""The page `/library`: everything that is kept, with projects as its folders."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.dialogs import next_form_key
from gateway.pages.library.asset_acts import ACTED_PATH, AssetActs
from gateway.pages.library.asset_grid import LIBRARY_PATH, AssetGrid
from gateway.pages.library.asset_page import AssetView
from gateway.pages.library.folders import Folders
from gateway.pages.library.moved import build_moved_routes
from gateway.pages.library.packing import DOWNLOAD_LIMITS, Packing
from gateway.pages.library.uploads import UPLOAD_LIMITS, LibraryUploads
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.studio.studio_client import TEXT_LIMITS, StudioClient


class LibraryPages:
    """The views of the library."""

    def __init__(self, client: OperationClient) -> None:
        self._client, self._studio = client, StudioClient(client)
        self._grid = AssetGrid(client)
        self._folders = Folders(client, self._grid)
        self._acts = AssetActs(client, self._grid)
        self._asset = AssetView(client, self._grid, self._acts)
        self._uploads, self._packing = LibraryUploads(client), Packing(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages, and of the old addresses."""
        person, both = self._client.person_view, ["GET", "POST"]
        return [
            Route(LIBRARY_PATH, person(self.answer_page), methods=both, limits=TEXT_LIMITS),
            Route(ACTED_PATH, person(self._acts.answer_form), methods=["POST"]),
            Route(
                f"{LIBRARY_PATH}/upload",
                person(self._uploads.take_files),
                methods=["POST"],
                limits=UPLOAD_LIMITS,
            ),
            Route(
                f"{LIBRARY_PATH}/download",
                person(self._packing.download),
                methods=["GET"],
                limits=DOWNLOAD_LIMITS,
            ),
            Route(
                f"{LIBRARY_PATH}/files/{{asset_id}}",
                person(self._asset.answer_asset),
                methods=both,
            ),
            *build_moved_routes(),
        ]

    async def answer_page(self, request: Request, caller: Caller) -> Response:
        """Show the library or more of its grid, or change its folders."""
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            project = request.query_params.get("projectId")
            place = {"projectId": project} if project else {}
            try:
                return see_other(await self._folders.act(request, caller, place | posted))
            except Problem as refused:
                problem = refused
        grid = await self._grid.read_page(request, caller)
        if "hx-request" in request.headers and "cursor" in request.query_params:
            return render_page(request, "library/more.html", grid=grid)
        project_id = grid.filters.get("projectId") or posted.get("projectId", "")
        read = await self._folders.read(request, caller, project_id)
        covers = (
            {}
            if grid.filters
            else await self._folders.list_covers(request, caller, read["folders"])
        )
        return render_page(
            request,
            "library/library.html",
            problem=problem,
            grid=grid,
            **read,
            covers=covers,
            films=await self._acts.list_films(request, caller),
            posted=posted,
            key=next_form_key(posted, problem),
        )
