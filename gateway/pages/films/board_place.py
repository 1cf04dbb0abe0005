"""The place of a board: the address of its pages, and the storyboard that they show.

The same pages serve a storyboard of a project and the storyboard of a film.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from gateway.kit.operation import Caller
from gateway.pages.operation_client import OperationClient
from gateway.pages.studio.studio_client import PROJECT_PATH, STUDIO_PATH
from gateway.studio.agent.messages import Agent

STUDIO_BOARD_PATH = f"{PROJECT_PATH}/boards/{{asset_id}}"
STUDIO_FRAME = "films/board_frame.html"


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """A board in an address; `project_id` is None where the address does not name the project.

    `frame` holds the template around its pages, and the values that this one shows.
    """

    path: str
    asset_id: str
    project_id: str | None = None
    frame: Mapping[str, Any] = field(default_factory=dict)


FindPlace = Callable[[Request, Caller], Awaitable[BoardPlace]]


def build_studio_finder(client: OperationClient) -> FindPlace:
    """Build the function that finds the board of a project in the address."""
    agent: Agent = client.ports.get(Agent)

    async def find_studio_place(request: Request, caller: Caller) -> BoardPlace:
        project_id, asset_id = (request.path_params[name] for name in ("project_id", "asset_id"))
        path = f"{STUDIO_PATH}/{project_id}/boards/{asset_id}"
        talks = agent.has_key and (caller.book == "live" or agent.in_test_mode)
        frame = {"frame": STUDIO_FRAME, "talks": talks, "film_path": path}
        return BoardPlace(path, asset_id, project_id, frame)

    return find_studio_place
