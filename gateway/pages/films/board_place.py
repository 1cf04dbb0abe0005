"""The place of a board: the address of its pages, and the storyboard that they show.

The same pages serve a storyboard of a project and the storyboard of a film.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from gateway.kit.operation import Caller
from gateway.pages.studio.studio_client import PROJECT_PATH, STUDIO_PATH

STUDIO_BOARD_PATH = f"{PROJECT_PATH}/boards/{{asset_id}}"
STUDIO_FRAME = "films/board_frame.html"


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """Where a board stands; `project_id` is None where the address does not name the project.

    `frame` holds the template around its pages, and the values that this one shows.
    """

    path: str
    asset_id: str
    project_id: str | None = None
    frame: Mapping[str, Any] = field(default_factory=lambda: {"frame": STUDIO_FRAME})


FindPlace = Callable[[Request, Caller], Awaitable[BoardPlace]]


async def find_studio_place(request: Request, _caller: Caller) -> BoardPlace:
    """Find the board of a project in the address."""
    project_id, asset_id = request.path_params["project_id"], request.path_params["asset_id"]
    return BoardPlace(f"{STUDIO_PATH}/{project_id}/boards/{asset_id}", asset_id, project_id)
