"""One result: a page at its own address, and the same fragment in the lightbox of a grid.

The address carries the filter of the grid that it was opened from, so next and previous stay in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.media import operations as media
from gateway.media.states import OPEN_JOB_STATES, JobState, OutputState
from gateway.pages.answers import JobAnswer, OutputAnswer
from gateway.pages.create import result_view
from gateway.pages.media import job_view
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page
from gateway.pages.studio.studio_client import StudioClient

RESULT_PATH = "/create/{job_id}/{index:int}"
FILTERS = ("q", "kind", "task", "starred", "projectId", "endsBefore")
NO_RESULT = "There is no such result."
MOST_SOURCES = 4


@dataclass(frozen=True, slots=True)
class Result:
    """A result: the job that makes it, and its file once there is one."""

    job: JobAnswer
    index: int
    output: OutputAnswer | None

    @property
    def path(self) -> str:
        """Return the path of its page."""
        return get_result_path(self.job["jobId"], self.index)

    @property
    def stored(self) -> bool:
        """Return True if its file can be fetched."""
        return self.output is not None and self.output["state"] == OutputState.AVAILABLE


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """Media that a result was made from; `result` is None if no job of the caller made it."""

    words: str
    result: Result | None


class ResultPage:
    """The views of one result."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._studio = StudioClient(client)
        self._database: Database = client.ports.get(Database)

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        person = self._client.person_view
        return [Route(RESULT_PATH, person(self.show_result), methods=["GET"])]

    async def show_result(self, request: Request, caller: Caller) -> Response:
        """Show a result, as a page or as the fragment of one."""
        result = await self.load_result(request, caller)
        return await self._render(request, caller, result)

    async def load_result(self, request: Request, caller: Caller) -> Result:
        """Load the result in the address.

        Raises:
            NotFound: the caller has no such result.
        """
        path = request.path_params
        result = await self._find_result(request, caller, path["job_id"], path["index"])
        if result is None:
            raise NotFound(NO_RESULT, hint="Check the address, or go back to Create.")
        return result

    async def _find_result(
        self, request: Request, caller: Caller, job_id: str, index: int
    ) -> Result | None:
        """Find a result of the caller; one of a job that has made no files has the place 0."""
        try:
            answer = await self._studio.read(
                media.get_job, request, caller, jobId=job_id, includeDetails="1"
            )
        except NotFound:
            return None
        job = cast("JobAnswer", answer)
        outputs = {each["index"]: each for each in job["outputs"]}
        planned = job["effectiveInput"].get("count") or 1
        if index not in outputs and (job["status"] == JobState.SUCCEEDED or index >= planned):
            return None
        return Result(job, index, outputs.get(index))

    async def _render(
        self,
        request: Request,
        caller: Caller,
        result: Result,
        *,
        problem: Problem | None = None,
    ) -> Response:
        is_fragment = "hx-request" in request.headers
        now = self._database.clock.now()
        job, output = job_view.to_shown_job(result.job, now), result.output
        sources = await self._load_sources(request, caller, result)
        seconds = job_view.seconds_until(output["expiresAt"], now) if output else 0
        return render_page(
            request,
            "create/result_one.html" if is_fragment else "create/result.html",
            problem=problem,
            fragment=is_fragment,
            result=result,
            job=job,
            output=output,
            title=result_view.describe_title(result.job, output),
            facts=result_view.describe_settings(result.job, output),
            seed=result_view.find_seed(result.job, result.index),
            actions=result_view.list_actions(result.job, output)
            if output is not None and result.stored
            else [],
            again=result_view.describe_again(result.job),
            rest=result_view.describe_rest(seconds),
            sources=sources,
            before=_find_smaller(result, sources),
            filters=read_filters(request),
            preload="",
            deleted=False,
            refresh=job["status"] in OPEN_JOB_STATES,
            **self._build_neighbours(result),
        )

    async def _load_sources(
        self, request: Request, caller: Caller, result: Result
    ) -> list[LoadedSource]:
        """Load what the result was made from, with the results of our own that are still there."""
        sources: list[LoadedSource] = []
        for source in result_view.list_sources(result.job)[:MOST_SOURCES]:
            found = None
            if source.job_id:
                found = await self._find_result(request, caller, source.job_id, source.index)
            sources.append(LoadedSource(source.words, found))
        return sources

    @staticmethod
    def _build_neighbours(result: Result) -> dict[str, Any]:
        """Return the paths of the results before and after this one, empty at an end."""
        last = len(result.job["outputs"]) - 1
        job_id, index = result.job["jobId"], result.index
        return {
            "newer": get_result_path(job_id, index - 1) if index > 0 else "",
            "older": get_result_path(job_id, index + 1) if index < last else "",
        }


def _find_smaller(result: Result, sources: Sequence[LoadedSource]) -> OutputAnswer | None:
    """Return the picture that a larger one was made from, to compare them."""
    if result.job["task"] != "image.upscale" or not result.stored:
        return None
    found = sources[0].result if sources else None
    return found.output if found is not None and found.stored else None


def get_result_path(job_id: str, index: int) -> str:
    """Return the path of the page of one result."""
    return f"/create/{job_id}/{index}"


def read_filters(request: Request) -> dict[str, str]:
    """Read the filter of the grid that a result was opened from."""
    return {
        name: value for name in FILTERS if (value := request.query_params.get(name)) is not None
    }
