"""The grid of the engines: a plan that is not on it is our bug, so nothing here rounds."""

from workers.engines.base import IllegalPlan, RenderPlan

_FRAME_RATES = frozenset({24, 25, 30, 48, 50})
_MAX_OVERLAP = 97


def require_legal(plan: RenderPlan) -> None:
    """Check sizes, frame counts and anchors of a plan.

    Raises:
        IllegalPlan: a value is off the grid.
    """
    values = plan.effective_input
    width, height = values["width"], values["height"]
    if plan.task in {"video.generate", "video.extend"}:
        _on_grid("width", width, 64)
        _on_grid("height", height, 64)
        _legal_film(plan)
    elif plan.task in {"image.generate", "image.edit"}:
        _on_grid("width", width, 16)
        _on_grid("height", height, 16)
    if min(width, height) < 1:
        raise IllegalPlan("width and height are positive")


def _on_grid(name: str, value: int, step: int) -> None:
    if value % step:
        raise IllegalPlan(f"{name} {value} is no multiple of {step}")


def _legal_film(plan: RenderPlan) -> None:
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
