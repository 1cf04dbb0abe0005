"""The door to files: signed URLs, no keys, no cookies; local bytes are streamed with ranges."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from gateway.kit.clock import SECOND
from gateway.kit.database import Database
from gateway.kit.errors import RangeNotSatisfiable
from gateway.media.outputs import POSTER_NAME, FileUrls, stored
from gateway.storage.base import Storage

PATH = "/files/outputs/{job_id}/{index:int}/{name}"
RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")
PRESIGNED_SECONDS = 600
SAFE = {"Content-Security-Policy": "sandbox; default-src 'none'", "Accept-Ranges": "bytes"}
PRIVATE = {"Cache-Control": "private"}


def endpoint(database: Database, storage: Storage, urls: FileUrls) -> Any:  # noqa: ANN401 - Starlette's
    """Return the endpoint that gives out outputs."""

    async def serve(request: Request) -> Response:
        query, now = request.query_params, database.clock.now()
        urls.check(
            request.url.path,
            expires=query.get("exp", ""),
            key_id=query.get("kid", ""),
            signature=query.get("sig", ""),
            now=now,
        )
        job_id, index = request.path_params["job_id"], request.path_params["index"]
        poster = request.path_params["name"] == POSTER_NAME
        async with database.read() as snapshot:
            file = await stored(snapshot, job_id, index, poster=poster)
        seconds = min(PRESIGNED_SECONDS, (file.expires_at - now) // SECOND)
        elsewhere = storage.presigned_url(
            file.key, request.method, seconds, file.mime_type, "inline"
        )
        if elsewhere is not None:
            return RedirectResponse(elsewhere, 307, PRIVATE)
        return await stream(request, storage, file.key, file.mime_type)

    return serve


async def stream(request: Request, storage: Storage, key: str, mime_type: str) -> Response:
    """Answer with stored bytes, or with the part the Range header asks for."""
    size = await storage.size(key)
    start, end, status = 0, size, 200
    headers = SAFE | PRIVATE
    if part := bounds(request.headers.get("range", ""), size):
        (start, end), status = part, 206
        headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers |= {"Content-Length": str(end - start)}
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=mime_type)
    pieces = await storage.open(key, start, end)
    return StreamingResponse(pieces, status, headers, media_type=mime_type)


def bounds(header: str, size: int) -> tuple[int, int] | None:
    """Return the bytes from, up to and not with, that a Range header asks for.

    None: it asks for no one range of bytes (RFC 9110), and the whole file is the answer.

    Raises:
        RangeNotSatisfiable: the file has none of them.
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
