"""vLLM-Omni as its 0.30.0 answers: `entrypoints/openai/{api_server,protocol/images,…/videos}.py`.

Unknown fields are ignored. A failed video is polled with the status of its error, not with 200.
Errors are those of vLLM: `{"error": {message, type, param, code}}` with a number as `code`; a
missing key is `{"error": "Unauthorized"}`.
"""

import io
import time
from http import HTTPStatus
from typing import Any, ClassVar

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.fakes.openai.media import Drawing
from tests.fakes.openai.upstream import Handler, RecordedCall, Upstream, Video, parse_size

_MOST_STEPS = 200


class VllmOmni(Upstream):
    """One vLLM-Omni with one API worker."""

    name: ClassVar[str] = "vllm-omni"
    model = "Wan-AI/Wan2.2-T2V-A14B-Diffusers"

    def list_routes(self) -> list[tuple[str, str, Handler]]:
        """List the routes of pictures and videos."""
        return [
            ("/health", "GET", self._health),
            ("/metrics", "GET", self._metrics),
            ("/v1/models", "GET", self._models),
            ("/v1/images/generations", "POST", self._generate),
            ("/v1/images/edits", "POST", self._edit),
            ("/v1/videos", "POST", self._create),
            ("/v1/videos/{id}", "GET", self._retrieve),
            ("/v1/videos/{id}", "DELETE", self._delete),
            ("/v1/videos/{id}/content", "GET", self._content),
        ]

    def render_error(self, status: int, message: str, kind: str = "") -> Response:
        """Render an error as vLLM's handlers do."""
        phrase = kind or HTTPStatus(status).phrase
        error = {"message": message, "type": phrase, "param": None, "code": status}
        return JSONResponse({"error": error}, status)

    def render_unauthorized(self) -> Response:
        """Render vLLM's refusal of a key: `error` is a text here."""
        return JSONResponse({"error": "Unauthorized"}, 401)

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"status": "healthy"})

    async def _metrics(self, _request: Request) -> Response:
        label = f'{{model_name="{self.model}"}}'
        return PlainTextResponse(
            "# TYPE vllm_omni:num_requests_running gauge\n"
            f"vllm_omni:num_requests_running{label} {float(self.running)}\n"
            f"vllm_omni:num_requests_waiting{label} 0.0\n"
        )

    async def _models(self, _request: Request) -> Response:
        card = {"id": self.model, "object": "model", "owned_by": "vllm", "root": self.model}
        return JSONResponse({"object": "list", "data": [card]})

    def _find_error(self, fields: dict[str, Any]) -> Response | None:
        if not fields.get("prompt"):
            return self.render_error(400, "1 validation error: prompt: Field required")
        if fields.get("model") not in {None, self.model}:
            text = f"Model mismatch: request specifies '{fields['model']}' but server is running"
            return self.render_error(400, f"{text} '{self.model}'.")
        steps = fields.get("num_inference_steps")
        if steps is not None and not 1 <= int(steps) <= _MOST_STEPS:
            return self.render_error(400, "num_inference_steps: less than or equal to 200")
        return None

    async def _generate(self, request: Request) -> Response:
        self.stops_when_left = True
        call: RecordedCall = request.state.call
        if (refusal := self._find_error(call.fields)) is not None:
            return refusal
        if call.fields.get("response_format", "b64_json") not in {"b64_json", "file"}:
            return self.render_error(400, "Only 'b64_json' or 'file' response format is supported")
        return await self._draw(request, _read_drawing(call.fields, (1024, 1024)))

    async def _edit(self, request: Request) -> Response:
        self.stops_when_left = False  # only generations are ended with their connection
        call: RecordedCall = request.state.call
        if (refusal := self._find_error(call.fields)) is not None:
            return refusal
        pictures = call.files.get("image") or call.files.get("image[]")
        if not pictures:
            return self.render_error(422, "Field 'image' or 'url' is required")
        drawing = _read_drawing(call.fields, Image.open(io.BytesIO(pictures[0])).size)
        masks = call.files.get("mask_image", [None])
        edit = Drawing(**(vars(drawing) | {"source": pictures[0], "mask": masks[0]}))
        return await self._draw(request, edit)

    async def _draw(self, request: Request, drawing: Drawing) -> Response:
        count = int(request.state.call.fields.get("n") or 1)
        made = await self.hold(request, drawing, count)
        if made is None:
            return self.render_error(500, "Image generation failed: CUDA out of memory")
        return JSONResponse(
            {
                "created": int(time.time()),
                "data": self.render_items(made, "/tmp/vllm_omni/out.png"),  # noqa: S108 - its own
                "output_format": drawing.kind,
                "size": f"{drawing.width}x{drawing.height}",
                "cot_output": None,
                "metrics": {"stage_durations": None, "peak_memory_mb": None},
            }
        )

    async def _create(self, request: Request) -> Response:
        call: RecordedCall = request.state.call
        if (refusal := self._find_error(call.fields)) is not None:
            return refusal
        video = self.create_video(read_film(call, default_fps=24), call.fields, "video_gen_")
        return JSONResponse(_render_video(video, self.model))

    async def _retrieve(self, request: Request) -> Response:
        video = self.videos.get(request.path_params["id"])
        if video is None:
            return self.render_error(404, "Video not found")
        body = _render_video(video, self.model)
        return JSONResponse(body, 500 if video.status == "failed" else 200)

    async def _delete(self, request: Request) -> Response:
        video = self.videos.get(request.path_params["id"])
        if video is None:
            return self.render_error(404, "Video not found")
        if not self.faults.ignore_cancel:
            await self.stop_video(video)
        self.videos.pop(video.id, None)
        return JSONResponse({"id": video.id, "deleted": True, "object": "video.deleted"})

    async def _content(self, request: Request) -> Response:
        video = self.videos.get(request.path_params["id"])
        if video is None:
            return self.render_error(404, "Video not found")
        if video.status == "failed":
            return self.render_error(422, "Video generation failed.")
        if not video.content:
            return self.render_error(404, "Generation is still in-progress")
        return Response(video.content, media_type="video/mp4")


