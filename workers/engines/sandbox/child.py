"""The child process of one sandbox attempt: `python -I -m workers.engines.sandbox.child`.

The engine writes the spec to stdin; the child writes JSON lines: `{stage, step, steps}`, `{alive}`
and at last `{done: {outputs: [name]}}` or `{error: {code, message, trace}}`.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from workers.engines.sandbox.job import Job, JobForm
from workers.engines.sandbox.makers import MAKERS
from workers.video.confine import ChildError, emit, run_child, step_back


def _maker(task: str) -> Callable[[Job], list[Path]]:
    if task not in MAKERS:
        raise ChildError(f"the sandbox does not make {task}", code="incompatible")
    module = import_module(MAKERS[task].module)
    make: Callable[[Job], list[Path]] = getattr(module, MAKERS[task].function)
    return make


def _main(spec: JobForm) -> None:
    job = Job.from_spec(spec)
    if job.makes == "video":
        step_back()
    paths = _maker(job.task)(job)
    job.meter.end()
    emit({"done": {"outputs": [path.name for path in paths]}})


if __name__ == "__main__":
    run_child(_main)
