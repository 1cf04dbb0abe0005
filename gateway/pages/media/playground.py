"""The playground: a form for each task, its exact price at the button, and the result.

The form asks for its price while a person types (a dry run); without a script a button does. The
button that spends names the price, and the job may not cost more than that.
"""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.database.sessions import Database
from gateway.kit.errors import Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Answer, Caller
from gateway.kit.wire import request_reader
from gateway.library import operations as library
from gateway.library.uploads.intake import Uploads
from gateway.pages.answers import TaskAnswer
from gateway.pages.dialogs import new_form_key, next_form_key
from gateway.pages.form_fields import (
    CLIPS_FIELD,
    add_clip_row,
    build_form_fields,
    to_form_values,
)
from gateway.pages.keeping import tell_nearly_full
from gateway.pages.media import job_view
from gateway.pages.media.priced_forms import FormPricer, PricedForm, hash_input
from gateway.pages.media.snippets import build_snippets
from gateway.pages.media.upload_answers import UPLOAD_LIMITS, render_upload
from gateway.pages.operation_client import OperationClient, read_form, redirect_to_sign_in
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell

PLAYGROUND_PATH = "/playground"
LIKE_JOB_FIELD = "like"
# These get the whole form: one more row, one kept over a sign-in.
REDRAW_DECISIONS = {"more", "fill"}


class PlaygroundPages:
    """The views of the playground."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._pricer = FormPricer(client)
        self._database: Database = client.ports.get(Database)
        self._api_url: str = client.ports.get(Uploads).api_url

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        public, person = self._client.public_view, self._client.person_view
        task = f"{PLAYGROUND_PATH}/{{task}}"
        return [
            Route(PLAYGROUND_PATH, public(self.show_tasks), methods=["GET"]),
            Route(
                f"{PLAYGROUND_PATH}/upload",
                person(self.upload),
                methods=["POST"],
                limits=UPLOAD_LIMITS,
            ),
            Route(task, public(self.answer_task), methods=["GET", "POST"]),
        ]

    async def show_tasks(self, request: Request) -> Response:
        """Show the tasks that can be tried."""
        entries = [each for each in await self._pricer.list_tasks(request) if each["enabled"]]
        return render_page(request, "tasks.html", tasks=entries)

    async def answer_task(self, request: Request) -> Response:
        """Show the form of a task, price it, or run it; a stranger may fill it in.

        Raises:
            Unauthorized: a stranger asked for a price or a run.
        """
        caller = await self._client.find_caller(request)
        entry = await self._pricer.get_task(request, request.path_params["task"])
        if request.method != "POST":
            return await self._show(request, caller, entry)
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        posted = await read_form(request)
        decision = posted.get("decision")
        if decision in REDRAW_DECISIONS:
            posted = add_clip_row(posted) if decision == "more" else posted
            tried = await self._pricer.price_form(request, caller, entry, posted)
            return self._render_form(
                request, tried, "task.html", hide_problems=True, replace_page=True
            )
        if caller is None:
            return redirect_to_sign_in(request)
        if decision == "run":
            return await self._submit_job(request, caller, entry, posted)
        tried = await self._pricer.price_form(request, caller, entry, posted)
        if not _is_partial(request):
            return self._render_form(request, tried, "task.html")
        price_part = self._render_form(request, tried, "parts/price.html")
        price_part.headers["HX-Retarget"] = "#price"
        return price_part

    async def upload(self, request: Request, caller: Caller) -> Response:
        """Take a file for a form, and answer with the reference of its asset.

        It goes through an upload link without a project: into the selected one, or the inbox.
        """
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        return await render_upload(self._keep_upload(request, caller))

    async def _keep_upload(self, request: Request, caller: Caller) -> Answer:
        body = {"filename": request.query_params.get("filename", "")}
        link_answer = await self._client.call_operation(
            library.create_upload_link, request, body, caller
        )
        link = parse_qs(
            urlsplit(request_reader.parse_json_object(link_answer.body)["uploadUrl"]).query
        )
        query = {name: values[0] for name, values in link.items()}
        return await self._client.call_operation(
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
        fields = build_form_fields(entry["inputSchema"])
        if LIKE_JOB_FIELD in query and caller is None:
            return redirect_to_sign_in(request)
        if LIKE_JOB_FIELD in query:
            start_input = await self._pricer.get_repeat_input(
                request, caller, entry["task"], query[LIKE_JOB_FIELD]
            )
            start_input.pop("seed", None)  # a repeat is to differ
        else:
            start_input = {
                field.name: query[field.name]
                for field in fields
                if field.name in query and field.control != CLIPS_FIELD
            }
            usual_names = {field.name for field in fields if field.first and not field.accept}
            example_values = {
                name: each for name, each in entry["example"].items() if name in usual_names
            }
            start_input = example_values | start_input
        form_values = to_form_values(fields, start_input)
        tried = await self._pricer.price_form(request, caller, entry, form_values)
        if (
            tried.to_field_problems().keys() - query.keys()
        ):  # nothing was sent yet: an empty field is no mistake
            tried = replace(tried, problem=None)
        return self._render_form(request, tried, "task.html", hide_problems=True)

    async def _submit_job(
        self, request: Request, caller: Caller, entry: TaskAnswer, posted: dict[str, str]
    ) -> Response:
        """Submit the job, for no more than the price that the button named."""
        try:
            job_id = await self._pricer.submit_form(request, caller, entry, posted)
        except Problem as problem:
            tried = await self._pricer.price_form(request, caller, entry, posted)
            return self._render_form(
                request, tried, "task.html", refused=problem, replace_page=True
            )
        response = await self._answer_submit(request, caller, job_id)
        return await tell_nearly_full(self._client, request, response, caller)

    async def _answer_submit(self, request: Request, caller: Caller, job_id: str) -> Response:
        if not _is_partial(request):
            return see_other(get_shell(request).to(f"/jobs/{job_id}"))
        answer = await self._pricer.get_job(request, caller, job_id)
        headers = {"HX-Trigger": "ran"}
        return render_page(
            request,
            "parts/job_result.html",
            headers=headers,
            job=job_view.to_shown_job(answer, self._database.clock.now()),
            next_key=new_form_key(),
        )

    def _render_form(
        self,
        request: Request,
        priced: PricedForm,
        template: str,
        *,
        refused: Problem | None = None,
        hide_problems: bool = False,
        replace_page: bool = False,
    ) -> Response:
        """Render the form or its price; `replace_page` puts it in place of the whole page."""
        partly = template != "task.html"
        answer = render_page(
            request,
            template,
            problem=None if hide_problems or partly else refused or priced.problem,
            tried=priced,
            digest=hash_input(priced.task_input),
            wrong={} if hide_problems else priced.to_field_problems(),
            code=build_snippets(self._api_url, priced.entry["task"], priced.task_input),
            key=next_form_key(priced.values, refused),
            partly=partly,
        )
        if partly:
            answer.status_code = 200  # a form without a price is no failed request
        if replace_page and _is_partial(request):
            answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = (
                "#main",
                "outerHTML settle:0",
            )
            answer.headers["HX-Reselect"] = "#main"
        return answer


def _is_partial(request: Request) -> bool:
    """Return True if only a part of the page is requested."""
    return "hx-request" in request.headers
