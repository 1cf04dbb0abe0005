"""The routes of the OpenAI door, at `/v1`."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.openai import images, model_views, videos
from gateway.doors.openai.door import Exchange, Handler, OpenAiDoor
from gateway.doors.openai.errors import UnknownUrl, render_refusal
from gateway.doors.openai.multipart import BODY_BYTES
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.routing import Route
from gateway.media.operations import cancel_job, get_job, submit_job

DoorView = Callable[[OpenAiDoor, Exchange], Awaitable[Response]]
Views = Mapping[str, tuple[Handler, DoorView]]
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
        *_list_video_routes(door),
        Route("/v1/{rest:path}", _refuse_url, methods=ANY_METHOD, render_refusal=render_refusal),
    ]


def _list_video_routes(door: OpenAiDoor) -> list[Route]:
    """Build the routes of clips; what is not offered has addresses too, to say so."""
    root, one = "/v1/videos", "/v1/videos/{video_id}"
    forms: list[tuple[str, Views]] = [
        (
            root,
            {"POST": (submit_job, videos.create_video), "GET": (get_job, videos.list_videos)},
        ),
        (f"{root}/extensions", {"POST": (submit_job, videos.extend_video)}),
        (f"{root}/edits", {"POST": (submit_job, videos.refuse_edits)}),
        (f"{root}/characters", {"POST": (submit_job, videos.refuse_characters)}),
        (f"{one}/remix", {"POST": (submit_job, videos.remix_video)}),
    ]
    others: list[tuple[str, Views]] = [
        (f"{root}/characters/{{character}}", {"GET": (get_job, videos.refuse_characters)}),
        (one, {"GET": (get_job, videos.get_video), "DELETE": (cancel_job, videos.delete_video)}),
        (f"{one}/content", {"GET": (get_job, videos.get_content)}),
    ]
    return [
        *(_build_route(door, path, views, FORM_LIMITS) for path, views in forms),
        *(_build_route(door, path, views, JSON_LIMITS) for path, views in others),
    ]


def _build_route(
    door: OpenAiDoor,
    path: str,
    views: Views,
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
