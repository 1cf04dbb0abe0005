"""NVIDIA Dynamo: pictures and videos in one held call, its own fields under `nvext`.

What is not asked as base64 comes as a URL, often of its own disk. A picture's steps above 50 are
clamped in silence. A start frame is refused by one of its backends and ignored by another, so none
is taken. A failed video is a 200 with `status: "failed"`, which has no data. Nothing stops.
"""

from collections.abc import Mapping
from typing import ClassVar

from workers.engines.openai.dialects.dialect import Call, Dialect, Order, ServedModel
from workers.engines.openai.dialects.guesses import guess_tasks_by_name

_PREFIX = "dynamo_frontend_"


class Dynamo(Dialect):
    """The dialect of Dynamo's frontend."""

    name = "dynamo"
    bindings: ClassVar[Mapping[str, frozenset[str]]] = {
        "image.generate": frozenset({"negativePrompt", "seed", "steps"}),
        "video.generate": frozenset({"negativePrompt", "seed", "steps"}),
    }
    most_steps: ClassVar[Mapping[str, int]] = {"image.generate": 50}
    most_guidance = 100
    needs_steps = frozenset({"video.generate"})
    owners = frozenset({"nvidia"})
    held_tasks = frozenset({"image.generate", "video.generate"})

    def build_call(self, order: Order) -> Call:
        """Build a generation as JSON."""
        extra: dict[str, object] = {
            "negative_prompt": order.negative_prompt,
            "num_inference_steps": order.steps,
            "guidance_scale": order.guidance,
            "seed": order.seed,
        }
        fields: dict[str, object] = {
            "model": order.model,
            "prompt": order.prompt,
            "size": order.size,
            "response_format": "b64_json",
        }
        if order.task == "image.generate":
            body = fields | {"n": order.pictures, "nvext": _drop_none(extra)}
            return Call(method="POST", path="/images/generations", json=body)
        film: dict[str, object] = {"fps": order.fps, "num_frames": order.frames}
        body = fields | {"output_format": "mp4", "nvext": _drop_none(extra | film)}
        return Call(method="POST", path="/videos", json=body)

    def read_load(self, metrics: Mapping[str, float]) -> int | None:
        """Return the frontend's calls; those that wait are among them."""
        inflight = metrics.get(f"{_PREFIX}inflight_requests")
        return None if inflight is None else round(inflight)

    def guess_tasks(self, model: ServedModel) -> Mapping[str, frozenset[str]]:
        """Guess by the model's name."""
        return guess_tasks_by_name(model.id, self.bindings)


def _drop_none(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}
