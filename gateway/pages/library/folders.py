"""Projects as the folders of the library: their covers, the open one, and what is done with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from gateway.kit.database.sessions import Database
from gateway.kit.errors import BadRequest
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.operation import Caller
from gateway.library import asset_rendering, projects
from gateway.library import operations as library
from gateway.library.asset_queries import list_newest_visual_assets
from gateway.pages.answers import WireAnswer
from gateway.pages.library.asset_grid import LIBRARY_PATH, AssetGrid, AssetTile
from gateway.pages.media.job_view import format_bytes
from gateway.pages.operation_client import OperationClient
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.films.rows import film_id_from_storyboard
from gateway.studio.snapshots import operations as snapshots
from gateway.studio.storyboards import operations as storyboards
from gateway.studio.threads import operations as threads

# Reasons against the agent that no person can change on this page.
PERMANENT_REASONS = frozenset({"no_model_key", "not_in_test_mode"})


class Folders:
    """Reads and changes the projects of the signed-in person."""

    def __init__(self, client: OperationClient, grid: AssetGrid) -> None:
        self._client, self._grid = client, grid
        self._studio = StudioClient(client)
        self._database: Database = client.ports.get(Database)
        self._urls: SignedUrls = client.ports.get(SignedUrls)

    async def read(self, request: Request, caller: Caller, project_id: str) -> dict[str, Any]:
        """Read what a page shows of the projects, and of the open one with its talks.

        Raises:
            NotFound: there is no such project.
        """
        query = {"projectId": project_id} if project_id else {}
        snapshot = await self._studio.read(snapshots.get_snapshot, request, caller, **query)
        listed: list[WireAnswer] = snapshot["projects"]
        quota = snapshot["quota"]
        return {
            "folders": [each for each in listed if not each["archived"]],
            "put_away": [each for each in listed if each["archived"]],
            "folder": await self._load_folder(caller, listed, project_id) if project_id else None,
            "talks": snapshot["threads"] if project_id else [],
            "answers": snapshot["agent"]["reason"] not in PERMANENT_REASONS,
            "kept": f"{format_bytes(quota['bytes'])} of {format_bytes(quota['bytesMax'])}",
        }

    async def _load_folder(
        self, caller: Caller, listed: Sequence[WireAnswer], project_id: str
    ) -> WireAnswer:
        """Load the open project; one that is too old for the list is read by itself."""
        for each in listed:
            if each["projectId"] == project_id:
                return each
        async with self._database.read() as snapshot:
            project = await projects.load_project(snapshot, caller.ledger_account, project_id)
            (shown,) = await projects.render_projects(snapshot, [project])
        return shown.model_dump()

    async def list_covers(
        self, request: Request, caller: Caller, folders: Sequence[WireAnswer]
    ) -> dict[str, str]:
        """Return the address of a small picture for each project that has any, by project."""
        shown = [each["projectId"] for each in folders]
        account, now = caller.ledger_account, self._database.clock.now()
        async with self._database.read() as snapshot:
            newest = await list_newest_visual_assets(snapshot, account, shown)
        wire = (asset_rendering.render_asset(each, self._urls, now).model_dump() for each in newest)
        return {
            each["projectId"]: get_smallest_picture(self._grid.to_tile(request, each))
            for each in wire
        }

    async def act(self, request: Request, caller: Caller, posted: Mapping[str, str]) -> str:
        """Do what a form of the page asks; return the address to go to.

        Raises:
            Problem: any refusal.
        """
        project_id, key = posted.get("projectId", ""), posted.get("idempotencyKey")
        here, decision = {"projectId": project_id}, read_decision(posted)
        shell = get_shell(request)
        if decision == "create":
            body = {"name": posted.get("name", "")}
            made = await self._studio.write(library.create_project, request, caller, body, key=key)
            return shell.to(LIBRARY_PATH, projectId=made["projectId"])
        if decision == "rename":
            body = here | {
                "name": posted.get("name", ""),
                "description": posted.get("description", ""),
            }
            await self._studio.write(library.update_project, request, caller, body)
            return shell.to(LIBRARY_PATH, **here)
        if decision in ("archive", "reopen"):
            change = here | {"archived": decision == "archive"}
            await self._studio.write(library.update_project, request, caller, change)
            return shell.to(LIBRARY_PATH, **({} if decision == "archive" else here))
        if decision == "talk":
            talk = await self._studio.write(threads.create_thread, request, caller, here, key=key)
            return shell.to(f"{LIBRARY_PATH}/{project_id}/talks/{talk['threadId']}")
        if decision == "script":
            script = here | {"text": posted.get("text", "")}
            board = await self._studio.write(
                storyboards.import_storyboard, request, caller, script, key=key
            )
            return shell.to(f"/films/{film_id_from_storyboard(board['assetId'])}")
        raise BadRequest("There is no such button.")


def read_decision(posted: Mapping[str, str]) -> str:
    """Read what a form asks; the forms of older pages have no word for it."""
    named = "talk" if "talk" in posted else "script" if "text" in posted else "create"
    return posted.get("decision") or named


def get_smallest_picture(tile: AssetTile) -> str:
    """Return the address of the smallest picture of an asset."""
    return tile["sizes"][0][1] if tile["sizes"] else tile["picture"]
