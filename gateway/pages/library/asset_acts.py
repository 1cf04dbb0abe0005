"""Acts on assets of the library: star, move, tag, delete and undo, one or many at a time.

The grid is one form. Each tile has a checkbox; a button names the act and, on a tile, the asset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import BadRequest, Problem
from gateway.kit.operation import Caller
from gateway.library import operations as library
from gateway.library.assets import STAR_RATING
from gateway.media.outputs import operations as outputs
from gateway.pages.answers import WireAnswer
from gateway.pages.create.film_clips import FilmClips
from gateway.pages.create.output_acts import lead_to
from gateway.pages.library.asset_grid import LIBRARY_PATH, USES, AssetGrid
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import StudioClient
from gateway.pages.toasts import Toast, ToastAction, add_toast

PICKED = "a."  # the checkboxes are named a.ASSET
ACTED_PATH = f"{LIBRARY_PATH}/assets"
MOST_PICKED = 100
MOST_UNDONE = 40  # a toast that waits for the next page has little room
DONE_WORDS = {"move": "moved", "tag": "tagged", "delete": "deleted", "restore": "back"}
# Where several files of a kind go in Create: the task, and how each of them is named.
SEVERAL = {"image": ("image.edit", "imageUrls"), "video": ("video.combine", "clips.{}.videoUrl")}


@dataclass(slots=True)
class Acted:
    """The assets that were changed, and the first problem with one that was not."""

    changed: list[WireAnswer] = field(default_factory=list)
    left: int = 0
    problem: Problem | None = None


class AssetActs:
    """The views that change assets."""

    def __init__(self, client: OperationClient, grid: AssetGrid) -> None:
        self._client, self._grid = client, grid
        self._studio = StudioClient(client)
        self._films = FilmClips(client)

    async def answer_form(self, request: Request, caller: Caller) -> Response:
        """Act on the assets of a press, and answer with their tiles."""
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        posted = await read_form(request)
        verb, _, name = posted.get("decision", "").partition(":")
        chosen = [name] if name else list_picked(posted)
        if not chosen:
            raise BadRequest("No file is selected.", hint="Select some first.")
        if len(chosen) > MOST_PICKED:
            raise BadRequest(f"At most {MOST_PICKED} files at a time. Nothing was changed.")
        if verb == "film":
            return await self._add_to_film(request, caller, chosen, posted.get("filmId", ""))
        if verb == "use":
            return await self._lead_to_create(request, caller, chosen)
        if verb == "download":
            return await self._lead_to_download(request, caller, chosen)
        return await self._act(request, caller, verb, chosen, posted)

    async def _act(
        self,
        request: Request,
        caller: Caller,
        verb: str,
        chosen: Sequence[str],
        posted: Mapping[str, str],
    ) -> Response:
        await self._client.count_account_call("submit", caller)
        acted = Acted()
        for asset_id in chosen:
            try:
                acted.changed.append(await self.change(request, caller, asset_id, verb, posted))
            except Problem as problem:
                acted.left, acted.problem = acted.left + 1, acted.problem or problem
        if acted.problem is not None and not acted.changed:
            raise acted.problem
        toast = build_toast(request, verb, acted)
        page = get_posted_page(posted, get_shell(request).to(LIBRARY_PATH))
        if "hx-request" not in request.headers:
            answer = see_other(page)
        else:
            tiles = [self._grid.to_tile(request, each) for each in acted.changed]
            folder = parse_qs(urlsplit(page).query).get("projectId", [""])[0]
            gone = {
                each["assetId"]
                for each in acted.changed
                if verb in ("delete", "restore") or (folder and each["projectId"] != folder)
            }
            answer = render_page(request, "library/acted.html", tiles=tiles, gone=gone)
        return answer if toast is None else add_toast(request, answer, toast)

    async def change(
        self,
        request: Request,
        caller: Caller,
        asset_id: str,
        verb: str,
        posted: Mapping[str, str],
    ) -> WireAnswer:
        """Change one asset as a button says; return it as it is now.

        Raises:
            Problem: any refusal.
        """
        body: dict[str, object] = {"assetId": asset_id}
        if verb in ("star", "unstar"):
            asset = await self.get_asset(request, caller, asset_id)
            if asset["source"]["jobId"] is not None and not asset["archived"]:
                return await self._star_result(request, caller, asset, starred=verb == "star")
            body["rating"] = STAR_RATING if verb == "star" else 0
        elif verb == "move":
            body["projectId"] = posted.get("projectId", "")
        elif verb == "tag":
            asset = await self.get_asset(request, caller, asset_id)
            new = read_tags(posted.get("tags", ""))
            if not new:
                raise BadRequest("No tag is written.", hint="Write one or more, with commas.")
            body["tags"] = list(dict.fromkeys([*asset["tags"], *new]))
        elif verb in ("delete", "restore"):
            body["archived"] = verb == "delete"
        else:
            raise BadRequest("There is no such button.")
        return await self._client.call_from_form(library.update_asset, request, caller, body)

    async def _star_result(
        self, request: Request, caller: Caller, asset: WireAnswer, *, starred: bool
    ) -> WireAnswer:
        """Star the result that an asset keeps: the asset has the same star."""
        source = asset["source"]
        output = {"jobId": source["jobId"], "outputIndex": source["outputIndex"]}
        body = {"outputs": [output], "starred": starred}
        await self._client.call_from_form(outputs.update_outputs, request, caller, body)
        return await self.get_asset(request, caller, asset["assetId"])

    async def get_asset(self, request: Request, caller: Caller, asset_id: str) -> WireAnswer:
        """Return one asset, archived or not.

        Raises:
            NotFound: the caller has no such asset.
        """
        return await self._studio.read(library.get_asset, request, caller, assetId=asset_id)

    async def list_films(self, request: Request, caller: Caller) -> list[WireAnswer]:
        """List the films that clips can be added to."""
        return await self._films.list_films(request, caller)

    async def _add_to_film(
        self, request: Request, caller: Caller, chosen: Sequence[str], film_id: str
    ) -> Response:
        """Add clips to a film and lead to it; all is checked before anything is added."""
        await self._client.count_account_call("submit", caller)
        film = await self._films.find_film(request, caller, film_id, len(chosen))
        for asset_id in chosen:
            if (await self.get_asset(request, caller, asset_id))["kind"] != "video":
                raise BadRequest(
                    "A film takes videos only. Nothing was added.", hint="Animate a picture first."
                )
        sources = [f"asset://{each}" for each in chosen]
        path = await self._films.add_clips(request, caller, film, sources)
        return lead_to(request, get_shell(request).to(path))

    async def _lead_to_create(
        self, request: Request, caller: Caller, chosen: Sequence[str]
    ) -> Response:
        """Lead to the prompt bar with the files in its slot; they must be of one kind."""
        kinds = {(await self.get_asset(request, caller, each))["kind"] for each in chosen}
        kind = kinds.pop()
        references = [f"asset://{each}" for each in chosen]
        if kinds or kind not in USES or (len(chosen) > 1 and kind not in SEVERAL):
            raise BadRequest(
                "These files cannot be used together.",
                hint="Select pictures only, videos only, or one sound.",
            )
        shell = get_shell(request)
        if len(chosen) == 1:
            task = USES[kind][0][1]
            return lead_to(request, shell.to("/create", task=task, source=references[0]))
        task, name = SEVERAL[kind]
        if kind == "image":
            return lead_to(request, shell.to("/create", task=task, **{name: "\n".join(references)}))
        clips = {name.format(number): each for number, each in enumerate(references)}
        return lead_to(request, shell.to("/create", task=task, **clips))

    async def _lead_to_download(
        self, request: Request, caller: Caller, chosen: Sequence[str]
    ) -> Response:
        """Lead to the bytes of one file, or to a package of several."""
        if len(chosen) == 1:
            asset = await self.get_asset(request, caller, chosen[0])
            if asset["downloadUrl"]:
                path = f"{LIBRARY_PATH}/download"
                return lead_to(request, get_shell(request).to(path, assets=chosen[0]))
        path = f"{LIBRARY_PATH}/download"
        return lead_to(request, get_shell(request).to(path, assets=" ".join(chosen)))


def list_picked(posted: Mapping[str, str]) -> list[str]:
    """List the assets whose boxes are checked, in the order of the page."""
    return [name.removeprefix(PICKED) for name in posted if name.startswith(PICKED)]


def read_tags(text: str) -> list[str]:
    """Read tags out of a field: words between commas, each once."""
    return list(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))


def get_posted_page(posted: Mapping[str, str], default: str) -> str:
    """Return the page that a form was on, if it is the library's grid."""
    page = posted.get("formAt", "").partition("#")[0]
    parts = urlsplit(page)
    is_ours = not parts.scheme and not parts.netloc and parts.path == LIBRARY_PATH
    return page if is_ours else default


def build_toast(request: Request, verb: str, acted: Acted) -> Toast | None:
    """Build the toast that says what was done; a star shows it by itself."""
    if verb not in DONE_WORDS:
        return None
    count = len(acted.changed)
    words = f"{count} file{'' if count == 1 else 's'} {DONE_WORDS[verb]}."
    if acted.problem is not None:
        words = f"{words} {acted.left} left: {acted.problem.detail}"
    action = None
    if verb == "delete" and count <= MOST_UNDONE:
        action = build_undo(request, [each["assetId"] for each in acted.changed])
    return Toast(words=words, action=action, stays=acted.problem is not None)


def build_undo(request: Request, asset_ids: Sequence[str]) -> ToastAction:
    """Build the form that takes back a deletion."""
    fields = {"decision": "restore", **{f"{PICKED}{each}": "on" for each in asset_ids}}
    return ToastAction(words="Undo", post=get_shell(request).act(ACTED_PATH), fields=fields)
