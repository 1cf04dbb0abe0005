"""The playground: a form of each task, its exact price beside the button, and what came of it.

The form asks for its price as one types (a dry run); without a script a button does. The button
that spends names the price, and the job may not cost more than that.
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
WHOLE = {"more", "fill"}  # what needs no price: a further row, a form as it was before a sign-in


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A form as it was filled in: its input, and its price or why there is none."""

    entry: TaskAnswer
    fields: list[Field]
    values: Mapping[str, str]
    given: InputJson
    price: PriceAnswer | None = None
    problem: Problem | None = None

    def wrong(self) -> dict[str, str]:
        """Return what is wrong, by field."""
        found = wrong(self.problem)
        if self.problem is not None and not found:
            return {"": self.problem.detail}
        return {path.removeprefix(f"{INPUT}.").split(".")[0]: found[path] for path in found}


class PlaygroundPages:
    """The pages of the playground."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._database: Database = desk.ports.get(Database)
        self._api_url: str = desk.ports.get(Uploads).api_url

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        shown, person = self._desk.shown, self._desk.for_person
        task = f"{PLAYGROUND}/{{task}}"
        return [
            Route(PLAYGROUND, shown(self.tasks), methods=["GET"]),
            Route(f"{PLAYGROUND}/upload", person(self.upload), methods=["POST"], limits=UPLOAD),
            Route(task, shown(self.answer), methods=["GET", "POST"]),
        ]

    async def tasks(self, request: Request) -> Response:
        """Show what there is to try."""
        entries = [each for each in await self._entries(request) if each["enabled"]]
        return page(request, "tasks.html", tasks=entries)

    async def answer(self, request: Request) -> Response:
        """Answer one request for a task; a stranger may fill in its form, to sign in then.

        Raises:
            Unauthorized: a stranger sent it.
        """
        caller = await self._desk.person(request)
        entry = await self._entry(request, request.path_params["task"])
        if request.method != "POST":
            return await self._show(request, caller, entry)
        self._desk.callers.site.refuse_foreign(request.method, request.headers)
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
        shown = self._page(request, tried, "parts/price.html")
        shown.headers["HX-Retarget"] = "#price"
        return shown

    async def upload(self, request: Request, caller: Caller) -> Response:
        """Take a file for a form, and name the asset that it became; problems stay as they are.

        It goes where a link without a project leads: the selected project, or the inbox.
        """
        self._desk.callers.site.refuse_foreign(request.method, request.headers)
        return await told(self._kept(request, caller))

    async def _kept(self, request: Request, caller: Caller) -> Answer:
        given = {"filename": request.query_params.get("filename", "")}
        made = await self._desk.carry_out(library.create_upload_link, request, given, caller)
        link = parse_qs(urlsplit(wire.parse(made.body)["uploadUrl"]).query)
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
        """Show the form, filled in by the address, by a job like which this shall be, or usual."""
        asked = dict(request.query_params)
        fields = fields_of(entry["inputSchema"])
        if LIKE in asked and caller is None:
            return sign_in_first(request)
        if LIKE in asked:
            start = await self._like(request, caller, entry["task"], asked[LIKE])
        else:
            start = {
                field.name: asked[field.name]
                for field in fields
                if field.name in asked and field.control != CLIPS
            }
            plain = {field.name for field in fields if field.first and not field.accept}
            usual = {name: each for name, each in entry["example"].items() if name in plain}
            start = usual | start
        filled = values_of(fields, start)
        tried = await self._tried(request, caller, entry, filled)
        if tried.wrong().keys() - asked.keys():  # nobody has sent this form yet
            tried = replace(tried, problem=None)
        return self._page(request, tried, "task.html", first=True)

    async def _like(
        self, request: Request, caller: Caller | None, task: str, job_id: str
    ) -> InputJson:
        """Return the input of a job of this task; its seed is left to chance again."""
        query = {"jobId": job_id, "includeDetails": "1"}
        read = await self._desk.carry_out(media.get_job, request, None, caller, query=query)
        job = cast("JobAnswer", wire.parse(read.body))
        if job["task"] != task:
            raise NotFound
        given = job_view.as_input(job)
        given.pop("seed", None)
        return given

    async def _run(
        self, request: Request, caller: Caller, entry: TaskAnswer, posted: dict[str, str]
    ) -> Response:
        """Submit the job at the price that was shown."""
        given = input_of(fields_of(entry["inputSchema"]), posted)
        body = {"task": entry["task"], "input": given, "maxPriceUsd": posted.get("maxPriceUsd")}
        try:
            if posted.get("pricedInput") != digest_of(given):
                self._refuse_stale(await self._tried(request, caller, entry, posted))
            await self._desk.count("submit", caller)
            made = await self._desk.carry_out(
                media.submit_job,
                request,
                body,
                caller,
                idempotency_key=posted.get("idempotencyKey"),
            )
        except Problem as problem:
            tried = await self._tried(request, caller, entry, posted)
            return self._page(request, tried, "task.html", refused=problem, whole=True)
        job_id = wire.parse(made.body)["jobId"]
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
        """Refuse to run what costs something else than the button said, be it less.

        A form can be changed after its price was shown. What cannot run at all is left to the
        submit, which says why.

        Raises:
            PriceChanged: it has another price.
        """
        price, shown = tried.price, tried.values.get("maxPriceUsd")
        if price is not None and not price["blockedBy"] and price["priceUsd"] != shown:
            raise PriceChanged(
                f"It costs {money(price['priceMicrousd'])} now, as the form has changed since its"
                " price was shown. Nothing was run, and nothing charged.",
                hint="If that is right, press Run again.",
            )

    async def _job(self, request: Request, caller: Caller, job_id: str) -> job_view.ShownJob:
        query = {"jobId": job_id, "includeDetails": "1"}
        read = await self._desk.carry_out(media.get_job, request, None, caller, query=query)
        job = cast("JobAnswer", wire.parse(read.body))
        return job_view.shown(job, self._database.clock.now())

    async def _tried(
        self,
        request: Request,
        caller: Caller | None,
        entry: TaskAnswer,
        values: Mapping[str, str],
    ) -> Tried:
        """Price a form by a dry run; for a stranger it has no price."""
        fields = fields_of(entry["inputSchema"])
        given = input_of(fields, values)
        tried = Tried(entry=entry, fields=fields, values=values, given=given)
        if caller is None:
            return tried
        body = {"task": entry["task"], "input": given}
        try:
            await self._desk.count("quote", caller)
            answer = await self._desk.carry_out(
                media.submit_job, request, body, caller, query={"dryRun": "1"}
            )
        except Problem as problem:
            return replace(tried, problem=to_person_words(problem))
        return replace(tried, price=cast("PriceAnswer", wire.parse(answer.body)))

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
        """Show the form or its price; `whole` puts all of it anew where a part was asked for."""
        partly = template != "task.html"
        shown = page(
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
            shown.status_code = 200  # what lacks a price is no failure of the page
        if whole and _partly(request):
            shown.headers["HX-Retarget"], shown.headers["HX-Reswap"] = "#main", "outerHTML settle:0"
            shown.headers["HX-Reselect"] = "#main"
        return shown

    async def _entries(self, request: Request) -> list[TaskAnswer]:
        read = await self._desk.carry_out(media.list_tasks, request, None)
        found: list[TaskAnswer] = wire.parse(read.body)["data"]
        return found

    async def _entry(self, request: Request, task: str) -> TaskAnswer:
        for entry in await self._entries(request):
            if entry["task"] == task and entry["enabled"]:
                return entry
        raise NotFound("There is no such task.", hint="Choose a task in the playground.")


def digest_of(given: Mapping[str, Any]) -> str:
    """Return what tells an input from another one, so that a price is known to be about it."""
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:32]


def _partly(request: Request) -> bool:
    """Return True if only a part of the page is requested."""
    return "hx-request" in request.headers
