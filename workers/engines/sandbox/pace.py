"""How long a plan would take on a GPU, for those who want the sandbox to feel like one."""

from workers.engines.base import RenderPlan

_MEGAPIXEL = 1024 * 1024
_SECONDS_EACH = {"image.generate": 6.0, "image.edit": 8.0, "image.upscale": 1.0}
_SECONDS_A_FRAME = {"video.generate": 0.55, "video.extend": 0.55, "video.upscale": 0.10}


def like_a_gpu(plan: RenderPlan) -> float:
    """Return seconds for a plan, proportional to its pixels: a 5 s 720p film takes a minute."""
    values = plan.effective_input
    megapixels = float(values["width"] * values["height"]) / _MEGAPIXEL
    if plan.task in _SECONDS_EACH:
        detail = 1.5 if values.get("highDetail") else 1.0
        return _SECONDS_EACH[plan.task] * megapixels * int(values.get("count", 1)) * detail
    frames = int(values.get("durationFrames") or values.get("frames") or 0)
    return _SECONDS_A_FRAME.get(plan.task, 0.0) * megapixels * frames
