"""Orders of a plan: what its calls carry, and no field that its family does not take."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from workers.engines.base import IllegalPlan, InputRef, RenderPlan
from workers.engines.openai.dialects.dialect import Dialect, Order
from workers.engines.openai.upstreams import STEPS, ServerFamily

VIDEO_TASKS = frozenset({"video.generate"})
_UNSUPPORTED = ("overlap_frames", "reference_audio")


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
    negative = str(values.get("negativePrompt") or "") or None
    if negative is not None and "negativePrompt" not in takes:
        raise IllegalPlan("the family takes no negativePrompt any more")
    first = Order(
        task=plan.task,
        model=family.model,
        key=str(attempt),
        prompt=str(values["prompt"]),
        width=int(values["width"]),
        height=int(values["height"]),
        pictures=count if dialect.counts else 1,
        seed=seed,
        negative_prompt=negative,
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
