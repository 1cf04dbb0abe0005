"""Results as the page of one reads them: the job, its output in the list, and what is around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request

from gateway.kit.clock import HOUR, to_iso
from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.media import operations as media
from gateway.media.outputs import operations as outputs
from gateway.media.states import JobState, OutputState
from gateway.pages.answers import (
    JobAnswer,
    MediaOutputAnswer,
    OutputAnswer,
    ParentAnswer,
)
from gateway.pages.create import result_view
from gateway.pages.operation_client import OperationClient
from gateway.pages.shell import get_shell
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.snapshots import operations as snapshots

RESULT_PATH = "/create/{job_id}/{index:int}"
FILTERS = ("q", "kind", "starred", "projectId", "ending")
MOST_SOURCES, MOST_CHILDREN = 4, 12
PRELOADED_SIDE, SMALL_SIDE = "1024", "256"
NO_PARENT: ParentAnswer = {"jobId": "", "outputIndex": 0, "relation": ""}
ENDING_HOURS = 6  # as the grid's filter "Ending soon"


@dataclass(frozen=True, slots=True)
class Result:
    """A result: the job that makes it, and its file once there is one.

    `media` is the same file as lists of results have it; a deleted one is in none.
    """

    job: JobAnswer
    index: int
    output: OutputAnswer | None = None
    media: MediaOutputAnswer | None = None

    @property
    def path(self) -> str:
        """Return the path of its page."""
        return get_result_path(self.job["jobId"], self.index)

    @property
    def reference(self) -> dict[str, object]:
        """Return what names it in a request."""
        return {"jobId": self.job["jobId"], "outputIndex": self.index}

    @property
    def stored(self) -> bool:
        """Return True if its file can be fetched."""
        return self.media is not None and self.media["state"] == OutputState.AVAILABLE

    @property
    def deleted(self) -> bool:
        """Return True if its owner has deleted it."""
        return self.output is not None and self.media is None

    @property
    def sizes(self) -> list[tuple[int, str]]:
        """Return widths and addresses of the picture: its previews, then itself."""
        if self.media is None or not self.media["width"] or not self.media["url"]:
            return []
        own = [(self.media["width"], self.media["url"])] if self.media["kind"] == "image" else []
        longer = max(self.media["width"], self.media["height"] or 0)
        previews = [
            (self.media["width"] * int(side) // longer, url)
            for side, url in self.media["previewUrls"].items()
            if int(side) < longer
        ]
        return sorted(previews) + own

    @property
    def small(self) -> str:
        """Return the address of a small picture of it, empty if there is none."""
        if self.media is None:
            return ""
        return self.media["previewUrls"].get(SMALL_SIDE) or self.media["posterUrl"] or ""


@dataclass(frozen=True, slots=True)
class Source:
    """Media that a result was made from; `result` is None if no job of the caller made it."""

    words: str
    result: Result | None


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """A result that was made from another: how, its page, and a small picture if there is one."""

    words: str
    path: str
    small: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The paths of the results before and behind one, and the picture that comes next."""

    newer: str = ""
    older: str = ""
    preload: str = ""


