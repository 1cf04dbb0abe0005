"""audio.generate: reserved, answers `task_not_enabled` until a pipeline exists."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from gateway.kit import money
from gateway.media.tasks.adjust import exact, plain
from gateway.media.tasks.base import SANDBOX, Family, Media, Plan, Reference, Task, TaskInput
from gateway.media.tasks.fields import Prompt, Seed
from gateway.media.tasks.prices import Price, PriceTable, charge
from gateway.media.tasks.stages import ONE_PASS

DEFAULT_SECONDS = 8.0
LONGEST_SECONDS = 60


class AudioGenerateInput(TaskInput):
    """Make sound from a prompt."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "rain on tin", "durationSeconds": 8}]}
    )

    prompt: Annotated[
        Prompt, Field(min_length=1, max_length=4000, description="What is to be heard.")
    ]
    duration_seconds: Annotated[
        float, Field(ge=1, le=LONGEST_SECONDS, description="Length in seconds.")
    ] = DEFAULT_SECONDS
    seed: Seed = None


def check(_: AudioGenerateInput) -> None:
    """Refuse nothing: no fields exclude each other."""


def references(_: AudioGenerateInput) -> list[Reference]:
    """Return nothing: this task takes no media."""
    return []


def plan(
    asked: AudioGenerateInput,
    media: Media,  # noqa: ARG001 - all tasks plan alike
    /,
    *,
    seed: int,
    prices: PriceTable,
    family: Family = SANDBOX,  # noqa: ARG001
) -> Plan:
    """Decide length, seed and price."""
    return Plan(
        effective_input={
            "prompt": asked.prompt,
            "durationSeconds": plain(exact(asked.duration_seconds)),
            "seed": seed if asked.seed is None else asked.seed,
        },
        adjustments=[],
        warnings=[],
        price=price(asked, prices),
        media={},
        pixel_frames=0,
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
    )


def price(asked: AudioGenerateInput, prices: PriceTable) -> Price:
    """Return the price of this many seconds."""
    return charge(
        prices,
        unit="second",
        quantity=exact(asked.duration_seconds),
        unit_price=prices.audio_generate.second_microusd,
    )


def price_entry(prices: PriceTable) -> dict[str, Any]:
    """Describe the price for the catalogue."""
    rates = prices.audio_generate
    return {
        "unit": "second",
        "rates": rates.model_dump(),
        "minimumUsd": money.usd(rates.second_microusd),
        "multipliers": {},
        "formula": f"ceil({rates.second_microusd} * durationSeconds) micro-USD",
    }


TASK = Task(
    name="audio.generate",
    title="Generate audio (reserved)",
    description="Make sound from a prompt. Reserved: not enabled yet.",
    makes="audio",
    model=AudioGenerateInput,
    check=check,
    references=references,
    plan=plan,
    price=price_entry,
    limits={"durationSeconds": {"minimum": 1, "maximum": LONGEST_SECONDS}},
    guidance=(),
    queue="video",
    run_limit_seconds=300,
    stages=ONE_PASS,
    enabled=False,
)
