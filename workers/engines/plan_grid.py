"""The grid of the engines: a plan off it is a bug of ours, so it is refused and never rounded."""

from gateway.media.tasks.audio_generate import LONGEST_SECONDS as LONGEST_SOUND_SECONDS
from gateway.media.tasks.catalogue import TASKS
from workers.engines.base import IllegalPlan, RenderPlan

_FRAME_RATES = frozenset({24, 25, 30, 48, 50})
_MAX_OVERLAP = 97


def require_legal_plan(plan: RenderPlan) -> None:
    """Refuse a plan whose sizes, frame counts or anchors are off the grid.

    Raises:
        IllegalPlan: a value is off the grid.
    """
    task, values = TASKS[plan.task], plan.effective_input
    if task.output_kind == "audio":
        _require_length(values["durationSeconds"])
    else:
        _require_canvas(values["width"], values["height"], task.grid)
    if "durationFrames" in values:
        _require_frames(plan)


def _require_length(seconds: float) -> None:
    if not 1 <= seconds <= LONGEST_SOUND_SECONDS:
        raise IllegalPlan(f"{seconds} s of sound are not offered")


def _require_canvas(width: int, height: int, grid: int) -> None:
    if min(width, height) < 1:
        raise IllegalPlan("width and height are positive")
    for name, value in (("width", width), ("height", height)):
        if value % grid:
            raise IllegalPlan(f"{name} {value} is no multiple of {grid}")


def _require_frames(plan: RenderPlan) -> None:
    values, overlap = plan.effective_input, len(plan.inputs.overlap_frames)
    frames = values["durationFrames"]
    if frames % 8 != 1:
        raise IllegalPlan(f"{frames} frames are not 8n+1")
    if values["fps"] not in _FRAME_RATES:
        raise IllegalPlan(f"{values['fps']} frames a second are not offered")
    if overlap and (overlap % 8 != 1 or overlap > _MAX_OVERLAP or overlap >= frames):
        raise IllegalPlan(f"{overlap} overlap frames do not fit {frames} frames")
    if overlap and plan.inputs.start_frame is not None:
        raise IllegalPlan("a start frame excludes overlap frames")
