"""The picker of media for a slot, and the list of earlier prompts: both dialogs over the bar."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import BadRequest
from gateway.kit.http.guard import RouteLimits
from gateway.kit.operation import Caller
from gateway.library import operations as library
from gateway.library.kinds import KINDS
from gateway.media.outputs import operations as outputs
from gateway.media.states import OutputState
from gateway.pages.answers import MediaOutputAnswer
from gateway.pages.create.grid import CREATE_PATH, Grid, choose_shape
from gateway.pages.create.stored_files import read_posted_file, store_file
from gateway.pages.dialogs import render_dialog
from gateway.pages.field_words import find_field_words
from gateway.pages.form_fields import CLIPS_FIELD
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import see_other
from gateway.pages.shell import get_shell

UPLOADED_NAME = "Upload"
UPLOAD_LIMITS = RouteLimits(body_bytes=KINDS["image"].max_bytes, handler_seconds=120)
PICKED_SIZE = "48"
MOST_PROMPTS = "30"
OWN, LIBRARY = "results", "library"


def build_slot_path(request: Request, task: str, field: str) -> str:
    """Return the address of a bar whose slot is filled by what is put behind it."""
    name = "clips.0.videoUrl" if field == CLIPS_FIELD else field
    return get_shell(request).to(CREATE_PATH, task=task, **{name: ""})


class Picker:
    """The views of the picker and of earlier prompts."""

    def __init__(self, client: OperationClient, grid: Grid) -> None:
        self._client = client
        self._grid = grid

    async def show_picker(self, request: Request, caller: Caller) -> Response:
        """Show own results or the library, of the kind that a slot takes."""
        query = request.query_params
        field, kind = query.get("field", ""), query.get("kind", "image")
        words, place = query.get("q", ""), query.get("from", OWN)
        search = {"q": words} if words else {}
        tiles, assets = [], []
        if place == LIBRARY:
            answer = await self._client.read_wire(
                library.list_all_assets, request, caller, limit=PICKED_SIZE, kind=kind, **search
            )
            assets = answer["data"]
        else:
            answer = await self._client.read_wire(
                outputs.list_outputs, request, caller, limit=PICKED_SIZE, kind=kind, **search
            )
            found: list[MediaOutputAnswer] = answer["data"]
            tiles = [
                self._grid.to_tile(each) for each in found if each["state"] == OutputState.AVAILABLE
            ]
        return render_dialog(
            request,
            "create/picker.html",
            title=taking.label if (taking := find_field_words(field)) else "Choose",
            field=field,
            kind=kind,
            task=query.get("task", ""),
            place=place,
            q=words,
            tiles=tiles,
            assets=assets,
            shape_of=choose_shape,
            slot_path=build_slot_path(request, query.get("task", ""), field),
        )

    async def upload_file(self, request: Request, caller: Caller) -> Response:
        """Take a file for a slot from a browser without a script, and lead back to the bar."""
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        data = await read_posted_file(request, "file", BadRequest("No file is chosen."))
        asset_id = await store_file(self._client, request, caller, UPLOADED_NAME, data)
        query = request.query_params
        path = build_slot_path(request, query.get("task", ""), query.get("field", ""))
        return see_other(f"{path}{quote(f'asset://{asset_id}', safe='')}")

    async def show_prompts(self, request: Request, caller: Caller) -> Response:
        """Show the prompts that were used before, the newest first."""
        answer = await self._client.read_wire(
            outputs.list_prompts, request, caller, limit=MOST_PROMPTS
        )
        task = request.query_params.get("task", "")
        kept = {"task": task} if task else {}
        return render_dialog(
            request,
            "create/prompts.html",
            title="Earlier prompts",
            prompts=[
                (each["prompt"], get_shell(request).to(CREATE_PATH, **kept, prompt=each["prompt"]))
                for each in answer["data"]
            ],
        )
