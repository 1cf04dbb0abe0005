"""Uploads into the library: each file by a script, or all files of a form without one."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import BadRequest, Conflict, Problem
from gateway.kit.http.guard import RouteLimits
from gateway.kit.operation import Answer, Caller
from gateway.library import operations as library
from gateway.library.schemas import UPLOAD_BYTES
from gateway.pages.form_problems import OTHER_ACCOUNT, OWN_FORM_HINT, is_form_of_other_account
from gateway.pages.library.asset_grid import LIBRARY_PATH
from gateway.pages.library.multipart_stream import FormStream, Part
from gateway.pages.media.upload_answers import render_upload
from gateway.pages.operation_client import OperationClient, build_call_headers
from gateway.pages.render import see_other
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, add_toast

FORM_ROOM = 2**20  # for what stands around the files
UPLOAD_LIMITS = RouteLimits(body_bytes=UPLOAD_BYTES + FORM_ROOM, handler_seconds=None)
MOST_FILES = 100
RAW_BODY = {"content-type": "application/octet-stream", "content-length": "0"}


class LibraryUploads:
    """The view that takes files."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    async def take_files(self, request: Request, caller: Caller) -> Response:
        """Take one file as the body, or the files of a form; without a project into the inbox."""
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        if request.headers.get("content-type", "").startswith("multipart/"):
            return await self._take_form(request, caller)
        query = request.query_params
        upload = self._upload(
            request, caller, query.get("projectId", ""), query.get("filename", ""), None
        )
        return await render_upload(upload)

    async def _upload(
        self,
        request: Request,
        caller: Caller,
        project_id: str,
        filename: str,
        blocks: AsyncIterator[bytes] | None,
    ) -> Answer:
        """Upload the whole body, or the blocks of one file of a form."""
        query = {"filename": filename} | ({"projectId": project_id} if project_id else {})
        if blocks is None:
            return await self._client.call_operation(
                library.upload_asset, request, None, caller, query=query, stream=request.stream
            )
        return await self._client.call_operation(
            library.upload_asset,
            request,
            None,
            caller,
            query=query,
            stream=lambda: blocks,
            headers=build_call_headers(request) | RAW_BODY,
        )

    async def _take_form(self, request: Request, caller: Caller) -> Response:
        """Take each file of a form; a refused one is named, and the others are kept."""
        fields: dict[str, str] = {}
        request.scope["state"]["posted_form"] = fields
        taken, refused = 0, list[str]()
        async for part in FormStream(request).read_parts():
            if part.file_name is None:
                fields[part.name] = await part.read_text()
            elif part.file_name and taken + len(refused) < MOST_FILES:
                if is_form_of_other_account(request):
                    raise Conflict(OTHER_ACCOUNT, hint=OWN_FORM_HINT)
                said = await self._take_file(request, caller, fields.get("projectId", ""), part)
                taken += not said
                refused += [said] if said else []
        if not taken:
            raise BadRequest(
                " ".join(refused) or "No file is chosen.",
                hint="Choose pictures, videos, sounds or texts.",
            )
        project_id = fields.get("projectId", "")
        path = get_shell(request).to(
            LIBRARY_PATH, **({"projectId": project_id} if project_id else {})
        )
        words = " ".join((f"{taken} file{'' if taken == 1 else 's'} uploaded.", *refused))
        return add_toast(request, see_other(path), Toast(words=words[:600], stays=bool(refused)))

    async def _take_file(
        self, request: Request, caller: Caller, project_id: str, part: Part
    ) -> str:
        """Take one file of a form; return why it was refused, or nothing."""
        name = part.file_name or ""
        try:
            await self._upload(request, caller, project_id, name, part.blocks)
        except Problem as problem:
            return f"{name}: {problem.detail}"
        return ""
