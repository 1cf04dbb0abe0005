"""audio.generate: one sound without speech from a prompt."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from gateway.kit import money
from gateway.kit.errors import InvalidInput
from gateway.media.tasks.base import (
    INPUT,
    SANDBOX_FAMILY,
    Family,
    Media,
    Plan,
    Reference,
    Task,
    TaskInput,
)
from gateway.media.tasks.inputs.fields import Prompt, Seed
from gateway.media.tasks.prices import Price, PriceRule, PriceTable, compute_price
from gateway.media.tasks.rules.adjustments import to_exact_fraction, to_json_number
from gateway.media.tasks.stages import ONE_PASS

DEFAULT_SECONDS = 8.0
LONGEST_SECONDS = 60
PROMPT_GUIDANCE = (
    "Name what is heard, how near and how dense, and how it changes: sources, room, mood; for "
    "music also genre, instruments and tempo. There is no speech and no singing."
)
VIDEO_GUIDANCE = (
    "To lay the sound under a video, name `job://JOB/0` as the `referenceAudioUrl` of a "
    "`video.generate`; a shorter clip takes its beginning."
)


class AudioGenerateInput(TaskInput):
    """Make a sound without speech from a prompt."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "rain on tin", "durationSeconds": 8}]}
    )

    prompt: Annotated[
        Prompt, Field(min_length=1, max_length=4000, description="What is to be heard; no speech.")
    ]
    duration_seconds: Annotated[
        float, Field(ge=1, le=LONGEST_SECONDS, description="Length in seconds.")
    ] = DEFAULT_SECONDS
    output_format: Annotated[
        Literal["wav", "flac", "mp3"],
        Field(description="File format: WAV and FLAC lose nothing, MP3 is the smallest."),
    ] = "wav"
    seed: Seed = None


def check_input(_: AudioGenerateInput) -> None:
    """Accept every input: no fields of this task exclude each other."""


def list_references(_: AudioGenerateInput) -> list[Reference]:
    """Return nothing: this task takes no media."""
    return []


def plan_job(
    request: AudioGenerateInput,
    media: Media,  # noqa: ARG001 - all tasks plan alike
    /,
    *,
    seed: int,
    prices: PriceTable,
    family: Family = SANDBOX_FAMILY,
) -> Plan:
    """Decide length, seed and price of the sound.

    Raises:
        InvalidInput: the length is above what the model family makes.
    """
    seconds = to_json_number(to_exact_fraction(request.duration_seconds))
    if family.longest_seconds is not None and seconds > family.longest_seconds:
        raise InvalidInput(
            f"The model of this task makes {family.longest_seconds} s of sound at most.",
            field=f"{INPUT}.durationSeconds",
            hint=f"The nearest valid value is {family.longest_seconds}.",
        )
    return Plan(
        effective_input={
            "prompt": request.prompt,
            "durationSeconds": seconds,
            "outputFormat": request.output_format,
            "seed": seed if request.seed is None else request.seed,
        },
        adjustments=[],
        warnings=[],
        price=price_job(to_exact_fraction(seconds), prices),
        media={},
        pixel_frames=0,
        queue=TASK.queue,
        run_limit_seconds=TASK.run_limit_seconds,
    )


def price_job(seconds: Fraction, prices: PriceTable) -> Price:
    """Return the price of this many seconds of sound."""
    return compute_price(
        prices,
        unit="second",
        quantity=seconds,
        unit_price=prices.audio_generate.second_microusd,
    )


def build_price_rule(prices: PriceTable) -> PriceRule:
    """Describe the price for the catalogue."""
    rates = prices.audio_generate
    return PriceRule(
        unit="second",
        rates=rates.model_dump(),
        minimum_usd=money.render_usd(rates.second_microusd),
        multipliers={},
        formula=f"ceil({rates.second_microusd} * durationSeconds) micro-USD",
        version=prices.version,
    )


TASK = Task(
    name="audio.generate",
    title="Generate a sound",
    description="Make up to 60 s of sound or music from a prompt, without speech.",
    output_kind="audio",
    model=AudioGenerateInput,
    check_input=check_input,
    list_references=list_references,
    plan=plan_job,
    build_price_rule=build_price_rule,
    limits={"durationSeconds": {"minimum": 1, "maximum": LONGEST_SECONDS}},
    guidance=(PROMPT_GUIDANCE, VIDEO_GUIDANCE),
    queue="image",
    run_limit_seconds=300,
    stages=ONE_PASS,
)
