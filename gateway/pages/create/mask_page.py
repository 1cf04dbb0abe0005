"""The mask of an edit: painted over the picture, or chosen as a file.

What is white is edited. The mask is uploaded like any file, and the prompt bar gets its address.
"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import BadRequest, NotFound, Problem
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.library.kinds import KINDS
from gateway.pages.create.result_page import ResultPage
from gateway.pages.create.result_view import CREATE_PATH, JOB_REFERENCE, describe_title
from gateway.pages.create.results import RESULT_PATH, Result
from gateway.pages.create.stored_files import read_posted_file, store_file
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell

MASK_FILE = "mask.png"
MASK_LIMITS = RouteLimits(body_bytes=KINDS["image"].max_bytes, handler_seconds=120)
NOTHING = "Nothing is painted, and no file is chosen."
PAINT = "Paint the part to change, or choose a black and white picture."
LONGEST_CANVAS = 4096  # some browsers draw on no larger one; the task fits a mask to its picture


class MaskPage:
    """The views of the page that paints a mask."""

    def __init__(self, client: OperationClient, results: ResultPage) -> None:
        self._client = client
        self._results = results

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        answer = self._client.person_view(self.answer_mask)
        return [
            Route(f"{RESULT_PATH}/mask", answer, methods=["GET", "POST"], limits=MASK_LIMITS),
        ]

    async def answer_mask(self, request: Request, caller: Caller) -> Response:
        """Show the picture to paint on, or take its mask and go on to the prompt bar."""
        result = await self._results.load_result(request, caller)
        if result.output is None or not result.stored or result.output["kind"] != "image":
            raise NotFound("This picture is no longer stored, so it cannot be edited.")
        if request.method != "POST":
            return self._render(request, result)
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        try:
            mask = await read_posted_file(request, "mask", BadRequest(NOTHING, hint=PAINT))
            asset_id = await store_file(self._client, request, caller, MASK_FILE, mask)
        except Problem as problem:
            return self._render(request, result, problem)
        query = {
            "task": "image.edit",
            "source": f"{JOB_REFERENCE}{result.job['jobId']}/{result.index}",
            "relation": "edit",
            "maskUrl": f"asset://{asset_id}",
        }
        return see_other(get_shell(request).to(CREATE_PATH, **query))

    @staticmethod
    def _render(request: Request, result: Result, problem: Problem | None = None) -> Response:
        output = result.output
        return render_page(
            request,
            "create/mask.html",
            problem=problem,
            result=result,
            output=output,
            longest=LONGEST_CANVAS,
            title=describe_title(result.job, output),
        )
