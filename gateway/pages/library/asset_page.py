"""The page of one asset: an upload, or something deleted; results and films have their own."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Problem
from gateway.kit.operation import Caller
from gateway.library import operations as library
from gateway.pages.answers import WireAnswer
from gateway.pages.create.result_view import describe_shape
from gateway.pages.library.asset_acts import AssetActs, build_undo, read_tags
from gateway.pages.library.asset_grid import (
    LIBRARY_PATH,
    NOUNS,
    USES,
    AssetGrid,
    get_asset_path,
)
from gateway.pages.library.folders import Folders
from gateway.pages.media.job_view import format_bytes
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import StudioClient
from gateway.pages.toasts import Toast, add_toast
from gateway.studio.documents import operations as documents

MOST_TEXT_CHARACTERS = 100_000
LATER_USES = frozenset({"video.combine"})


class AssetView:
    """The views of one asset."""

    def __init__(self, client: OperationClient, grid: AssetGrid, acts: AssetActs) -> None:
        self._grid, self._acts = grid, acts
        self._studio, self._folders = StudioClient(client), Folders(client, grid)

    async def answer_asset(self, request: Request, caller: Caller) -> Response:
        """Show an asset, or do what was pressed on its page."""
        asset = await self._acts.get_asset(request, caller, request.path_params["asset_id"])
        if request.method != "POST":
            path = get_asset_path(asset)
            if path != request.url.path:
                return see_other(get_shell(request).to(path))
            return await self._render(request, caller, asset)
        posted = await self._studio.read_form(request)
        try:
            return await self._act(request, caller, asset, posted)
        except Problem as problem:
            return await self._render(request, caller, asset, problem)

    async def _act(
        self, request: Request, caller: Caller, asset: WireAnswer, posted: dict[str, str]
    ) -> Response:
        verb, shell = posted.get("decision", ""), get_shell(request)
        if verb == "save":
            body = {
                "assetId": asset["assetId"],
                "name": posted.get("name", ""),
                "tags": read_tags(posted.get("tags", "")),
                "projectId": posted.get("projectId") or asset["projectId"],
            }
            asset = await self._studio.write(library.update_asset, request, caller, body)
        else:
            asset = await self._acts.change(request, caller, asset["assetId"], verb, posted)
        if verb != "delete":
            return see_other(shell.to(get_asset_path(asset)))
        toast = Toast(words="Deleted.", action=build_undo(request, [asset["assetId"]]))
        return add_toast(request, see_other(shell.to(LIBRARY_PATH)), toast)

    async def _render(
        self,
        request: Request,
        caller: Caller,
        asset: WireAnswer,
        problem: Problem | None = None,
    ) -> Response:
        read = await self._folders.read(request, caller, "")
        names = {each["projectId"]: each["name"] for each in read["folders"] + read["put_away"]}
        reference = f"asset://{asset['assetId']}"
        return render_page(
            request,
            "library/file.html",
            problem=problem,
            file=asset,
            tile=self._grid.to_tile(request, asset),
            folders=read["folders"],
            folder_name=names.get(asset["projectId"], ""),
            text=await self._read_text(request, caller, asset),
            facts=describe_asset(asset),
            uses=[
                (words, get_shell(request).to("/create", task=task, source=reference))
                for words, task in USES.get(asset["kind"], ())
                if not asset["archived"] and task not in LATER_USES
            ],
        )

    async def _read_text(self, request: Request, caller: Caller, asset: WireAnswer) -> str:
        """Read the words of a text document; empty for anything else."""
        if asset["kind"] != "text" or not asset["downloadUrl"]:
            return ""
        answer = await self._studio.read(
            documents.get_text, request, caller, assetId=asset["assetId"]
        )
        content: str = answer["content"]
        return content[:MOST_TEXT_CHARACTERS]


def describe_asset(asset: WireAnswer) -> list[tuple[str, Any]]:
    """Describe a file: its kind, shape, length and size."""
    facts = [("Kind", NOUNS[asset["kind"]].capitalize())]
    if asset["width"] and asset["height"]:
        facts.append(("Shape", describe_shape(asset["width"], asset["height"])))
    if asset["durationSeconds"]:
        rate = f", {asset['fps']:.5g} frames a second" if asset["fps"] else ""
        facts.append(("Length", f"{asset['durationSeconds']:.3g} s{rate}"))
    if asset["kind"] == "video":
        facts.append(("Sound", "Yes" if asset["hasAudio"] else "Silent"))
    ending = asset["mimeType"].rpartition("/")[2].upper()
    facts.append(("File", f"{ending}, {format_bytes(asset['bytes'])}"))
    return facts
