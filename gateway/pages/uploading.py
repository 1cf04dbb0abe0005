"""Files that the script of a page sends: what became of each, told as JSON."""

from collections.abc import Awaitable

from starlette.responses import JSONResponse, Response

from gateway.kit import wire
from gateway.kit.errors import Problem
from gateway.kit.http_guard import RouteLimits
from gateway.kit.operation import Answer
from gateway.library.schemas import UPLOAD_BYTES

UPLOAD = RouteLimits(body_bytes=UPLOAD_BYTES, handler_seconds=None)


async def told(uploading: Awaitable[Answer]) -> Response:
    """Name the asset that a file became, or say why it is none and what to do."""
    try:
        kept = wire.parse((await uploading).body)
    except Problem as problem:
        said = {"detail": problem.detail, "hint": problem.next_step}
        return JSONResponse(said, problem.status)
    return JSONResponse({"reference": f"asset://{kept['assetId']}", "name": kept["name"]})
