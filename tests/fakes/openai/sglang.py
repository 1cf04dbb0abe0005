"""SGLang Diffusion as its 0.5.23 answers: `multimodal_gen/runtime/entrypoints/openai/`.

`response_format` is a URL on its own disk unless asked, `n` is clamped to 1 to 10, an edit's `mask`
is declared and never read, and DELETE forgets a video whose GPU runs on. Errors are FastAPI's:
`{"detail": …}`, and plain text for what failed inside. Replies hold paths of the server.
"""

import io
import time
import uuid
from typing import Any, ClassVar

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.fakes.openai.media import Drawing
from tests.fakes.openai.upstream import (
    Handler,
    RecordedCall,
    Upstream,
    Video,
    parse_size,
    render_json,
)
from tests.fakes.openai.vllm_omni import read_film

_MOST_PICTURES, _MOST_PERCENT = 10, 99
_PLACE = "/sgl-workspace/outputs"
_KINDS = {"png": "png", "webp": "webp", "jpeg": "jpg", "jpg": "jpg"}


_SEED = 42  # of every picture that comes without one


class SgLang(Upstream):
    """One SGLang server with `--output-path` and `--enable-metrics`."""

    name: ClassVar[str] = "sglang"
    model = "Qwen/Qwen-Image"

    def list_routes(self) -> list[tuple[str, str, Handler]]:
        """List the routes of pictures and videos."""
        return [
            ("/health", "GET", self._health),
            ("/metrics", "GET", self._metrics),
            ("/v1/models", "GET", self._models),
            ("/v1/images/generations", "POST", self._generate),
            ("/v1/images/edits", "POST", self._edit),
            ("/v1/images/{id}/content", "GET", self._image_content),
            ("/v1/videos", "POST", self._create),
            ("/v1/videos/{id}", "GET", self._retrieve),
            ("/v1/videos/{id}", "DELETE", self._delete),
            ("/v1/videos/{id}/content", "GET", self._content),
        ]

    def render_error(self, status: int, message: str, kind: str = "") -> Response:
        """Render an error as FastAPI does."""
        del kind
        return JSONResponse({"detail": message}, status)

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _metrics(self, _request: Request) -> Response:
        label = '{role="monolithic",replica="0"}'
        return PlainTextResponse(
            f"sglang:diffusion_num_queue_reqs{label} 0.0\n"
            f"sglang:diffusion_num_running_reqs{label} {float(self.running)}\n"
        )

    async def _models(self, _request: Request) -> Response:
        card = {
            "id": self.model,
            "object": "model",
            "created": int(time.time()),
            "owned_by": "sglang",
            "root": self.model,
            "num_gpus": 1,
            "task_type": "T2I",
            "supported_task_types": ["T2I"],
        }
        return JSONResponse({"object": "list", "data": [card]})

    async def _generate(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        if "prompt" not in call.fields:
            missing = [{"type": "missing", "loc": ["body", "prompt"], "msg": "Field required"}]
            return JSONResponse({"detail": missing}, 422)
        return await self._draw(request, self._read_drawing(call.fields, (1024, 1024)), "url")

    async def _edit(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        pictures = call.files.get("image") or call.files.get("image[]")
        if not pictures:
            return self.render_error(422, "Field 'image' or 'url' is required")
        drawing = self._read_drawing(call.fields, Image.open(io.BytesIO(pictures[0])).size)
        edit = Drawing(**(vars(drawing) | {"source": pictures[0]}))  # the mask is never read
        return await self._draw(request, edit, "b64_json")

    def _read_drawing(self, fields: dict[str, Any], otherwise: tuple[int, int]) -> Drawing:
        width, height = parse_size(str(fields.get("size") or ""), otherwise)
        return Drawing(
            fields["prompt"],
            int(fields.get("width") or width),
            int(fields.get("height") or height),
            int(fields.get("seed") or _SEED),
            _KINDS.get(str(fields.get("output_format") or "").lower(), "jpg"),
        )

    async def _draw(self, request: Request, drawing: Drawing, default_format: str) -> Response:
        fields = request.state.call.fields
        wanted = str(fields.get("response_format") or default_format).lower()
        if wanted not in {"url", "b64_json"}:
            return self.render_error(400, f"response_format={wanted} is not supported")
        count = max(1, min(int(fields.get("n") or 1), _MOST_PICTURES))
        made = await self.hold(request, drawing, count)
        if made is None:
            return PlainTextResponse("Internal Server Error", 500)
        request_id = str(uuid.uuid4())
        path = f"{_PLACE}/{request_id}.{drawing.kind}"
        items = self.render_items(made, path)
        if wanted == "url" and items:
            self.videos[request_id] = Video(request_id, drawing, fields, content=made[0])
            items = [{"url": f"/v1/images/{request_id}/content"}]
        extra = {"revised_prompt": drawing.prompt, "file_path": path, "resize": None}
        data = [{"b64_json": None, "url": None} | extra | item for item in items]
        return render_json({"id": request_id, "created": int(time.time()), "data": data})

    async def _image_content(self, request: Request) -> Response:
        made = self.videos.get(request.path_params["id"])
        if made is None:
            return self.render_error(404, "Image not found")
        return Response(made.content, media_type="image/jpeg")

    async def _create(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        if not call.fields.get("prompt"):
            return self.render_error(400, "prompt is required")
        video = self.create_video(read_film(call, default_fps=24), call.fields, "")
        return JSONResponse(self._render_video(video))

    def measure_progress(self, share: float) -> int:
        """Return the percent of the steps done; 100 comes only with the file."""
        return min(int(share * 100), _MOST_PERCENT)

    async def _retrieve(self, request: Request) -> Response:
        video = self.videos.get(request.path_params["id"])
        if video is None:
            return self.render_error(404, "Video not found")
        return JSONResponse(self._render_video(video))

    async def _delete(self, request: Request) -> Response:
        video = self.videos.pop(request.path_params["id"], None)
        if video is None:
            return self.render_error(404, "Video not found")
        return JSONResponse(self._render_video(video) | {"status": "deleted"})

    async def _content(self, request: Request) -> Response:
        video = self.videos.get(request.path_params["id"])
        if video is None:
            return self.render_error(404, "Video not found")
        variant = request.query_params.get("variant", "0")
        if video.status not in {"completed", "failed"}:
            return self.render_error(404, "Generation is still in-progress")
        if variant != "0" or not video.content:  # an index: `video` is none
            return self.render_error(404, f"Video variant {variant} not found")
        return Response(video.content, media_type="video/mp4")

    def _render_video(self, video: Video) -> dict[str, Any]:
        drawing = video.drawing
        return {
            "id": video.id,
            "object": "video",
            "model": self.model,
            "status": video.status,
            "progress": video.progress,
            "created_at": video.created_at,
            "size": f"{drawing.width}x{drawing.height}",
            "seconds": str(round(drawing.frames / drawing.fps)),
            "quality": "standard",
            "url": None,
            "error": {"message": video.error} if video.error else None,
            "file_path": f"{_PLACE}/{video.id}.mp4",
        }
