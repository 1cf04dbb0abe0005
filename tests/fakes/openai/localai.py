"""LocalAI as its `core/http/endpoints/openai/image.go` and `middleware/request.go` answer.

A prompt is split at `|`, and what follows is the negative prompt. A size without an `x` becomes
512x512 in silence. What is not asked as `b64_json` comes as a URL below `/generated-images/`.
A seed is cast to 32 bits, and only one above 0 is used.
Errors are `{"error": {code, message, type}}` with a number as `code`.
"""

import secrets
import time
import uuid
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.fakes.openai.media import Drawing
from tests.fakes.openai.upstream import Handler, RecordedCall, Upstream, Video, parse_size


class LocalAi(Upstream):
    """One LocalAI with one picture model."""

    name: ClassVar[str] = "localai"
    model = "stablediffusion"

    def list_routes(self) -> list[tuple[str, str, Handler]]:
        """List the routes of pictures."""
        return [
            ("/healthz", "GET", self._health),
            ("/readyz", "GET", self._health),
            ("/v1/models", "GET", self._models),
            ("/v1/images/generations", "POST", self._generate),
            ("/generated-images/{name}", "GET", self._picture),
        ]

    def render_error(self, status: int, message: str, kind: str = "") -> Response:
        """Render an error; what its code returns as an error is a 500 without a type."""
        return JSONResponse({"error": {"code": status, "message": message, "type": kind}}, status)

    async def _health(self, _request: Request) -> Response:
        return PlainTextResponse("OK")

    async def _models(self, _request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": self.model, "object": "model"}]})

    async def _generate(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        fields = call.fields
        if fields.get("model") != self.model:
            text = f'model "{fields.get("model")}" not found. To see available models, call GET'
            return self.render_error(404, f"{text} /v1/models", "invalid_request_error")
        size = str(fields.get("size") or "")
        if "x" in size and parse_size(size, (0, 0)) == (0, 0):
            return self.render_error(500, "invalid value for 'size'")
        width, height = parse_size(size, (512, 512))
        positive, _, _negative = str(fields["prompt"]).partition("|")
        drawing = Drawing(positive, width, height, _cast_seed(fields.get("seed")))
        made = await self.hold(request, drawing, int(fields.get("n") or 1))
        if made is None:
            return self.render_error(500, "rpc error: code = Unknown desc = no image")
        items = self.render_items(made, "/tmp/generated/images/b64.png")  # noqa: S108 - its own
        if fields.get("response_format") != "b64_json" and items:
            name = f"b64{uuid.uuid4().hex}.png"
            self.videos[name] = Video(name, drawing, fields, content=made[0])
            items = [{"url": f"{self.root}/generated-images/{name}"}]
        body = {"created": int(time.time()), "id": str(uuid.uuid4()), "data": items}
        return JSONResponse(body)

    async def _picture(self, request: Request) -> Response:
        made = self.videos.get(request.path_params["name"])
        if made is None:
            return PlainTextResponse("Cannot GET", 404)
        return Response(made.content, media_type="image/png")


def _cast_seed(seed: int | None) -> int:
    cast = ((seed or 0) + 2**31) % 2**32 - 2**31
    return cast if cast > 0 else secrets.randbelow(2**31)
