"""The door to files: signed URLs, no keys, no cookies; local files are streamed with ranges."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.errors import NotFound, RangeNotSatisfiable
from gateway.kit.http.guard import VERIFIED_CALLER_KEY
from gateway.kit.http.routing import Route
from gateway.kit.http.signed_urls import SignedUrls
from gateway.library import asset_rendering
from gateway.media.jobs import outputs
from gateway.storage.base import Storage
from gateway.studio.documents import versions as documents

RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")
PRESIGNED_SECONDS = 600
SANDBOX_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'"}
RANGE_HEADERS = {"Accept-Ranges": "bytes"}
PRIVATE_HEADERS = {"Cache-Control": "private"}


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file to serve: its storage key, its media type, and how a browser may show it.

    `content` has the bytes of a file that is not in the storage.
    """

    key: str
    mime_type: str
    disposition: str | None = None
    content: bytes | None = None


FindFile = Callable[[Session, Mapping[str, Any]], Awaitable[ServedFile]]


def routes(database: Database, storage: Storage, urls: SignedUrls) -> list[Route]:
    """Build the routes of outputs and assets."""
    return [
        Route(
            "/files/outputs/{job_id}/{index:int}/{name}",
            _file_endpoint(database, storage, urls, _find_output),
        ),
        Route(
            "/files/assets/{asset_id}/{name}", _file_endpoint(database, storage, urls, _find_asset)
        ),
    ]


async def _find_output(session: Session, path: Mapping[str, Any]) -> ServedFile:
    output = await outputs.get_stored_file(session, path["job_id"], path["index"], path["name"])
    shown_as = None if output.name is None else f"inline; filename*=UTF-8''{output.name}"
    return ServedFile(output.key, output.mime_type, shown_as)


async def _find_asset(session: Session, path: Mapping[str, Any]) -> ServedFile:
    asset = await asset_rendering.load_stored_file(session, path["asset_id"], path["name"])
    if asset.output is not None and not await outputs.is_output_visible(session, *asset.output):
        raise NotFound
    content = None if asset.key else await documents.load_newest_content(session, path["asset_id"])
    return ServedFile(asset.key, asset.mime_type, asset.disposition, content)


def _file_endpoint(database: Database, storage: Storage, urls: SignedUrls, find: FindFile) -> Any:  # noqa: ANN401 - Starlette's
    """Build the endpoint that serves the file which `find` finds for a signed path."""

    async def serve(request: Request) -> Response:
        query, now = request.query_params, database.clock.now()
        expires_at = urls.verify_url(
            request.url.path,
            expires=query.get("exp", ""),
            key_id=query.get("kid", ""),
            signature=query.get("sig", ""),
            now=now,
        )
        async with database.read() as snapshot:
            file = await find(snapshot, request.path_params)
        if file.content is not None:
            headers = {"Content-Disposition": file.disposition} if file.disposition else {}
            return Response(
                file.content, 200, SANDBOX_HEADERS | PRIVATE_HEADERS | headers, file.mime_type
            )
        seconds = min(PRESIGNED_SECONDS, (expires_at - now) // SECOND)
        elsewhere = storage.presigned_url(
            file.key, request.method, seconds, file.mime_type, file.disposition or "inline"
        )
        # A request from inside this process (an MCP tool) cannot follow a redirect to the storage.
        is_internal = VERIFIED_CALLER_KEY in request.scope
        if elsewhere is not None and not is_internal:
            return RedirectResponse(elsewhere, 307, PRIVATE_HEADERS)
        return await stream_file(request, storage, file)

    return serve


async def stream_file(request: Request, storage: Storage, file: ServedFile) -> Response:
    """Stream a stored file, or the part that the Range header asks for."""
    size = await storage.get_size(file.key)
    start, end, status = 0, size, 200
    headers = SANDBOX_HEADERS | RANGE_HEADERS | PRIVATE_HEADERS
    if file.disposition is not None:
        headers |= {"Content-Disposition": file.disposition}
    if part := parse_range(request.headers.get("range", ""), size):
        (start, end), status = part, 206
        headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers |= {"Content-Length": str(end - start)}
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=file.mime_type)
    pieces = await storage.open(file.key, start, end)
    return StreamingResponse(pieces, status, headers, media_type=file.mime_type)


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Parse a Range header into start and end (exclusive).

    None: the header is no single range of bytes, and the whole file is the answer (RFC 9110, 14.2).

    Raises:
        RangeNotSatisfiable: the range starts behind the end of the file.
    """
    match = RANGE.fullmatch(header)
    if match is None or (match[1] and match[2] and int(match[2]) < int(match[1])):
        return None
    if match[3]:
        start, end = max(0, size - int(match[3])), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    if start >= end:
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return start, end
