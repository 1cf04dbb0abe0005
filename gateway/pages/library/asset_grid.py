"""The grid of the library: uploads and kept results of all projects, the newest first.

Filters and pages are in the address, so a link, Back and a reload show the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

from starlette.requests import Request

from gateway.kit.errors import InvalidInput
from gateway.kit.operation import Caller
from gateway.kit.wire.plain_text import shorten_text
from gateway.library import operations as library
from gateway.library.kinds import KINDS, VISUAL_KINDS
from gateway.pages.answers import MediaOutputAnswer, WireAnswer
from gateway.pages.create.grid import (
    ALT_CHARACTERS,
    MOST_PAGES,
    PAGE_SIZE,
    PAGES_BY_THEMSELVES,
    choose_shape,
    list_sizes,
    read_number,
)
from gateway.pages.operation_client import OperationClient
from gateway.pages.shell import get_shell
from gateway.studio.films.rows import film_id_from_storyboard

LIBRARY_PATH = "/library"
FILTERS = ("q", "kind", "starred", "projectId", "tag", "archived")
NOUNS: Mapping[str, str] = {name: kind.noun for name, kind in KINDS.items()} | {
    "text": "text",
    "storyboard": "film",
}
# What Create makes of a file by its kind, in the order of its buttons: words and task.
USES: Mapping[str, Sequence[tuple[str, str]]] = {
    "image": (("Edit", "image.edit"), ("Animate", "video.generate"), ("Upscale", "image.upscale")),
    "video": (("Extend", "video.extend"), ("Upscale", "video.upscale"), ("Join", "video.combine")),
    "audio": (("Use in a video", "video.generate"),),
}


class AssetTile(TypedDict):
    """An asset as its tile shows it; `sizes` are width and address of previews."""

    assetId: str
    path: str
    kind: str
    noun: str
    alt: str
    name: str
    placeholder: str | None
    sizes: list[tuple[int, str]]
    picture: str
    shape: str
    width: int | None
    height: int | None
    previewClipUrl: str | None
    durationSeconds: float | None
    downloadUrl: str | None
    filename: str
    starred: bool
    archived: bool
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPage:
    """One page of the grid, or several that Back restores."""

    tiles: Sequence[AssetTile]
    filters: Mapping[str, str]
    older: str
    page: int
    waits: bool


class AssetGrid:
    """Reads the grid of the library for the signed-in person."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._site_url = client.callers.site.public_url

    async def read_page(self, request: Request, caller: Caller) -> AssetPage:
        """Read the page of the address; a filter that means nothing finds nothing."""
        query = request.query_params
        filters = {name: query[name] for name in FILTERS if query.get(name)}
        cursor, page = query.get("cursor", ""), read_number(query.get("page"), 1)
        pages = min(read_number(query.get("pages"), 1), MOST_PAGES)
        tiles: list[AssetTile] = []
        for _ in range(pages):
            answer = await self._list_assets(request, caller, filters, cursor)
            tiles += [self.to_tile(request, each) for each in answer["data"]]
            cursor = answer["nextCursor"] or ""
            if not cursor:
                break
        number = page + pages - 1
        after = {"cursor": cursor, "page": str(number + 1)}
        return AssetPage(
            tiles=tiles,
            filters=filters,
            older=get_shell(request).to(LIBRARY_PATH, **filters, **after) if cursor else "",
            page=number,
            waits=number % PAGES_BY_THEMSELVES == 0,
        )

    async def _list_assets(
        self, request: Request, caller: Caller, filters: Mapping[str, str], cursor: str
    ) -> WireAnswer:
        query = {**filters, "limit": str(PAGE_SIZE)} | ({"cursor": cursor} if cursor else {})
        try:
            return await self._client.read_wire(library.list_all_assets, request, caller, **query)
        except InvalidInput:
            return {"data": [], "nextCursor": None}

    def to_tile(self, request: Request, asset: WireAnswer) -> AssetTile:
        """Return what the tile of an asset shows."""
        kind, reference = asset["kind"], f"asset://{asset['assetId']}"
        is_visual, shell = kind in VISUAL_KINDS, get_shell(request)
        sizes = [
            (width, self._shorten_url(url))
            for width, url in list_sizes(cast("MediaOutputAnswer", asset))
        ]
        drawn = shell.to("/create/preview", ref=reference) if is_visual and not sizes else ""
        uses = USES.get(kind)
        return {
            "assetId": asset["assetId"],
            "path": get_asset_path(asset),
            "kind": kind,
            "noun": NOUNS[kind],
            "alt": shorten_text(asset["name"], ALT_CHARACTERS),
            "name": asset["name"],
            "placeholder": asset["placeholder"],
            "sizes": sizes,
            "picture": drawn if asset["downloadUrl"] else "",
            "shape": choose_shape(asset["width"], asset["height"]),
            "width": asset["width"],
            "height": asset["height"],
            "previewClipUrl": asset["previewClipUrl"],
            "durationSeconds": asset["durationSeconds"],
            "downloadUrl": self._shorten_url(asset["downloadUrl"] or ""),
            "filename": asset["filename"],
            "starred": asset["rating"] > 0,
            "archived": asset["archived"],
            "use": shell.to("/create", task=uses[0][1], source=reference) if uses else "",
        }

    def _shorten_url(self, url: str) -> str:
        """Return an address of this site without its origin, since a page has hundreds."""
        return url.removeprefix(self._site_url)


def get_asset_path(asset: WireAnswer) -> str:
    """Return the path of the page of an asset: its result, its film, or its own page."""
    source = asset["source"]
    if asset["archived"]:
        return f"{LIBRARY_PATH}/files/{asset['assetId']}"
    if source["jobId"] is not None:
        return f"/create/{source['jobId']}/{source['outputIndex'] or 0}"
    if asset["kind"] == "storyboard":
        return f"/films/{film_id_from_storyboard(asset['assetId'])}"
    return f"{LIBRARY_PATH}/files/{asset['assetId']}"
