"""The routes of the OpenAI door, at `/v1`."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.openai import images, model_views
from gateway.doors.openai.door import Exchange, Handler, OpenAiDoor
from gateway.doors.openai.errors import UnknownUrl, render_refusal
from gateway.doors.openai.multipart import BODY_BYTES
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.routing import Route
from gateway.media.operations import get_job, submit_job

DoorView = Callable[[OpenAiDoor, Exchange], Awaitable[Response]]
JSON_LIMITS = RouteLimits(handler_seconds=None)
"""A request waits for its job, each step of it under a limit of its own."""
FORM_LIMITS = RouteLimits(body_bytes=BODY_BYTES, handler_seconds=None)
ANY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(door: OpenAiDoor) -> list[Route]:
    """Build the routes; the last one answers for all that is not here."""
    return [
        _build_route(door, "/v1/models", {"GET": (get_job, model_views.list_models)}),
        _build_route(door, "/v1/models/{model:path}", {"GET": (get_job, model_views.get_model)}),
        _build_route(
            door,
            "/v1/images/generations",
            {"POST": (submit_job, images.generate_images)},
            JSON_LIMITS,
        ),
        _build_route(
            door, "/v1/images/edits", {"POST": (submit_job, images.edit_images)}, FORM_LIMITS
        ),
        _build_route(
            door,
            "/v1/images/variations",
            {"POST": (submit_job, images.refuse_variations)},
            FORM_LIMITS,
        ),
        Route("/v1/{rest:path}", _refuse_url, methods=ANY_METHOD, render_refusal=render_refusal),
    ]


def _build_route(
    door: OpenAiDoor,
    path: str,
    views: Mapping[str, tuple[Handler, DoorView]],
    limits: RouteLimits | None = None,
) -> Route:
    """Build the route of one path: for each method the operation it stands for, and its view."""
    endpoints = {
        method: door.build_endpoint(handler, partial(view, door), path)
        for method, (handler, view) in views.items()
    }

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return Route(path, answer, methods=list(views), limits=limits, render_refusal=render_refusal)


async def _refuse_url(_: Request) -> Response:
    raise UnknownUrl
