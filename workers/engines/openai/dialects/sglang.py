"""SGLang Diffusion: pictures in one held call, videos as jobs in the memory of its process.

Its `response_format` is a URL unless asked, its answers hold paths of its disk, which we never
read, and an edit's mask is declared and never read, so none is taken. DELETE forgets a video whose
GPU runs on: nothing stops. It rounds frames if it serves from several GPUs.
"""

from collections.abc import Mapping
from typing import ClassVar

from workers.engines.openai.dialects.dialect import Call, Dialect, FilePart, Order, ServedModel
from workers.engines.openai.dialects.forms import build_film_form, build_picture_fields, to_form
from workers.engines.openai.dialects.guesses import guess_tasks_by_name

_QUEUED, _RUNNING = "sglang:diffusion_num_queue_reqs", "sglang:diffusion_num_running_reqs"
# Its own names of what a model makes, and whether that begins with a picture.
_TASKS: Mapping[str, tuple[str, bool]] = {
    "T2I": ("image.generate", False),
    "I2I": ("image.edit", True),
    "TI2I": ("image.edit", True),
    "T2V": ("video.generate", False),
    "TI2V": ("video.generate", True),
}


class SgLang(Dialect):
    """The dialect of SGLang."""

    name = "sglang"
    bindings: ClassVar[Mapping[str, frozenset[str]]] = {
        "image.generate": frozenset({"negativePrompt", "seed", "steps"}),
        "image.edit": frozenset({"negativePrompt", "seed", "steps"}),
        "video.generate": frozenset({"negativePrompt", "seed", "steps", "startFrame"}),
    }
    most_guidance = 100
    owners = frozenset({"sglang"})

    def build_call(self, order: Order) -> Call:
        """Build a generation as JSON, an edit or a video as a form."""
        if order.task == "video.generate":
            return Call(method="POST", path="/videos", **build_film_form(order))
        fields = build_picture_fields(order) | {"output_format": "png"}
        if order.task == "image.generate":
            return Call(method="POST", path="/images/generations", json=fields)
        files = [FilePart("image", path) for path in (order.source, *order.references) if path]
        return Call(method="POST", path="/images/edits", form=to_form(fields), files=files)

    def read_load(self, metrics: Mapping[str, float]) -> int | None:
        """Return running and waiting calls, which `--enable-metrics` publishes."""
        if _QUEUED not in metrics:
            return None
        return round(metrics[_QUEUED] + metrics.get(_RUNNING, 0))

    def guess_tasks(self, model: ServedModel) -> Mapping[str, frozenset[str]]:
        """Read the tasks from the model's entry; guess by its name where it has none."""
        served = model.entry.get("supported_task_types")
        if not isinstance(served, list):
            return guess_tasks_by_name(model.id, self.bindings)
        guessed: dict[str, frozenset[str]] = {}
        for name in served:
            task, begins_with_picture = _TASKS.get(str(name), ("", False))
            if task:
                without = set() if begins_with_picture else {"startFrame"}
                guessed[task] = guessed.get(task, frozenset()) | (self.bindings[task] - without)
        return guessed
