"""The page `/create`: the prompt bar, and under it the grid of own results."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.ledger.operations import get_balance
from gateway.media import operations as media
from gateway.media.states import OPEN_JOB_STATES
from gateway.pages.create.grid import CREATE_PATH, Grid, GridPage
from gateway.pages.create.output_acts import OutputActs, lead_to
from gateway.pages.create.picker import UPLOAD_LIMITS, Picker
from gateway.pages.create.prompt_bar import BarState, PromptBar
from gateway.pages.dialogs import new_form_key
from gateway.pages.keeping import tell_nearly_full
from gateway.pages.media.priced_forms import FormPricer
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.shell import get_shell

PAGE_TEMPLATE = "create/create.html"
MADE_FIELD = "made"  # without a script the page reloads itself while this job is open
FIRST_PROMPTS = (
    "A lighthouse in the first snow, warm light in one window, blue hour",
    "A fox astronaut opens the hatch of a small moon base, film still",
    "A bowl of lemons on a sunlit table, thick brush strokes, oil on canvas",
)


class CreatePages:
    """The views of the prompt bar and the grid."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._bar = PromptBar(client)
        self._grid = Grid(client)
        self._pricer = FormPricer(client)
        self._acts = OutputActs(client, self._grid)
        self._picker = Picker(client, self._grid)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._client.person_view
        return [
            Route(CREATE_PATH, person(self.answer_page), methods=["GET", "POST"]),
            Route(f"{CREATE_PATH}/preview", person(self.show_preview), methods=["GET"]),
            Route(f"{CREATE_PATH}/prompts", person(self._picker.show_prompts), methods=["GET"]),
            Route(f"{CREATE_PATH}/pick", person(self._picker.show_picker), methods=["GET"]),
            Route(
                f"{CREATE_PATH}/upload",
                person(self._picker.upload_file),
                methods=["POST"],
                limits=UPLOAD_LIMITS,
            ),
            Route(f"{CREATE_PATH}/menu", person(self._acts.show_menu), methods=["GET"]),
            Route(f"{CREATE_PATH}/outputs", person(self._acts.answer_form), methods=["POST"]),
            Route(f"{CREATE_PATH}/running", person(self.show_running), methods=["GET"]),
            Route(f"{CREATE_PATH}/job/{{job_id}}/tile", person(self.show_job), methods=["GET"]),
        ]

    async def answer_page(self, request: Request, caller: Caller) -> Response:
        """Show the page or more of its grid; price, change or run the posted bar."""
        if request.method == "POST":
            self._client.callers.site.refuse_cross_site(request.method, request.headers)
            return await self._answer_bar(request, caller, await read_form(request))
        if is_partial(request) and "cursor" in request.query_params:
            grid = await self._grid.read_page(request, caller)
            return render_page(request, "create/more.html", grid=grid)
        return await self._render_whole(request, caller, await self._bar.fill(request, caller))

    async def show_running(self, request: Request, caller: Caller) -> Response:
        """Show the jobs that go on, for a page that heard of one it does not show."""
        running = await self._grid.list_running(request, caller)
        return render_page(request, "create/running.html", running=running)

    async def show_job(self, request: Request, caller: Caller) -> Response:
        """Show what came of a job in place of its running tile."""
        job = await self._pricer.get_job(request, caller, request.path_params["job_id"])
        shown = self._grid.to_running(job)
        if shown["job"]["open"]:
            return render_page(request, "create/running.html", running=[shown])
        tiles = await self._grid.list_job_tiles(request, caller, job)
        balance = await self._read_balance(request, caller)
        return render_page(request, "create/ended.html", tiles=tiles, each=shown, balance=balance)

    async def show_preview(self, request: Request, caller: Caller) -> Response:
        """Show a small picture of media in a slot."""
        query = {"ref": request.query_params.get("ref", "")}
        picture = await self._client.call_operation(
            media.get_preview, request, None, caller, query=query
        )
        return Response(picture.body, headers=PRIVATE_HEADERS | dict(picture.headers))

    async def _answer_bar(
        self, request: Request, caller: Caller, posted: Mapping[str, str]
    ) -> Response:
        if posted.get("decision") == "run":
            return await self._run(request, caller, posted)
        state = await self._bar.read(request, caller, posted)
        if posted.get("decision") == "code":
            return lead_to(request, self._bar.build_code_path(request, state))
        if not is_partial(request):
            return await self._render_whole(request, caller, state)
        if posted.get("decision") in (None, "", "price"):
            answer = await self._bar.render(request, caller, state, "create/price.html")
            answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#price", "innerHTML"
            return answer
        return await self._bar.render(request, caller, state, "create/bar.html")

    async def _run(self, request: Request, caller: Caller, posted: Mapping[str, str]) -> Response:
        """Run the bar; a refusal is said in it, above its button."""
        try:
            job_id = await self._bar.submit(request, caller, posted)
        except Problem as problem:
            read = await self._bar.read(request, caller, posted)
            state = BarState(tried=read.tried, posted=posted, refused=problem, hide_problems=False)
            if not is_partial(request):
                return await self._render_whole(request, caller, state)
            answer = await self._bar.render(request, caller, state, "create/bar.html")
            answer.status_code = HTTPStatus.OK if answer.status_code < 400 else answer.status_code  # noqa: PLR2004
            return answer
        response = await self._answer_run(request, caller, posted, job_id)
        return await tell_nearly_full(self._client, request, response, caller)

    async def _answer_run(
        self, request: Request, caller: Caller, posted: Mapping[str, str], job_id: str
    ) -> Response:
        if not is_partial(request):
            query = {"task": posted.get("task", ""), "like": job_id, MADE_FIELD: job_id}
            return see_other(get_shell(request).to(CREATE_PATH, **query))
        job = await self._pricer.get_job(request, caller, job_id)
        return render_page(
            request,
            "create/ran.html",
            headers={"HX-Trigger": "ran", "HX-Reswap": "none"},
            each=self._grid.to_running(job),
            key=new_form_key(),
            balance=await self._read_balance(request, caller),
        )

    async def _render_whole(self, request: Request, caller: Caller, state: BarState) -> Response:
        grid = await self._grid.read_page(request, caller)
        return await self._bar.render(
            request,
            caller,
            state,
            PAGE_TEMPLATE,
            grid=grid,
            refresh=self._waits_for_job(request, grid),
            films=await self._acts.list_films(request, caller),
            projects=await self._acts.list_projects(request, caller),
            first_prompts=FIRST_PROMPTS,
            balance=await self._read_balance(request, caller),
        )

    async def _read_balance(self, request: Request, caller: Caller) -> int:
        """Return what can be spent, in micro-USD."""
        balance = await self._client.read_wire(get_balance, request, caller)
        return int(balance["availableMicrousd"])

    @staticmethod
    def _waits_for_job(request: Request, grid: GridPage) -> bool:
        """Return True if a page without a script is to reload itself: its own job is open."""
        made = request.query_params.get(MADE_FIELD)
        return any(
            each["job"]["jobId"] == made and each["job"]["status"] in OPEN_JOB_STATES
            for each in grid.running
        )


def is_partial(request: Request) -> bool:
    """Return True if only a part of the page is requested."""
    return "hx-request" in request.headers