def _read_drawing(fields: dict[str, Any], otherwise: tuple[int, int]) -> Drawing:
    width, height = parse_size(str(fields.get("size") or ""), otherwise)
    kind = str(fields.get("output_format") or "png")
    return Drawing(fields["prompt"], width, height, int(fields.get("seed") or 0), kind)


def read_film(call: RecordedCall, *, default_fps: int) -> Drawing:
    """Read the film that a form or JSON of a video orders."""
    fields = call.fields
    width, height = parse_size(str(fields.get("size") or ""), (832, 480))
    fps = int(float(fields.get("fps") or default_fps))
    frames = int(fields.get("num_frames") or fps * int(fields.get("seconds") or 4))
    return Drawing(
        fields["prompt"],
        int(fields.get("width") or width),
        int(fields.get("height") or height),
        int(fields.get("seed") or 0),
        frames=frames,
        fps=fps,
        sound=str(fields.get("generate_sound")).lower() == "true",
        source=next(iter(call.files.get("input_reference", ())), None),
    )


def _render_video(video: Video, model: str) -> dict[str, Any]:
    failed = video.status == "failed"
    return {
        "model": model,
        "prompt": video.drawing.prompt,
        "id": video.id,
        "object": "video",
        "status": video.status,
        "size": video.fields.get("size"),
        "progress": video.progress,
        "seconds": str(video.fields.get("seconds") or 4),
        "quality": "default",
        "created_at": video.created_at,
        "error": {"code": 500, "message": video.error} if failed else None,
        "media_type": "video/mp4",
        "file_name": f"{video.id}.mp4" if video.content else None,
    }
