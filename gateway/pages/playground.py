"""The playground: a form for each task, its exact price at the button, and the result.

The form asks for its price while a person types (a dry run); without a script a button does. The
button that spends names the price, and the job may not cost more than that.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit import wire
from gateway.kit.database import Database
from gateway.kit.errors import NotFound, Problem
from gateway.kit.operation import Answer, Caller
from gateway.kit.routing import Route
from gateway.library import operations as library
from gateway.library.uploads import Uploads
from gateway.media import operations as media
from gateway.media.errors import PriceChanged
from gateway.media.tasks.base import INPUT, InputJson
from gateway.pages import job_view
from gateway.pages.answers import JobAnswer, PriceAnswer, TaskAnswer
from gateway.pages.asking import new_key, next_key, wrong
from gateway.pages.fields import CLIPS, Field, fields_of, input_of, one_more, values_of
from gateway.pages.person_words import to_person_words
from gateway.pages.render import money, page, see_other
from gateway.pages.session import Desk, form, sign_in_first
from gateway.pages.shell import shell_of
from gateway.pages.snippets import snippets
from gateway.pages.uploading import UPLOAD, told

PLAYGROUND = "/playground"
LIKE = "like"
WHOLE = {"more", "fill"}  # these get the whole form: one more row, one kept over a sign-in


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A filled-in form with its input, and its price or the reason that it has none."""

    entry: TaskAnswer
    fields: list[Field]
    values: Mapping[str, str]
    given: InputJson
    price: PriceAnswer | None = None
    problem: Problem | None = None

    def wrong(self) -> dict[str, str]:
        """Return the problem of each wrong field; one without a field is under an empty name."""
        problems = wrong(self.problem)
        if self.problem is not None and not problems:
            return {"": self.problem.detail}
        return {path.removeprefix(f"{INPUT}.").split(".")[0]: problems[path] for path in problems}


