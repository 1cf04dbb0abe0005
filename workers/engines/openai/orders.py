"""Orders of a plan: what its calls carry, and no field that its family does not take."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from gateway.media.tasks.image_edit import ImageEditInput
from workers.engines.base import IllegalPlan, InputRef, RenderPlan
from workers.engines.openai.dialects.dialect import Dialect, Order
from workers.engines.openai.upstreams import STEPS, ServerFamily

VIDEO_TASKS = frozenset({"video.generate"})
_UNSUPPORTED = ("overlap_frames", "reference_audio")
_USUAL_STRENGTH = float(ImageEditInput.model_fields["strength"].get_default())


@dataclass(frozen=True, slots=True)
class JobOrigin:
    """The job of a plan: its price, the most that we pay for it, and the hops that it came by."""

    price_microusd: int | None = None
    hops: int = 0


UNKNOWN_ORIGIN = JobOrigin()


def build_orders(
    attempt: UUID,
    plan: RenderPlan,
    family: ServerFamily,
    dialect: Dialect,
    files: Mapping[str, Path],
    origin: JobOrigin,
) -> list[Order]:
    """Build the orders of a plan: one a picture with seed + k, or one for all if it `counts`.

    `files` are the inputs by the names under which they were put in.

    Raises:
        IllegalPlan: the plan has something that the family does not take.
    """
    if plan.task != family.task:
        raise IllegalPlan(f"{family.name} does no {plan.task}")
    values, takes = plan.effective_input, family.takes
    count = int(values.get("count", 1))
    # Unset, some servers use a seed of their own that never changes. So it is sent wherever it can
    # be; `takes` decides only whether a user may choose it.
    seed = int(values["seed"]) if "seed" in dialect.bindings[plan.task] else None
    _require_taken(plan, family)
    first = Order(
        task=plan.task,
        model=family.model,
        key=str(attempt),
        prompt=str(values["prompt"]),
        width=int(values["width"]),
        height=int(values["height"]),
        pictures=count if dialect.counts else 1,
        seed=seed,
        negative_prompt=str(values.get("negativePrompt") or "") or None,
        steps=_find_steps(plan, family),
        high_detail=STEPS in takes and bool(values.get("highDetail")),
        guidance=family.guidance,
        strength=float(values["strength"]) if "strength" in takes else None,
        frames=int(values["durationFrames"]) if plan.task in VIDEO_TASKS else None,
        fps=int(values["fps"]) if plan.task in VIDEO_TASKS else None,
        sound=bool(values.get("generateAudio")) if "generateAudio" in takes else None,
        most_microusd=origin.price_microusd,
        hops=origin.hops + 1,
    )
    order = _add_files(first, plan, takes, files)
    calls = 1 if dialect.counts else count
    return [replace(order, seed=None if seed is None else seed + k) for k in range(calls)]


def _require_taken(plan: RenderPlan, family: ServerFamily) -> None:
    """Refuse values that the family took when the job was priced, and takes no more.

    Every edit has a strength, which at its default asks for nothing.

    Raises:
        IllegalPlan: without its refusal the value would be left out.
    """
    values, takes, most = plan.effective_input, family.takes, family.most_frames
    asked = {
        "negativePrompt": bool(values.get("negativePrompt")) and "negativePrompt" not in takes,
        "strength": values.get("strength", _USUAL_STRENGTH) != _USUAL_STRENGTH
        and "strength" not in takes,
        "highDetail": bool(values.get("highDetail")) and STEPS not in takes,
        "durationFrames": most is not None and values.get("durationFrames", 0) > most,
    }
    for name, is_refused in asked.items():
        if is_refused:
            raise IllegalPlan(f"the family does not take this {name} any more")


def _find_steps(plan: RenderPlan, family: ServerFamily) -> int | None:
    """Return the steps: of pictures the planned ones, half as many again for more detail."""
    if family.steps is None:
        return None
    planned = plan.effective_input.get(STEPS)
    return planned if isinstance(planned, int) else family.steps


def _add_files(
    order: Order, plan: RenderPlan, takes: frozenset[str], files: Mapping[str, Path]
) -> Order:
    inputs = plan.inputs
    for name in _UNSUPPORTED:
        if getattr(inputs, name):
            raise IllegalPlan(f"servers take no {name}")
    for field, binding in (
        ("start_frame", "startFrame"),
        ("final_frame", "finalFrame"),
        ("mask", "mask"),
    ):
        if getattr(inputs, field) is not None and binding not in takes:
            raise IllegalPlan(f"the family takes no {binding}")

    def find(ref: InputRef | None) -> Path | None:
        return None if ref is None else files[ref.name]

    return replace(
        order,
        source=find(inputs.source),
        references=[files[ref.name] for ref in inputs.references],
        mask=find(inputs.mask),
        start_frame=find(inputs.start_frame),
        final_frame=find(inputs.final_frame),
    )
