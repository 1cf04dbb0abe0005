"""The mask of an edit: painted over the picture, or chosen as a file.

What is white is edited. The mask is uploaded like any file, and the prompt bar gets its address.
"""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import BadRequest, Conflict, NotFound, Problem
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.wire import request_reader
from gateway.library import operations as library
from gateway.library.kinds import KINDS
from gateway.pages.create.multipart import read_file_form
from gateway.pages.create.result_page import RESULT_PATH, Result, ResultPage
from gateway.pages.create.result_view import CREATE_PATH, JOB_REFERENCE, describe_title
from gateway.pages.form_problems import OTHER_ACCOUNT, OWN_FORM_HINT, is_form_of_other_account
from gateway.pages.operation_client import OperationClient, build_call_headers
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell

MASK_FILE = "mask.png"
MASK_LIMITS = RouteLimits(body_bytes=KINDS["image"].max_bytes, handler_seconds=120)
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
            mask = await self._read_mask(request)
            asset_id = await self._store_mask(request, caller, mask)
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
    async def _read_mask(request: Request) -> bytes:
        """Read the file of the form.

        Raises:
            BadRequest: no file was chosen, and nothing painted.
            Conflict: the form was shown to another account.
        """
        _, files = await read_file_form(request)
        if is_form_of_other_account(request):
            raise Conflict(OTHER_ACCOUNT, hint=OWN_FORM_HINT)
        if "mask" not in files:
            raise BadRequest(
                "Nothing is painted, and no file is chosen.",
                hint="Paint over what is to change, or choose a black and white picture.",
            )
        return files["mask"]

    async def _store_mask(self, request: Request, caller: Caller, mask: bytes) -> str:
        """Upload the mask into the selected project, or the inbox; return its asset."""
        link_answer = await self._client.call_operation(
            library.create_upload_link, request, {"filename": MASK_FILE}, caller
        )
        link = request_reader.parse_json_object(link_answer.body)["uploadUrl"]
        query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}

        async def stream() -> AsyncIterator[bytes]:
            yield mask

        headers = build_call_headers(request)
        headers |= {"content-type": "application/octet-stream", "content-length": str(len(mask))}
        answer = await self._client.call_operation(
            library.upload_asset,
            request,
            None,
            query=query,
            ticket=query["uploadToken"],
            stream=stream,
            headers=headers,
        )
        asset_id: str = request_reader.parse_json_object(answer.body)["assetId"]
        return asset_id

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
