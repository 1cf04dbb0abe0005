"""vLLM-Omni: pictures in one held call, videos as jobs in the memory of its process.

Unknown fields are ignored there, a failed video is told under the status of its error, and of
several API workers only one knows a video: run one. Closing the connection ends a generation; an
edit runs on.
"""

from collections.abc import Mapping
from typing import ClassVar

from workers.engines.openai.dialects.dialect import (
    Call,
    Dialect,
    FilePart,
    Order,
    ServedModel,
)
from workers.engines.openai.dialects.forms import build_film_form, build_picture_fields, to_form
from workers.engines.openai.dialects.guesses import guess_tasks_by_name

_PREFIXES = ("vllm_omni:", "vllm:omni_")


class VllmOmni(Dialect):
    """The dialect of vLLM-Omni."""

    name = "vllm-omni"
    bindings: ClassVar[Mapping[str, frozenset[str]]] = {
        "image.generate": frozenset({"negativePrompt", "seed", "steps"}),
        "image.edit": frozenset({"negativePrompt", "seed", "steps", "mask", "strength"}),
        "video.generate": frozenset(
            {"negativePrompt", "seed", "steps", "startFrame", "generateAudio"}
        ),
    }
    most_steps = dict.fromkeys(bindings, 200)
    most_guidance = 20
    owners = frozenset({"vllm", "vllm-omni"})
    stopping_tasks = frozenset({"image.generate", "video.generate"})

    def build_call(self, order: Order) -> Call:
        """Build a generation as JSON, an edit or a video as a form."""
        if order.task == "image.generate":
            return Call(method="POST", path="/images/generations", json=build_picture_fields(order))
        if order.task == "image.edit":
            return _build_edit(order)
        return _build_video(order)

    def read_load(self, metrics: Mapping[str, float]) -> int | None:
        """Return running and waiting calls, which `--log-stats` publishes under either prefix."""
        for prefix in _PREFIXES:
            counts = [
                metrics[f"{prefix}num_requests_{state}"]
                for state in ("running", "waiting")
                if f"{prefix}num_requests_{state}" in metrics
            ]
            if counts:
                return round(sum(counts))
        return None

    def guess_tasks(self, model: ServedModel) -> Mapping[str, frozenset[str]]:
        """Guess by the model's name, with everything that the dialect can bind."""
        return guess_tasks_by_name(model.id, self.bindings)


def _build_edit(order: Order) -> Call:
    form = to_form(build_picture_fields(order) | {"strength": order.strength})
    files = [FilePart("image", path) for path in (order.source, *order.references) if path]
    if order.mask is not None:
        files.append(FilePart("mask_image", order.mask))
    return Call(method="POST", path="/images/edits", form=form, files=files)


def _build_video(order: Order) -> Call:
    body = build_film_form(order)
    sound = None if order.sound is None else str(order.sound).lower()
    form = {**body["form"], "generate_sound": sound}
    return Call(method="POST", path="/videos", form=form, files=body["files"])
