"""Old addresses of storyboards: each leads to the same page of its film."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.http.routing import Route
from gateway.pages.films.film_frame import FILMS_PATH
from gateway.pages.render import PRIVATE_HEADERS
from gateway.studio.films.rows import film_id_from_storyboard

OLD_BOARD_PATH = "/studio/{project_id}/boards/{asset_id}"
MOVED_PERMANENTLY = 308


def build_moved_board_routes() -> list[Route]:
    """Build the routes of the old addresses; whose film it is, its own page checks."""
    paths = (OLD_BOARD_PATH, f"{OLD_BOARD_PATH}/{{rest:path}}")
    return [Route(path, _move_board, methods=["GET", "POST"]) for path in paths]


async def _move_board(request: Request) -> Response:
    film_id = film_id_from_storyboard(request.path_params["asset_id"])
    rest = request.path_params.get("rest", "")
    path = quote(f"{FILMS_PATH}/{film_id}{'/' if rest else ''}{rest}")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{path}{query}", MOVED_PERMANENTLY, headers=PRIVATE_HEADERS)
