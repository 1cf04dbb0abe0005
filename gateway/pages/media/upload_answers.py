"""Answers to uploads by the script of a page, as JSON."""

from collections.abc import Awaitable

from starlette.responses import JSONResponse, Response

from gateway.kit.errors import Problem
from gateway.kit.http.guard import RouteLimits
from gateway.kit.operation import Answer
from gateway.kit.wire import request_reader
from gateway.library.schemas import UPLOAD_BYTES

UPLOAD_LIMITS = RouteLimits(body_bytes=UPLOAD_BYTES, handler_seconds=None)


async def render_upload(upload: Awaitable[Answer]) -> Response:
    """Answer with the reference of the new asset, or with the problem and the next step."""
    try:
        asset = request_reader.parse_json_object((await upload).body)
    except Problem as problem:
        refusal = {"detail": problem.detail, "hint": problem.next_step}
        return JSONResponse(refusal, problem.status)
    return JSONResponse({"reference": f"asset://{asset['assetId']}", "name": asset["name"]})
