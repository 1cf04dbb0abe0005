"""stable-diffusion.cpp's `sd-server` as `examples/server/routes_openai.cpp` answers.

Read in the sources that stable-diffusion-cpp-python 0.4.7 holds. It knows no model but
`sd-cpp-local`, obeys `<sd_cpp_extra_args>` inside a prompt, draws one call at a time under a mutex
whoever closes the connection, aligns sizes up and cuts steps to 1 to 100 without a word, and its
errors are `{"error": "text"}`.
"""

import asyncio
import io
import json
import re
import time
from typing import Any, ClassVar

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.openai.media import Drawing
from tests.fakes.openai.upstream import Handler, RecordedCall, Upstream, parse_size

_GRID = 64  # of the SD 1 models
_OPTIONS = re.compile(r"<sd_cpp_extra_args>(.*?)</sd_cpp_extra_args>")


class SdCpp(Upstream):
    """One sd-server with one model."""

    name: ClassVar[str] = "sdcpp"
    model = "sd-cpp-local"

    def list_routes(self) -> list[tuple[str, str, Handler]]:
        """List the routes of pictures."""
        return [
            ("/v1/models", "GET", self._models),
            ("/v1/images/generations", "POST", self._generate),
            ("/v1/images/edits", "POST", self._edit),
        ]

    def render_error(self, status: int, message: str, kind: str = "") -> Response:
        """Render an error: a text, not an object."""
        if kind == "server_error":
            return JSONResponse({"error": kind, "message": message}, status)
        return JSONResponse({"error": message}, status)

    async def _models(self, _request: Request) -> Response:
        card = {"id": "sd-cpp-local", "object": "model", "owned_by": "local"}
        return JSONResponse({"data": [card]})

    async def _generate(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        if not call.fields.get("prompt"):
            return self.render_error(400, "prompt required")
        return await self._draw(request, call.fields, (512, 512), None, None)

    async def _edit(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        if not call.fields.get("prompt"):
            return self.render_error(400, "prompt required")
        pictures = call.files.get("image[]") or call.files.get("image")
        if not pictures:
            return self.render_error(400, "at least one image[] required")
        size = Image.open(io.BytesIO(pictures[0])).size
        mask = next(iter(call.files.get("mask", ())), None)
        return await self._draw(request, call.fields, size, pictures[0], mask)

    async def _draw(
        self,
        request: Request,
        fields: dict[str, Any],
        otherwise: tuple[int, int],
        source: bytes | None,
        mask: bytes | None,
    ) -> Response:
        prompt = str(fields["prompt"])
        options: dict[str, Any] = {}
        if found := _OPTIONS.search(prompt):
            prompt = _OPTIONS.sub("", prompt)
            try:
                options = json.loads(found[1])
            except ValueError:
                return self.render_error(400, "invalid sd_cpp_extra_args")
        width, height = parse_size(str(fields.get("size") or ""), otherwise)
        drawing = Drawing(
            prompt,
            _align_up(options.get("width", width)),
            _align_up(options.get("height", height)),
            int(options.get("seed", 42)),
            str(fields.get("output_format") or "png"),
            source=source,
            mask=mask,
            steps=min(max(1, int(options.get("sample_params", {}).get("sample_steps", 20))), 100),
        )
        async with self.mutex:
            made = await self.hold(request, drawing, max(1, int(fields.get("n") or 1)))
        if made is None:
            return self.render_error(500, "generate_image returned no results")
        items = self.render_items(made, "/home/sd/output.png")
        body = {"created": int(time.time()), "data": items, "output_format": drawing.kind}
        return JSONResponse(body)

    @property
    def mutex(self) -> asyncio.Lock:
        """Return the mutex of the one context, made in the server's own loop."""
        if self._mutex is None:
            self._mutex = asyncio.Lock()
        return self._mutex

    _mutex: asyncio.Lock | None = None


def _align_up(side: int) -> int:
    return -(-side // _GRID) * _GRID
