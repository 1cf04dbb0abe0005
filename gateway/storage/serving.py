"""Serving stored files over HTTP: a redirect to the storage itself, or the bytes, with ranges."""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from gateway.kit.errors import RangeNotSatisfiable
from gateway.kit.http.guard import VERIFIED_CALLER_KEY
from gateway.storage.base import Storage

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


async def serve_file(
    request: Request, storage: Storage, file: ServedFile, seconds_left: int
) -> Response:
    """Redirect to the storage, where it serves files itself; else stream the file.

    An address of the storage works for ten minutes, and no longer than `seconds_left`.
    """
    seconds = min(PRESIGNED_SECONDS, seconds_left)
    elsewhere = storage.presigned_url(
        file.key, request.method, seconds, file.mime_type, file.disposition or "inline"
    )
    # A request from inside this process (an MCP tool) cannot follow a redirect to the storage.
    is_internal = VERIFIED_CALLER_KEY in request.scope
    if elsewhere is not None and not is_internal:
        return RedirectResponse(elsewhere, 307, PRIVATE_HEADERS)
    return await stream_file(request, storage, file)


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
