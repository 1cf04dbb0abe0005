"""The door to files: signed URLs, no keys, no cookies; local bytes are streamed with ranges."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from gateway.kit.clock import SECOND
from gateway.kit.database import Database
from gateway.media.outputs import POSTER_NAME, FileUrls, stored
from gateway.storage.base import Storage

PATH = "/files/outputs/{job_id}/{index:int}/{name}"
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
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
    if match := RANGE.fullmatch(request.headers.get("range", "")):
        start, end = bounds(match[1], match[2], size)
        if start >= end:
            return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{size}"})
        status = 206
        headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    headers |= {"Content-Length": str(end - start)}
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=mime_type)
    pieces = await storage.open(key, start, end)
    return StreamingResponse(pieces, status, headers, media_type=mime_type)


def bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the bytes from, up to and not with, of one range of RFC 9110."""
    if first:
        return int(first), min(int(last) + 1, size) if last else size
    if last:
        return max(0, size - int(last)), size
    return 0, 0