class PlaygroundPages:
    """The views of the playground."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._database: Database = desk.ports.get(Database)
        self._api_url: str = desk.ports.get(Uploads).api_url

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        public, person = self._desk.shown, self._desk.for_person
        task = f"{PLAYGROUND}/{{task}}"
        return [
            Route(PLAYGROUND, public(self.tasks), methods=["GET"]),
            Route(f"{PLAYGROUND}/upload", person(self.upload), methods=["POST"], limits=UPLOAD),
            Route(task, public(self.answer), methods=["GET", "POST"]),
        ]

    async def tasks(self, request: Request) -> Response:
        """Show the tasks that can be tried."""
        entries = [each for each in await self._entries(request) if each["enabled"]]
        return page(request, "tasks.html", tasks=entries)

    async def answer(self, request: Request) -> Response:
        """Show the form of a task, price it, or run it; a stranger may fill it in.

        Raises:
            Unauthorized: a stranger asked for a price or a run.
        """
        caller = await self._desk.person(request)
        entry = await self._entry(request, request.path_params["task"])
        if request.method != "POST":
            return await self._show(request, caller, entry)
        self._desk.callers.site.refuse_cross_site(request.method, request.headers)
        posted = await form(request)
        decision = posted.get("decision")
        if decision in WHOLE:
            posted = one_more(posted) if decision == "more" else posted
            tried = await self._tried(request, caller, entry, posted)
            return self._page(request, tried, "task.html", first=True, whole=True)
        if caller is None:
            return sign_in_first(request)
        if decision == "run":
            return await self._run(request, caller, entry, posted)
        tried = await self._tried(request, caller, entry, posted)
        if not _partly(request):
            return self._page(request, tried, "task.html")
        price_part = self._page(request, tried, "parts/price.html")
        price_part.headers["HX-Retarget"] = "#price"
        return price_part

    async def upload(self, request: Request, caller: Caller) -> Response:
        """Take a file for a form, and answer with the reference of its asset.

        It goes through an upload link without a project: into the selected one, or the inbox.
        """
        self._desk.callers.site.refuse_cross_site(request.method, request.headers)
        return await told(self._kept(request, caller))

    async def _kept(self, request: Request, caller: Caller) -> Answer:
        body = {"filename": request.query_params.get("filename", "")}
        link_answer = await self._desk.carry_out(library.create_upload_link, request, body, caller)
        link = parse_qs(urlsplit(wire.parse_json_object(link_answer.body)["uploadUrl"]).query)
        query = {name: values[0] for name, values in link.items()}
        return await self._desk.carry_out(
            library.upload_asset,
            request,
            None,
            query=query,
            ticket=query["uploadToken"],
            stream=request.stream,
        )

    async def _show(self, request: Request, caller: Caller | None, entry: TaskAnswer) -> Response:
        """Show the form, filled in from the address, from a job to repeat, or from the example."""
        query = dict(request.query_params)
        fields = fields_of(entry["inputSchema"])
        if LIKE in query and caller is None:
            return sign_in_first(request)
        if LIKE in query:
            start_input = await self._like(request, caller, entry["task"], query[LIKE])
        else:
            start_input = {
                field.name: query[field.name]
                for field in fields
                if field.name in query and field.control != CLIPS
            }
            usual_names = {field.name for field in fields if field.first and not field.accept}
            example_values = {
                name: each for name, each in entry["example"].items() if name in usual_names
            }
            start_input = example_values | start_input
        form_values = values_of(fields, start_input)
        tried = await self._tried(request, caller, entry, form_values)
        if (
            tried.wrong().keys() - query.keys()
        ):  # nothing was sent yet: an empty field is no mistake
            tried = replace(tried, problem=None)
        return self._page(request, tried, "task.html", first=True)

    async def _like(
        self, request: Request, caller: Caller | None, task: str, job_id: str
    ) -> InputJson:
        """Read the input of a job of this task, without its seed: a repeat is to differ."""
        query = {"jobId": job_id, "includeDetails": "1"}
        answer = await self._desk.carry_out(media.get_job, request, None, caller, query=query)
        job = cast("JobAnswer", wire.parse_json_object(answer.body))
        if job["task"] != task:
            raise NotFound
        repeat_input = job_view.as_input(job)
        repeat_input.pop("seed", None)
        return repeat_input

    async def _run(
        self, request: Request, caller: Caller, entry: TaskAnswer, posted: dict[str, str]
    ) -> Response:
        """Submit the job, for no more than the price that the button named."""
        task_input = input_of(fields_of(entry["inputSchema"]), posted)
        body = {
            "task": entry["task"],
            "input": task_input,
            "maxPriceUsd": posted.get("maxPriceUsd"),
        }
        try:
            if posted.get("pricedInput") != digest_of(task_input):
                self._refuse_stale(await self._tried(request, caller, entry, posted))
            await self._desk.count("submit", caller)
            submitted = await self._desk.carry_out(
                media.submit_job,
                request,
                body,
                caller,
                idempotency_key=posted.get("idempotencyKey"),
            )
        except Problem as problem:
            tried = await self._tried(request, caller, entry, posted)
            return self._page(request, tried, "task.html", refused=problem, whole=True)
        job_id = wire.parse_json_object(submitted.body)["jobId"]
        if not _partly(request):
            return see_other(shell_of(request).to(f"/jobs/{job_id}"))
        job = await self._job(request, caller, job_id)
        headers = {"HX-Trigger": "ran"}
        return page(
            request,
            "parts/job_result.html",
            headers=headers,
            job=job,
            next_key=new_key(),
        )

    @staticmethod
    def _refuse_stale(tried: Tried) -> None:
        """Refuse a form whose price is another than the button named, even a lower one.

        A form can be changed after its price was shown. A form without a price is left to the
        submit, which states the reason.

        Raises:
            PriceChanged: the price is another one.
        """
        price, shown_usd = tried.price, tried.values.get("maxPriceUsd")
        if price is not None and not price["blockedBy"] and price["priceUsd"] != shown_usd:
            raise PriceChanged(
                f"It costs {money(price['priceMicrousd'])} now, as the form has changed since its"
                " price was shown. Nothing was run, and nothing charged.",
                hint="If that is right, press Run again.",
            )

    async def _job(self, request: Request, caller: Caller, job_id: str) -> job_view.ShownJob:
        query = {"jobId": job_id, "includeDetails": "1"}
        answer = await self._desk.carry_out(media.get_job, request, None, caller, query=query)
        job = cast("JobAnswer", wire.parse_json_object(answer.body))
        return job_view.shown(job, self._database.clock.now())

    async def _tried(
        self,
        request: Request,
        caller: Caller | None,
        entry: TaskAnswer,
        values: Mapping[str, str],
    ) -> Tried:
        """Read a form and price it by a dry run; strangers get no price."""
        fields = fields_of(entry["inputSchema"])
        task_input = input_of(fields, values)
        tried = Tried(entry=entry, fields=fields, values=values, given=task_input)
        if caller is None:
            return tried
        body = {"task": entry["task"], "input": task_input}
        try:
            await self._desk.count("quote", caller)
            answer = await self._desk.carry_out(
                media.submit_job, request, body, caller, query={"dryRun": "1"}
            )
        except Problem as problem:
            return replace(tried, problem=to_person_words(problem))
        return replace(tried, price=cast("PriceAnswer", wire.parse_json_object(answer.body)))

    def _page(
        self,
        request: Request,
        tried: Tried,
        template: str,
        *,
        refused: Problem | None = None,
        first: bool = False,
        whole: bool = False,
    ) -> Response:
        """Render the form or its price; `whole` replaces the page where htmx asked for a part."""
        partly = template != "task.html"
        answer = page(
            request,
            template,
            problem=None if first or partly else refused or tried.problem,
            tried=tried,
            digest=digest_of(tried.given),
            wrong={} if first else tried.wrong(),
            code=snippets(self._api_url, tried.entry["task"], tried.given),
            key=next_key(tried.values, refused),
            partly=partly,
        )
        if partly:
            answer.status_code = 200  # a form without a price is no failed request
        if whole and _partly(request):
            answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = (
                "#main",
                "outerHTML settle:0",
            )
            answer.headers["HX-Reselect"] = "#main"
        return answer

    async def _entries(self, request: Request) -> list[TaskAnswer]:
        answer = await self._desk.carry_out(media.list_tasks, request, None)
        entries: list[TaskAnswer] = wire.parse_json_object(answer.body)["data"]
        return entries

    async def _entry(self, request: Request, task: str) -> TaskAnswer:
        for entry in await self._entries(request):
            if entry["task"] == task and entry["enabled"]:
                return entry
        raise NotFound("There is no such task.", hint="Choose a task in the playground.")


def digest_of(given: Mapping[str, Any]) -> str:
    """Hash an input: a price on the form belongs to the input with the same hash."""
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:32]


def _partly(request: Request) -> bool:
    """Return True if only a part of the page is requested."""
    return "hx-request" in request.headers
