"""The grid of Create: what runs now, then own results, the newest first.

Filters and pages are in the address, so a link, Back and a reload show the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from starlette.requests import Request

from gateway.kit.clock import HOUR, SECOND, to_iso
from gateway.kit.database.sessions import Database
from gateway.kit.operation import Caller
from gateway.kit.wire import request_reader
from gateway.kit.wire.plain_text import shorten_text
from gateway.library.kinds import KINDS
from gateway.media import operations as media
from gateway.media.outputs import operations as outputs
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.pages.answers import JobAnswer, MediaOutputAnswer
from gateway.pages.media import job_view
from gateway.pages.operation_client import OperationClient
from gateway.pages.shell import get_shell

CREATE_PATH = "/create"
PAGE_SIZE = 48
PAGES_BY_THEMSELVES = 5  # then "Older" waits for a press, so that the footer can be reached
MOST_PAGES = 10  # in one answer, when Back restores them
FAILED_SHOWN = 6
WARN_SECONDS = 6 * HOUR // SECOND
ALT_CHARACTERS = 48
FILTERS = ("q", "kind", "starred", "projectId", "ending")
SQUARE = (1, 1)
# Shapes that tiles are drawn in, as width in hundredths of the height: classes of create.css.
SHAPES = (43, 50, 56, 67, 75, 80, 100, 125, 133, 150, 178, 200, 234, 300)


class Tile(MediaOutputAnswer):
    """An output and what its tile shows beside it; `sizes` are width and address of previews."""

    noun: str
    alt: str
    left: str
    ending: bool
    sizes: list[tuple[int, str]]
    picture: str
    shape: str


class Running(TypedDict):
    """A job that goes on, or failed, and the shape that its outputs have."""

    job: job_view.ShownJob
    width: int
    height: int
    count: int
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPage:
    """One page of the grid, or several that Back restores."""

    tiles: Sequence[Tile]
    running: Sequence[Running]
    failed: Mapping[str, Sequence[Running]]
    filters: Mapping[str, str]
    older: str
    page: int
    waits: bool

    @property
    def unkept(self) -> Sequence[Tile]:
        """Return the shown results that end by themselves."""
        return [each for each in self.tiles if each["left"]]

    @property
    def unkept_left(self) -> str:
        """Return the time by which all of them have ended, in words."""
        return max(self.unkept, key=lambda each: each["expiresAt"] or "")["left"]

    @property
    def unkept_size(self) -> str:
        """Return the size of the results that end by themselves, in words."""
        return job_view.format_bytes(sum(each["bytes"] for each in self.unkept))


class Grid:
    """Reads the grid for the signed-in person."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._database: Database = client.ports.get(Database)
        self._site_url = client.callers.site.public_url

    async def read_page(self, request: Request, caller: Caller) -> GridPage:
        """Read the page of the address, with what runs and failed before the first one."""
        query = request.query_params
        filters = {name: query[name] for name in FILTERS if query.get(name)}
        cursor, page = query.get("cursor", ""), read_number(query.get("page"), 1)
        pages = min(read_number(query.get("pages"), 1), MOST_PAGES)
        tiles: list[Tile] = []
        for _ in range(pages):
            answer = await self._list_outputs(request, caller, filters, cursor)
            tiles += [self.to_tile(each) for each in answer["data"]]
            cursor = answer["nextCursor"] or ""
            if not cursor:
                break
        is_first = "cursor" not in query
        number = page + pages - 1
        older = self._build_older_path(request, filters, cursor, number + 1) if cursor else ""
        return GridPage(
            tiles=tiles,
            running=await self.list_running(request, caller) if is_first else [],
            failed=await self._list_failed(request, caller, tiles)
            if is_first and not filters
            else {},
            filters=filters,
            older=older,
            page=number,
            waits=number % PAGES_BY_THEMSELVES == 0,
        )

    async def list_running(self, request: Request, caller: Caller) -> list[Running]:
        """List the open jobs, the newest first, in the shape of what they will make."""
        jobs: list[Running] = []
        for status in sorted(OPEN_JOB_STATES):
            jobs += [self.to_running(job) for job in await self._list_jobs(request, caller, status)]
        return sorted(jobs, key=lambda each: each["job"]["createdAt"], reverse=True)

    async def list_job_tiles(self, request: Request, caller: Caller, job: JobAnswer) -> list[Tile]:
        """List the outputs of one job as tiles."""
        answer = await self._client.read_wire(
            outputs.list_outputs, request, caller, jobId=job["jobId"]
        )
        return [self.to_tile(each) for each in answer["data"]]

    def to_tile(self, output: MediaOutputAnswer) -> Tile:
        """Add to an output what its tile shows."""
        kind = KINDS[output["kind"]]
        words = output["name"] or output["prompt"] or kind.noun.capitalize()
        ends = output["expiresAt"] if output["assetId"] is None else None
        seconds = job_view.seconds_until(ends, self._database.clock.now()) if ends else 0
        return {
            **output,
            "noun": kind.noun,
            "alt": shorten_text(words, ALT_CHARACTERS),
            "left": format_left(seconds) if ends else "",
            "ending": bool(ends) and seconds < WARN_SECONDS,
            "sizes": [(width, self._shorten_url(url)) for width, url in list_sizes(output)],
            "shape": choose_shape(output["width"], output["height"]),
            "picture": self._shorten_url(choose_picture(output)),
        }

    def _shorten_url(self, url: str | None) -> str:
        """Return an address of this site without its origin, since a page has hundreds."""
        return (url or "").removeprefix(self._site_url)

    def to_running(self, job: JobAnswer) -> Running:
        """Return a job with the shape that its outputs have; sound has a square."""
        given: Mapping[str, Any] = job.get("effectiveInput") or {}
        width, height = given.get("width") or SQUARE[0], given.get("height") or SQUARE[1]
        return {
            "job": job_view.to_shown_job(job, self._database.clock.now()),
            "width": width,
            "height": height,
            "count": given.get("count") or 1,
            "shape": choose_shape(width, height),
        }

    async def _list_outputs(
        self, request: Request, caller: Caller, filters: Mapping[str, str], cursor: str
    ) -> Any:  # noqa: ANN401 - a page in wire names
        query = {name: text for name, text in filters.items() if name != "ending"}
        if "ending" in filters:
            query["endsBefore"] = to_iso(self._database.clock.now() + WARN_SECONDS * SECOND)
        if cursor:
            query["cursor"] = cursor
        return await self._client.read_wire(
            outputs.list_outputs, request, caller, limit=str(PAGE_SIZE), **query
        )

    async def _list_failed(
        self, request: Request, caller: Caller, tiles: Sequence[Tile]
    ) -> dict[str, list[Running]]:
        """List the newest failed jobs by the tile that they stand before; the last under ''."""
        failed: dict[str, list[Running]] = {}
        jobs = await self._list_jobs(request, caller, JobState.FAILED, limit=FAILED_SHOWN)
        for job in jobs:
            place = next(
                (to_tile_key(each) for each in tiles if each["createdAt"] <= job["createdAt"]), ""
            )
            if place or len(tiles) < PAGE_SIZE:
                failed.setdefault(place, []).append(self.to_running(job))
        return failed

    async def _list_jobs(
        self, request: Request, caller: Caller, status: str, limit: int = PAGE_SIZE
    ) -> list[JobAnswer]:
        query = {"status": status, "limit": str(limit), "includeDetails": "1"}
        answer = await self._client.call_operation(
            media.get_job, request, None, caller, query=query
        )
        return cast("list[JobAnswer]", request_reader.parse_json_object(answer.body)["data"])

    def _build_older_path(
        self, request: Request, filters: Mapping[str, str], cursor: str, page: int
    ) -> str:
        task = request.query_params.get("task")
        kept = {"task": task} if task else {}
        return get_shell(request).to(CREATE_PATH, **kept, **filters, cursor=cursor, page=str(page))


