"""Pages of jobs: input, progress, cost and outputs.

A page with open jobs listens to one event stream; without a script it reloads itself.
"""

from collections.abc import Mapping
from typing import TypedDict, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.keys.callers import MODE_HEADER
from gateway.kit.database.sessions import Database
from gateway.kit.errors import InvalidInput, LiveModeDisabled, NotFound, Problem
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller, operation_from_handler
from gateway.kit.wire import request_reader
from gateway.ledger.accounts.owners import BOOKS
from gateway.library.uploads.intake import Uploads
from gateway.media import operations as media
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS
from gateway.pages.answers import JobAnswer, WireAnswer
from gateway.pages.dialogs import render_dialog
from gateway.pages.media import job_view
from gateway.pages.media.snippets import Snippets, build_snippets
from gateway.pages.operation_client import OperationClient, build_call_headers
from gateway.pages.render import render_page, see_other

JOBS_PATH = "/jobs"
JOB_STATES = tuple(JobState)
PAGE_SIZE = "24"
PART_TEMPLATES = {
    "card": "parts/job_card.html",
    "whole": "parts/job.html",
    "result": "parts/job_result.html",
    "row": "parts/job_row.html",
}
STREAM_LIMITS = RouteLimits(handler_seconds=None)
NO_JOB = "There is no such job."


class _JobPage(TypedDict):
    job: job_view.ShownJob
    facts: list[tuple[str, str]]
    timeline: list[tuple[str, str]]
    refresh: bool
    code: Snippets


class JobPages:
    """The views of the list of jobs, and of one job."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._database: Database = client.ports.get(Database)
        self._api_url: str = client.ports.get(Uploads).api_url

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._client.person_view
        job_path = f"{JOBS_PATH}/{{job_id}}"
        return [
            Route(JOBS_PATH, person(self.show_jobs), methods=["GET"]),
            Route(
                f"{JOBS_PATH}/events",
                person(self.stream_events),
                methods=["GET"],
                limits=STREAM_LIMITS,
            ),
            Route(job_path, person(self.show_job), methods=["GET"]),
            Route(f"{job_path}/cancel", person(self.cancel_job), methods=["GET", "POST"]),
            Route(f"{job_path}/{{part}}", person(self.show_part), methods=["GET"]),
        ]

    async def show_jobs(self, request: Request, caller: Caller) -> Response:
        """Show a page of jobs, the newest first."""
        filters = {
            name: value
            for name in ("status", "task", "cursor")
            if (value := request.query_params.get(name))
        }
        query = {**filters, "limit": PAGE_SIZE, "includeDetails": "1"}
        jobs = await self._read_jobs(request, caller, query)
        now = self._database.clock.now()
        return render_page(
            request,
            "jobs.html",
            jobs=[job_view.to_shown_job(job, now) for job in jobs["data"]],
            refresh=any(job["status"] in OPEN_JOB_STATES for job in jobs["data"]),
            next_cursor=jobs["nextCursor"],
            newest={name: value for name, value in filters.items() if name != "cursor"},
            older=filters | {"cursor": jobs["nextCursor"]},
            asked=filters,
            states=JOB_STATES,
            tasks={name: TASKS[name].title for name in TASKS if name in ENABLED_TASKS},
        )

    async def stream_events(self, request: Request, caller: Caller) -> Response:
        """Stream the changes of all open jobs of the caller."""
        return await self._client.stream_operation(media.watch_job, request, caller)

    async def show_job(self, request: Request, caller: Caller) -> Response:
        """Show one job."""
        _, job = await self._find_job(request, caller)
        return render_page(request, "job.html", **self._build_job_page(job))

    async def show_part(self, request: Request, caller: Caller) -> Response:
        """Render a part of a page again for htmx; a browser is sent to the whole page."""
        template = PART_TEMPLATES.get(request.path_params["part"])
        if template is None:
            raise NotFound
        if "hx-request" not in request.headers:
            return see_other(f"{JOBS_PATH}/{request.path_params['job_id']}")
        _, job = await self._find_job(request, caller)
        return render_page(request, template, **self._build_job_page(job))

    async def cancel_job(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to cancel a job, or cancel it; if it has just ended, say so."""
        if request.method != "POST":
            _, job = await self._find_job(request, caller)
            shown_job = job_view.to_shown_job(job, self._database.clock.now())
            return render_dialog(
                request, "parts/cancel.html", title="Cancel this job?", job=shown_job
            )
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        caller, job = await self._find_job(request, caller)
        try:
            await self._client.count_account_call("submit", caller)
            body = {"jobId": job["jobId"]}
            await self._client.call_operation(media.cancel_job, request, body, caller)
        except Problem as problem:
            _, job = await self._find_job(request, caller)
            return render_page(request, "job.html", problem=problem, **self._build_job_page(job))
        return see_other(f"{JOBS_PATH}/{job['jobId']}")

    def _build_job_page(self, job: JobAnswer) -> _JobPage:
        repeat_input = job_view.to_repeat_input(job)
        return {
            "job": job_view.to_shown_job(job, self._database.clock.now()),
            "facts": job_view.list_input_facts(job["effectiveInput"]),
            "timeline": job_view.build_timeline(job),
            "refresh": job["status"] in OPEN_JOB_STATES,
            "code": build_snippets(self._api_url, job["task"], repeat_input),
        }

    async def _find_job(self, request: Request, caller: Caller) -> tuple[Caller, JobAnswer]:
        """Find a job in either book of the person; return it and the caller of that book.

        The book of the address comes first: links between pages name it.

        Raises:
            NotFound: the person has no such job.
        """
        query = {"jobId": request.path_params["job_id"], "includeDetails": "1"}
        for book in (caller.book, *(each for each in BOOKS if each != caller.book)):
            try:
                book_caller = await self._get_caller_in_book(request, caller, book)
                job = cast("JobAnswer", await self._read_jobs(request, book_caller, query))
            except (InvalidInput, LiveModeDisabled, NotFound):
                continue
            self._client.set_page_shell(request, book_caller)
            await self._client.load_shell_figures(request)
            return book_caller, job
        raise NotFound(NO_JOB, hint="Check the address, or browse all jobs.")

    async def _get_caller_in_book(self, request: Request, caller: Caller, book: str) -> Caller:
        if book == caller.book:
            return caller
        headers = build_call_headers(request) | {MODE_HEADER: book}
        return (
            await self._client.callers(headers, operation_from_handler(media.get_usage)) or caller
        )

    async def _read_jobs(
        self, request: Request, caller: Caller, query: Mapping[str, str]
    ) -> WireAnswer:
        answer = await self._client.call_operation(
            media.get_job, request, None, caller, query=query
        )
        return request_reader.parse_json_object(answer.body)
