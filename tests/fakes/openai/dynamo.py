"""NVIDIA Dynamo as its 1.6.1 answers: `common/protocols`, `sglang` and `trtllm` handlers.

Images and videos are synchronous; what is not asked as `b64_json` comes as a URL, often
`file:///…`. A video needs `size`, `nvext.fps` and `nvext.num_inference_steps`, is VP9 in an MP4,
and a failed one is a 200 with `status: "failed"`. More than 50 steps of a picture are clamped.
Errors are flat: `{message, type, code}`. Metrics are named in the binary of ai-dynamo-runtime.
"""

import time
import uuid
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.fakes.openai.media import Drawing
from tests.fakes.openai.upstream import Handler, RecordedCall, Upstream, parse_size, render_json

MOST_STEPS = 50


class Dynamo(Upstream):
    """One frontend of Dynamo with one worker behind it."""

    name: ClassVar[str] = "dynamo"
    model = "black-forest-labs/FLUX.1-dev"
    codec = "libvpx-vp9"

    def list_routes(self) -> list[tuple[str, str, Handler]]:
        """List the routes of pictures and videos."""
        return [
            ("/health", "GET", self._health),
            ("/metrics", "GET", self._metrics),
            ("/v1/models", "GET", self._models),
            ("/v1/images/generations", "POST", self._generate),
            ("/v1/videos", "POST", self._film),
        ]

    def render_error(self, status: int, message: str, kind: str = "") -> Response:
        """Render an error as the frontend does."""
        phrase = kind or HTTPStatus(status).phrase
        return JSONResponse({"message": message, "type": phrase, "code": status}, status)

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"status": "healthy", "endpoints": [], "instances": []})

    async def _metrics(self, _request: Request) -> Response:
        label = f'{{model="{self.model}"}}'
        return PlainTextResponse(
            f"dynamo_frontend_inflight_requests{label} {self.running}\n"
            f"dynamo_frontend_queued_requests{label} 0\n"
        )

    async def _models(self, _request: Request) -> Response:
        card = {"id": self.model, "object": "object", "created": 1, "owned_by": "nvidia"}
        return JSONResponse({"object": "list", "data": [card]})

    async def _generate(self, request: Request) -> Response:
        fields = request.state.call.fields
        if fields.get("model") != self.model:
            return self.render_error(404, "Model not found")
        width, height = parse_size(str(fields.get("size") or ""), (1024, 1024))
        extra = fields.get("nvext") or {}
        drawing = Drawing(fields["prompt"], width, height, int(extra.get("seed") or 0))
        made = await self.hold(request, drawing, int(fields.get("n") or 1))
        if made is None:
            return self.render_error(500, "Failed to fold images stream")
        items = self.render_items(made, "/tmp/dynamo_media/images/1.png")  # noqa: S108 - its own
        if fields.get("response_format", "url") == "url":
            items = [{"url": "file:///tmp/dynamo_media/images/1.png"} for _ in items]
        return JSONResponse({"created": int(time.time()), "data": items})

    async def _film(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        extra: dict[str, Any] = call.fields.get("nvext") or {}
        if call.fields.get("model") != self.model:
            return self.render_error(404, "Model not found")
        for name, value in (
            ("Size", call.fields.get("size")),
            ("FPS", extra.get("fps")),
            ("Num inference steps", extra.get("num_inference_steps")),
        ):
            if value is None:
                return self._render_film(call, [], f"{name} is required")
        width, height = parse_size(call.fields["size"], (832, 480))
        frames = extra.get("num_frames") or extra["fps"] * int(call.fields.get("seconds") or 4)
        drawing = Drawing(
            call.fields["prompt"],
            width,
            height,
            int(extra.get("seed") or 0),
            frames=frames,
            fps=extra["fps"],
        )
        made = await self.hold(request, drawing)
        if made is None:
            return self._render_film(call, [], "DiffGenerator returned None at /opt/dynamo/x.py")
        items = self.render_items(made, "/tmp/dynamo_media/videos/1.mp4")  # noqa: S108 - its own
        if call.fields.get("response_format", "url") == "url":
            items = [{"url": "file:///tmp/dynamo_media/videos/1.mp4"} for _ in items]
        return self._render_film(call, items)

    def _render_film(
        self, call: RecordedCall, items: list[dict[str, Any]], error: str | None = None
    ) -> Response:
        return render_json(
            {
                "id": f"video-{uuid.uuid4()}",
                "object": "video",
                "model": call.fields["model"],
                "status": "failed" if error else "completed",
                "progress": 0 if error else 100,
                "created": int(time.time()),
                "data": [{"output_format": "mp4"} | item for item in items],
                "error": error,
            }
        )
