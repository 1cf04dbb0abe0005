"""One result: a page at its own address, and the same fragment in the lightbox of a grid.

The address carries the filter of the grid that it was opened from, so next and previous stay in it.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.media.states import OPEN_JOB_STATES
from gateway.pages.create import result_view
from gateway.pages.create.result_acts import UNDO_WORDS, ResultActs
from gateway.pages.create.results import (
    RESULT_PATH,
    Neighbours,
    Result,
    Results,
    build_address,
    find_smaller,
    read_filters,
)
from gateway.pages.media import job_view
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.toasts import add_toast

NO_RESULT = "There is no such result."


class ResultPage:
    """The views of one result."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._results = Results(client)
        self._acts = ResultActs(client)
        self._database: Database = client.ports.get(Database)

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        answer = self._client.person_view(self.answer_result)
        return [Route(RESULT_PATH, answer, methods=["GET", "POST"])]

    async def answer_result(self, request: Request, caller: Caller) -> Response:
        """Show a result, as a page or as the fragment of one, or do what was pressed in it."""
        result = await self.load_result(request, caller)
        if request.method != "POST":
            return await self._render(request, caller, result)
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        posted = await read_form(request)
        try:
            toast = await self._acts.act(request, caller, result, posted)
        except Problem as problem:
            return await self._render(request, caller, result, problem=problem)
        if "hx-request" not in request.headers:
            answer = see_other(build_address(request, result.path))
        else:
            result = await self.load_result(request, caller)
            answer = await self._render(request, caller, result)
        return answer if toast is None else add_toast(request, answer, toast)

    async def load_result(self, request: Request, caller: Caller) -> Result:
        """Load the result in the address.

        Raises:
            NotFound: the caller has no such result.
        """
        path = request.path_params
        result = await self._results.find_result(request, caller, path["job_id"], path["index"])
        if result is None:
            raise NotFound(NO_RESULT, hint="Check the address, or go back to Create.")
        return result

    async def _render(
        self,
        request: Request,
        caller: Caller,
        result: Result,
        *,
        problem: Problem | None = None,
    ) -> Response:
        is_fragment = "hx-request" in request.headers
        job = job_view.to_shown_job(result.job, self._database.clock.now())
        neighbours = Neighbours()
        if result.media is not None:
            neighbours = await self._results.find_neighbours(request, caller, result)
        return render_page(
            request,
            "create/result_one.html" if is_fragment else "create/result.html",
            problem=problem,
            fragment=is_fragment,
            result=result,
            job=job,
            filters=read_filters(request),
            refresh=job["status"] in OPEN_JOB_STATES,
            undo_words=UNDO_WORDS,
            newer=build_address(request, neighbours.newer),
            older=build_address(request, neighbours.older),
            preload=neighbours.preload,
            **self._describe(result),
            **await self._load_lineage(request, caller, result),
        )

    def _describe(self, result: Result) -> dict[str, Any]:
        """Return what the page says of a result by itself."""
        output, name = result.output, result.media["name"] if result.media else None
        seconds = 0
        if result.media is not None and result.media["expiresAt"] is not None:
            now = self._database.clock.now()
            seconds = job_view.seconds_until(result.media["expiresAt"], now)
        return {
            "output": output,
            "title": result_view.describe_title(result.job, output, name or ""),
            "facts": result_view.describe_settings(result.job, output),
            "seed": result_view.find_seed(result.job, result.index),
            "actions": result_view.list_actions(result.job, output)
            if output is not None and result.stored
            else [],
            "again": result_view.describe_again(result.job, result.index),
            "rest": result_view.describe_rest(seconds) if seconds else "",
            "ends_soon": 0 < seconds < result_view.WARN_SECONDS,
        }

    async def _load_lineage(
        self, request: Request, caller: Caller, result: Result
    ) -> dict[str, Any]:
        """Load what a result was made from, what was made from it, and where it is kept."""
        sources = await self._results.load_sources(request, caller, result)
        own = job_view.get_prompt(result.job["effectiveInput"])
        inputs = [each.result.job["effectiveInput"] for each in sources if each.result is not None]
        return {
            "words": own or next(filter(None, map(job_view.get_prompt, inputs)), ""),
            "sources": sources,
            "before": find_smaller(result, sources),
            "children": await self._results.list_children(request, caller, result),
            "project": await self._results.find_project_name(request, caller, result),
        }
