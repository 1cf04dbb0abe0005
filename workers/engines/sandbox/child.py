"""The child process of one sandbox attempt: `python -I -m workers.engines.sandbox.child`.

The engine writes the spec to stdin; the child writes JSON lines: `{stage, step, steps}`, `{alive}`
and at last `{done: {outputs: [name]}}` or `{error: {code, message, trace}}`.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from workers.engines.sandbox.job import SandboxJob, SandboxJobForm
from workers.engines.sandbox.makers import MAKERS
from workers.processes.confinement import ChildError, emit_line, lower_priority, run_child


def _load_maker(task: str) -> Callable[[SandboxJob], list[Path]]:
    if task not in MAKERS:
        raise ChildError(f"the sandbox does not make {task}", code="incompatible")
    module = import_module(MAKERS[task].module)
    make: Callable[[SandboxJob], list[Path]] = getattr(module, MAKERS[task].function)
    return make


def main(spec: SandboxJobForm) -> None:
    """Make what the spec asks for and answer."""
    job = SandboxJob.from_spec(spec)
    if job.makes == "video":
        lower_priority()
    paths = _load_maker(job.task)(job)
    job.meter.finish()
    emit_line({"done": {"outputs": [path.name for path in paths]}})


if __name__ == "__main__":
    run_child(main)