class Results:
    """Reads results for the signed-in person."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._studio = StudioClient(client)
        self._database: Database = client.ports.get(Database)

    async def find_result(
        self, request: Request, caller: Caller, job_id: str, index: int
    ) -> Result | None:
        """Find a result of the caller; a job that has made no files has those it is to make."""
        try:
            answer = await self._studio.read(
                media.get_job, request, caller, jobId=job_id, includeDetails="1"
            )
        except NotFound:
            return None
        job = cast("JobAnswer", answer)
        found = {each["index"]: each for each in job["outputs"]}
        planned = job["effectiveInput"].get("count") or 1
        if index not in found:
            is_to_come = job["status"] != JobState.SUCCEEDED and index < planned
            return Result(job, index) if is_to_come else None
        listed = await self._find_output(request, caller, job_id, index)
        if listed is None:
            return Result(job, index, found[index])
        shown = {name: listed[name] for name in found[index] if name in listed}  # type: ignore[literal-required]
        return Result(job, index, cast("OutputAnswer", {**found[index], **shown}), listed)

    async def _find_output(
        self, request: Request, caller: Caller, job_id: str, index: int
    ) -> MediaOutputAnswer | None:
        """Find an output in the list of results; a deleted one is not there."""
        try:
            answer = await self._studio.read(
                outputs.list_outputs, request, caller, jobId=job_id, outputIndex=str(index)
            )
        except NotFound:
            return None
        listed: list[MediaOutputAnswer] = answer["data"]
        return listed[0] if listed else None

    async def find_neighbours(self, request: Request, caller: Caller, result: Result) -> Neighbours:
        """Find the results before and behind one, in the filter of the address."""
        place = f"{result.job['jobId']}/{result.index}"
        behind = await self._list(request, caller, cursor=place)
        before = await self._list(request, caller, cursor=place, order="oldest")
        return Neighbours(
            newer=_get_path(before), older=_get_path(behind), preload=_get_picture(behind)
        )

    async def _list(
        self, request: Request, caller: Caller, **place: str
    ) -> Sequence[MediaOutputAnswer]:
        """List the one result that is next to a place."""
        query = read_filters(request) | place
        if query.pop("ending", None):
            query["endsBefore"] = to_iso(self._database.clock.now() + ENDING_HOURS * HOUR)
        answer = await self._studio.read(outputs.list_outputs, request, caller, limit="1", **query)
        return cast("list[MediaOutputAnswer]", answer["data"])

    async def load_sources(
        self, request: Request, caller: Caller, result: Result
    ) -> Sequence[Source]:
        """Load what a result was made from, with the results of our own that are still there."""
        sources: list[Source] = []
        for each in result_view.list_sources(result.job)[:MOST_SOURCES]:
            found = None
            if each.job_id:
                found = await self.find_result(request, caller, each.job_id, each.index)
            sources.append(Source(each.words, found))
        parent = result.media["parent"] if result.media is not None else None
        if parent is not None and not sources:
            place = parent["jobId"], parent["outputIndex"]
            found = await self.find_result(request, caller, *place)
            if found is not None:
                sources.append(Source("The one before it", found))
        return sources

    async def list_children(
        self, request: Request, caller: Caller, result: Result
    ) -> Sequence[MadeFrom]:
        """List the newest results that were made from one."""
        if result.output is None:
            return ()
        place = {"parentJobId": result.job["jobId"], "parentIndex": str(result.index)}
        answer = await self._studio.read(
            outputs.list_outputs, request, caller, limit=str(MOST_CHILDREN), **place
        )
        return [
            MadeFrom(
                result_view.describe_relation((each["parent"] or NO_PARENT)["relation"]),
                _get_path([each]),
                each["previewUrls"].get(SMALL_SIDE) or each["posterUrl"] or "",
            )
            for each in cast("list[MediaOutputAnswer]", answer["data"])
        ]

    async def find_project_name(self, request: Request, caller: Caller, result: Result) -> str:
        """Find the name of the project that a kept result is in; empty if it is not kept."""
        if result.media is None or result.media["assetId"] is None:
            return ""
        snapshot = await self._client.read_wire(snapshots.get_snapshot, request, caller)
        names = {each["projectId"]: each["name"] for each in snapshot["projects"]}
        name: str = names.get(result.media["projectId"], "")
        return name


def find_smaller(result: Result, sources: Sequence[Source]) -> Result | None:
    """Return the picture that a larger one was made from, to compare them."""
    if result.job["task"] != "image.upscale" or not result.stored:
        return None
    found = sources[0].result if sources else None
    return found if found is not None and found.stored else None


def get_result_path(job_id: str, index: int) -> str:
    """Return the path of the page of one result."""
    return f"/create/{job_id}/{index}"


def build_address(request: Request, path: str) -> str:
    """Return the address of a result in the filter and book of this one; empty without a path."""
    return get_shell(request).to(path, **read_filters(request)) if path else ""


def read_filters(request: Request) -> dict[str, str]:
    """Read the filter of the grid that a result was opened from."""
    query = request.query_params
    return {name: query[name] for name in FILTERS if query.get(name)}


def _get_path(found: Sequence[MediaOutputAnswer]) -> str:
    return get_result_path(found[0]["jobId"], found[0]["outputIndex"]) if found else ""


def _get_picture(found: Sequence[MediaOutputAnswer]) -> str:
    """Return the address of the picture that is shown of a result, empty if it has none."""
    if not found or found[0]["kind"] == "audio":
        return ""
    previews = found[0]["previewUrls"]
    return previews.get(PRELOADED_SIDE) or found[0]["posterUrl"] or ""
