"""Pages of jobs: input, progress, cost and outputs.

A page with open jobs listens to one event stream; without a script it reloads itself.
"""

from collections.abc import Mapping
from typing import TypedDict, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.callers import MODE_HEADER
from gateway.kit import wire
from gateway.kit.database import Database
from gateway.kit.errors import InvalidInput, LiveModeDisabled, NotFound, Problem
from gateway.kit.http_guard import RouteLimits
from gateway.kit.operation import Caller, operation_from_handler
from gateway.kit.routing import Route
from gateway.ledger.accounts import BOOKS
from gateway.library.uploads import Uploads
from gateway.media import operations as media
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS
from gateway.pages import job_view
from gateway.pages.answers import JobAnswer, WireAnswer
from gateway.pages.asking import asking
from gateway.pages.render import page, see_other
from gateway.pages.session import Desk, page_headers
from gateway.pages.snippets import Snippets, snippets

JOBS = "/jobs"
STATES = tuple(JobState)
PAGE_SIZE = "24"
PARTS = {
    "card": "parts/job_card.html",
    "whole": "parts/job.html",
    "result": "parts/job_result.html",
    "row": "parts/job_row.html",
}
STREAM = RouteLimits(handler_seconds=None)
NO_JOB = "There is no such job."


class _WholeJob(TypedDict):
    job: job_view.ShownJob
    facts: list[tuple[str, str]]
    timeline: list[tuple[str, str]]
    refresh: bool
    code: Snippets


class JobPages:
    """The views of the list of jobs, and of one job."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._database: Database = desk.ports.get(Database)
        self._api_url: str = desk.ports.get(Uploads).api_url

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._desk.for_person
        job_path = f"{JOBS}/{{job_id}}"
        return [
            Route(JOBS, person(self.jobs), methods=["GET"]),
            Route(f"{JOBS}/events", person(self.events), methods=["GET"], limits=STREAM),
            Route(job_path, person(self.job), methods=["GET"]),
            Route(f"{job_path}/cancel", person(self.cancel), methods=["GET", "POST"]),
            Route(f"{job_path}/{{part}}", person(self.part), methods=["GET"]),
        ]

    async def jobs(self, request: Request, caller: Caller) -> Response:
        """Show a page of jobs, the newest first."""
        filters = {
            name: value
            for name in ("status", "task", "cursor")
            if (value := request.query_params.get(name))
        }
        query = {**filters, "limit": PAGE_SIZE, "includeDetails": "1"}
        jobs = await self._read(request, caller, query)
        now = self._database.clock.now()
        return page(
            request,
            "jobs.html",
            jobs=[job_view.shown(job, now) for job in jobs["data"]],
            refresh=any(job["status"] in OPEN_JOB_STATES for job in jobs["data"]),
            next_cursor=jobs["nextCursor"],
            newest={name: value for name, value in filters.items() if name != "cursor"},
            older=filters | {"cursor": jobs["nextCursor"]},
            asked=filters,
            states=STATES,
            tasks={name: TASKS[name].title for name in TASKS if name in ENABLED_TASKS},
        )

    async def events(self, request: Request, caller: Caller) -> Response:
        """Stream the changes of all open jobs of the caller."""
        return await self._desk.follow(media.watch_job, request, caller)

    async def job(self, request: Request, caller: Caller) -> Response:
        """Show one job."""
        _, job = await self._found(request, caller)
        return page(request, "job.html", **self._whole(job))

    async def part(self, request: Request, caller: Caller) -> Response:
        """Render a part of a page again for htmx; a browser is sent to the whole page."""
        template = PARTS.get(request.path_params["part"])
        if template is None:
            raise NotFound
        if "hx-request" not in request.headers:
            return see_other(f"{JOBS}/{request.path_params['job_id']}")
        _, job = await self._found(request, caller)
        return page(request, template, **self._whole(job))

    async def cancel(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to cancel a job, or cancel it; if it has just ended, say so."""
        if request.method != "POST":
            _, job = await self._found(request, caller)
            shown_job = job_view.shown(job, self._database.clock.now())
            return asking(request, "parts/cancel.html", title="Cancel this job?", job=shown_job)
        self._desk.callers.site.refuse_cross_site(request.method, request.headers)
        caller, job = await self._found(request, caller)
        try:
            await self._desk.count("submit", caller)
            body = {"jobId": job["jobId"]}
            await self._desk.carry_out(media.cancel_job, request, body, caller)
        except Problem as problem:
            _, job = await self._found(request, caller)
            return page(request, "job.html", problem=problem, **self._whole(job))
        return see_other(f"{JOBS}/{job['jobId']}")

    def _whole(self, job: JobAnswer) -> _WholeJob:
        repeat_input = job_view.as_input(job)
        return {
            "job": job_view.shown(job, self._database.clock.now()),
            "facts": job_view.facts(job["effectiveInput"]),
            "timeline": job_view.timeline(job),
            "refresh": job["status"] in OPEN_JOB_STATES,
            "code": snippets(self._api_url, job["task"], repeat_input),
        }

    async def _found(self, request: Request, caller: Caller) -> tuple[Caller, JobAnswer]:
        """Find a job in either book of the person; return it and the caller of that book.

        The book of the address comes first: links between pages name it.

        Raises:
            NotFound: the person has no such job.
        """
        query = {"jobId": request.path_params["job_id"], "includeDetails": "1"}
        for book in (caller.book, *(each for each in BOOKS if each != caller.book)):
            try:
                book_caller = await self._caller_in(request, caller, book)
                job = cast("JobAnswer", await self._read(request, book_caller, query))
            except (InvalidInput, LiveModeDisabled, NotFound):
                continue
            self._desk.frame(request, book_caller)
            return book_caller, job
        raise NotFound(NO_JOB, hint="Check the address, or browse all jobs.")

    async def _caller_in(self, request: Request, caller: Caller, book: str) -> Caller:
        if book == caller.book:
            return caller
        headers = page_headers(request) | {MODE_HEADER: book}
        return await self._desk.callers(headers, operation_from_handler(media.get_usage)) or caller

    async def _read(self, request: Request, caller: Caller, query: Mapping[str, str]) -> WireAnswer:
        answer = await self._desk.carry_out(media.get_job, request, None, caller, query=query)
        return wire.parse_json_object(answer.body)
