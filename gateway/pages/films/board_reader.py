"""A board and the values that its templates show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.operation import Caller
from gateway.ledger.operations import get_balance
from gateway.library import operations as library
from gateway.pages.answers import WireAnswer
from gateway.pages.dialogs import next_form_key
from gateway.pages.films.board_cards import CHOICES, build_board
from gateway.pages.films.board_place import BoardPlace
from gateway.pages.films.board_takes import BoardTakes
from gateway.pages.films.board_writer import BoardWriter
from gateway.pages.operation_client import OperationClient
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.snapshots import operations as snapshots
from gateway.studio.storyboards.schemas import StoryboardShown

MOST_PICTURES = "100"
MOST_VERSION_DIGITS = 9


@dataclass(frozen=True, slots=True)
class BoardReader:
    """Reads boards for the person who is signed in."""

    client: OperationClient

    async def read_values(
        self, request: Request, caller: Caller, place: BoardPlace, only: str = ""
    ) -> dict[str, Any]:
        """Read a board and build the values that its templates show; `only` is a shot to price."""
        takes, writer = BoardTakes(self.client), BoardWriter(self.client)
        board = await writer.read_board(request, caller, place)
        open_takes = await takes.find_open_takes(request, caller, board)
        # Read after the plans: a take that ended in between would be in neither, and nobody would
        # ask for it again.
        board = await writer.read_board(request, caller, place)
        shown = build_board(board, open_takes)
        await takes.add_prices(request, caller, board.document, shown, only)
        return {
            "board": board,
            "shown": shown,
            "here": place.path,
            "choices": CHOICES,
            "key": next_form_key({}),
            "focus": "",
            "undo": None,
            "tab": "board",
            **place.frame,
        }

    async def read_balance(self, request: Request, caller: Caller) -> int:
        """Return what can be spent, in micro-USD."""
        balance = await self.client.read_wire(get_balance, request, caller)
        return int(balance["availableMicrousd"])

    async def find_undo(
        self,
        request: Request,
        caller: Caller,
        place: BoardPlace,
        board: StoryboardShown,
        version: str,
    ) -> dict[str, str] | None:
        """Find what is gone since a version, in words; None if nothing is."""
        if not version.isdecimal() or len(version) > MOST_VERSION_DIGITS:
            return None
        try:
            before = await BoardWriter(self.client).read_board(request, caller, place, int(version))
        except (NotFound, InvalidInput):
            return None
        shots = {each.id for each in board.document.shots()}
        scenes = {each.id for each in board.document.scenes}
        gone = [at for at, each in enumerate(before.document.shots(), 1) if each.id not in shots]
        lost = [
            each.heading or "A scene" for each in before.document.scenes if each.id not in scenes
        ]
        words = lost[0] if lost else _name_shots(gone)
        return {"version": version, "words": f"{words} deleted."} if words else None

    async def read_agent_limit(
        self, request: Request, caller: Caller, values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the most that a message to the agent may cost; nothing if none can answer."""
        limit = {"agent_limit": 0, "agent_limit_usd": ""}
        if not values.get("talks"):
            return limit
        project_id = values["board"].project_id
        snapshot = await StudioClient(self.client).read(
            snapshots.get_snapshot, request, caller, projectId=project_id
        )
        if not snapshot["agent"]["available"]:
            return limit
        agent = snapshot["settings"]["agent"]
        return {"agent_limit": agent["maxPriceMicrousd"], "agent_limit_usd": agent["maxPriceUsd"]}

    async def list_pictures(
        self, request: Request, caller: Caller, project_id: str
    ) -> list[WireAnswer]:
        """List the pictures of a project, newest first, for the selects of a shot."""
        query = {"projectId": project_id, "limit": MOST_PICTURES}
        assets = await StudioClient(self.client).read(library.list_assets, request, caller, **query)
        return [
            each | {"reference": f"asset://{each['assetId']}"}
            for each in assets["data"]
            if each["kind"] == "image"
        ]


def _name_shots(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    return f"Shot{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
