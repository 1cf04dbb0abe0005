"""Old addresses of projects, threads and previews: each leads to what took its place."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.http.routing import Route
from gateway.pages.create.grid import CREATE_PATH
from gateway.pages.library.asset_grid import LIBRARY_PATH
from gateway.pages.render import PRIVATE_HEADERS

STUDIO_PATH = "/studio"
MOVED_PERMANENTLY = 308


def build_moved_routes() -> list[Route]:
    """Build the routes of the old addresses; who may see the new one, that page checks."""
    both, project = ["GET", "POST"], f"{STUDIO_PATH}/{{project_id}}"
    return [
        Route(STUDIO_PATH, _move_projects, methods=both),
        Route(f"{STUDIO_PATH}/preview", _move_preview, methods=["GET"]),
        Route(project, _move_project, methods=both),
        Route(f"{project}/upload", _move_upload, methods=["POST"]),
        Route(f"{project}/{{thread_id}}", _move_talk, methods=both),
        Route(f"{project}/{{thread_id}}/{{rest:path}}", _move_talk, methods=both),
    ]


async def _move_projects(request: Request) -> Response:
    return _move_to(LIBRARY_PATH, request.url.query)


async def _move_preview(request: Request) -> Response:
    return _move_to(f"{CREATE_PATH}/preview", request.url.query)


async def _move_project(request: Request) -> Response:
    return _move_to(LIBRARY_PATH, _name_project(request))


async def _move_upload(request: Request) -> Response:
    return _move_to(f"{LIBRARY_PATH}/upload", _name_project(request))


async def _move_talk(request: Request) -> Response:
    place = request.path_params
    rest = f"/{place['rest']}" if place.get("rest") else ""
    path = f"{LIBRARY_PATH}/{place['project_id']}/talks/{place['thread_id']}{rest}"
    return _move_to(path, request.url.query)


def _name_project(request: Request) -> str:
    query = f"projectId={quote(request.path_params['project_id'], safe='')}"
    return f"{query}&{request.url.query}" if request.url.query else query


def _move_to(path: str, query: str) -> Response:
    address = f"{quote(path)}?{query}" if query else quote(path)
    return RedirectResponse(address, MOVED_PERMANENTLY, headers=PRIVATE_HEADERS)
