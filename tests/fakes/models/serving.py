"""The server of a scripted model: every wire at once, on loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.anthropic.api import build_routes
from tests.fakes.models import claude, codex, gemini
from tests.fakes.models.script import ModelPlay, ScriptedModel
from tests.fakes.serving import serve_application


@contextmanager
def serve_scripted_model(play: ModelPlay) -> Iterator[tuple[str, ScriptedModel]]:
    """Serve a model that plays a script for the block; yield its base URL and the model."""
    model = ScriptedModel(play)
    with serve_application(build_application(model)) as url:
        yield url, model


def build_application(model: ScriptedModel) -> Starlette:
    """Return the application that answers for a model on all three wires."""

    async def generate(request: Request) -> Response:
        answer = await run_in_threadpool(gemini.render_answer, model, await request.json())
        if request.path_params["method"] == "generateContent":
            return JSONResponse(answer)
        return _render_events([answer])

    async def respond(request: Request) -> Response:
        events = codex.stream_answer(model, await request.json())
        return _render_events(await run_in_threadpool(list, events))

    return Starlette(
        routes=[
            *build_routes(claude.LiveScript(model=model)),
            Route("/v1beta/models/{name}:{method}", generate, methods=["POST"]),
            Route("/v1/responses", respond, methods=["POST"]),
        ]
    )


def _render_events(events: list[dict[str, Any]]) -> Response:
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return Response(body, media_type="text/event-stream")
