"""The child process of one sandbox attempt: `python -I -m workers.engines.sandbox.child`.

The engine writes the spec to stdin; answers are JSON lines `{stage, step, steps}`, `{alive}` and
at last `{done: {outputs: [name]}}` or `{error: {code, message, trace}}`.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from workers.engines.sandbox.job import Job
from workers.video.confine import ChildError, emit, run_child, step_back

# A picture never waits for the import of the film tools.
_MAKERS: Mapping[str, tuple[str, str]] = {
    "image.generate": ("pictures", "generate_pictures"),
    "image.edit": ("pictures", "edit_pictures"),
    "image.upscale": ("pictures", "enlarge_picture"),
    "video.generate": ("films", "shoot_film"),
    "video.extend": ("films", "shoot_film"),
    "video.upscale": ("films", "enlarge_film"),
}


def _maker(task: str) -> Callable[[Job], list[Path]]:
    if task not in _MAKERS:
        raise ChildError(f"the sandbox does not make {task}", code="incompatible")
    module, name = _MAKERS[task]
    maker: Callable[[Job], list[Path]] = getattr(
        import_module(f"workers.engines.sandbox.{module}"), name
    )
    return maker


def _main(spec: dict[str, Any]) -> None:
    job = Job.from_spec(spec)
    if job.task.startswith("video."):
        step_back()
    paths = _maker(job.task)(job)
    job.meter.end()
    emit({"done": {"outputs": [path.name for path in paths]}})


if __name__ == "__main__":
    run_child(_main)