def to_tile_key(output: MediaOutputAnswer) -> str:
    """Return what names an output in a form: its job and its place."""
    return f"{output['jobId']}/{output['outputIndex']}"


def list_sizes(output: MediaOutputAnswer) -> list[tuple[int, str]]:
    """List the previews of an output with their widths; a preview's name is its longer side."""
    width, height = output["width"], output["height"]
    if not width or not height:
        return []
    longer = max(width, height)
    return [
        (max(1, round(width * min(int(side), longer) / longer)), url)
        for side, url in sorted(output["previewUrls"].items(), key=lambda each: int(each[0]))
    ]


def choose_picture(output: MediaOutputAnswer) -> str | None:
    """Return the address of the picture of an output that has no previews."""
    return output["posterUrl"] or (output["url"] if output["kind"] == "image" else None)


def choose_shape(width: int | None, height: int | None) -> str:
    """Return the class of the shape that is nearest to a size; sound is a square."""
    hundredths = 100 * (width or 1) / (height or 1)
    nearest = min(SHAPES, key=lambda each: max(each / hundredths, hundredths / each))
    return f"s{nearest}"


def format_left(seconds: int) -> str:
    """Format the time that a result stays in one unit: 31 h, or 40 min in its last hour."""
    hours = seconds * SECOND // HOUR
    return f"{hours} h" if hours else f"{seconds // 60} min"


def read_number(text: str | None, default: int) -> int:
    """Read a small number out of the address."""
    return max(1, int(text)) if text and text.isdecimal() and len(text) < 4 else default  # noqa: PLR2004
