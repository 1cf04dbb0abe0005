"""OpenAI's hosted image API as its clients declare it: `openai` 3.57.0, `types/image_*.py`.

Not seen live: nothing was sent to it. It takes the official fields and refuses all others, the GPT
image models refuse `response_format`, sizes are multiples of 16, a mask is transparent where the
picture may change, pictures have no seed, and each call costs money.
"""

import io
import time
from typing import Any, ClassVar

from PIL import Image, ImageOps
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.openai.media import Drawing
from tests.fakes.openai.upstream import Handler, RecordedCall, Upstream, parse_size, render_json

_FIELDS = {
    "prompt",
    "background",
    "complexity",
    "input_fidelity",
    "model",
    "moderation",
    "n",
    "output_compression",
    "output_format",
    "partial_images",
    "quality",
    "response_format",
    "safety_identifier",
    "size",
    "stream",
    "style",
    "user",
}
_GRID, _MOST_PICTURES = 16, 10


class OpenAi(Upstream):
    """The hosted API behind one key."""

    name: ClassVar[str] = "openai"
    model = "gpt-image-2"

    def list_routes(self) -> list[tuple[str, str, Handler]]:
        """List the routes of pictures."""
        return [
            ("/v1/models", "GET", self._models),
            ("/v1/images/generations", "POST", self._generate),
            ("/v1/images/edits", "POST", self._edit),
        ]

    def render_error(
        self, status: int, message: str, kind: str = "", code: str | None = None
    ) -> Response:
        """Render an error as the official clients read it."""
        error = {"message": message, "type": kind, "param": None, "code": code}
        return JSONResponse({"error": error}, status)

    def render_content_refusal(self) -> Response:
        """Render the refusal of the safety system."""
        text = "Your request was rejected by the safety system."
        return self.render_error(400, text, "image_generation_user_error", "moderation_blocked")

    def render_unpaid(self) -> Response:
        """Render the refusal of a used-up quota: under the status of a busy server."""
        text = "You exceeded your current quota, please check your plan and billing details."
        return self.render_error(429, text, "insufficient_quota", "insufficient_quota")

    async def _models(self, _request: Request) -> Response:
        cards = [
            {"id": name, "object": "model", "created": 1, "owned_by": owner}
            for name, owner in ((self.model, "system"), ("gpt-4o", "system"))
        ]
        return JSONResponse({"object": "list", "data": cards})

    async def _generate(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        return await self._draw(request, call.fields, None, None)

    async def _edit(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        pictures = call.files.get("image[]") or call.files.get("image")
        if not pictures:
            text = "Missing required parameter: 'image'."
            return self.render_error(400, text, "invalid_request_error", "missing")
        mask = next(iter(call.files.get("mask", ())), None)
        white = None if mask is None else _whiten(mask)
        return await self._draw(request, call.fields, pictures[0], white)

    async def _draw(
        self, request: Request, fields: dict[str, Any], source: bytes | None, mask: bytes | None
    ) -> Response:
        if unknown := sorted(set(fields) - _FIELDS):
            text = f"Unknown parameter: '{unknown[0]}'."
            return self.render_error(400, text, "invalid_request_error", "unknown_parameter")
        if self.model.startswith("gpt-image") and "response_format" in fields:
            text = "Unknown parameter: 'response_format'."
            return self.render_error(400, text, "invalid_request_error", "unknown_parameter")
        width, height = parse_size(str(fields.get("size") or ""), (1024, 1024))
        if width % _GRID or height % _GRID or not 1 <= int(fields.get("n") or 1) <= _MOST_PICTURES:
            text = f"Invalid size '{fields.get('size')}'."
            return self.render_error(400, text, "invalid_request_error", "invalid_value")
        kind = str(fields.get("output_format") or "png")
        seed = len(self.calls)  # its own, another one each time
        drawing = Drawing(fields["prompt"], width, height, seed, kind, source=source, mask=mask)
        made = await self.hold(request, drawing, int(fields.get("n") or 1))
        if made is None:
            text = "The server had an error while processing your request."
            return self.render_error(500, text, "server_error")
        return render_json(
            {
                "created": int(time.time()),
                "data": self.render_items(made, "/srv/image.png"),
                "output_format": kind,
                "size": f"{width}x{height}",
                "quality": fields.get("quality") or "medium",
                "usage": {"input_tokens": 10, "output_tokens": 1056, "total_tokens": 1066},
            }
        )


def _whiten(mask: bytes) -> bytes:
    """Return a mask that is white where this one is transparent."""
    out = io.BytesIO()
    alpha = Image.open(io.BytesIO(mask)).convert("RGBA").getchannel("A")
    ImageOps.invert(alpha).save(out, "PNG")
    return out.getvalue()
