import time

import pytest

from tests.workers.studio import FILM_INPUT, PICTURE_INPUT, PipelineStudio
from workers.engines.sandbox.reserved_words import ReservedWords
from workers.pipelines.errors import (
    AudioConditioningFailed,
    ContentRejected,
    EngineFailed,
    OutOfMemory,
    OutputInvalid,
    PipelineFailed,
    PlanRefused,
    WorkerLost,
)

pytestmark = pytest.mark.anyio


@pytest.mark.promise("engines: faults-release")
@pytest.mark.parametrize(
    ("word", "error", "code", "again"),
    [
        ("reject", PlanRefused, "engine_failed", False),
        ("fail", EngineFailed, "engine_failed", True),
        ("oom", OutOfMemory, "out_of_memory", True),
        ("bad-output", OutputInvalid, "output_invalid", True),
        ("audio-fail", AudioConditioningFailed, "audio_conditioning_failed", False),
        ("content", ContentRejected, "content_rejected", False),
    ],
)
async def test_a_word_in_the_prompt_ends_badly_each_time(
    studio: PipelineStudio, word: str, error: type[PipelineFailed], code: str, *, again: bool
) -> None:
    order = PICTURE_INPUT | {"prompt": f"a fox [sandbox:{word}]"}
    for _ in range(2):
        with pytest.raises(error) as ended:
            await studio.run_pipeline("image.generate", order)
        assert type(ended.value) is error
        assert (ended.value.code, ended.value.retryable_elsewhere) == (code, again)


async def test_a_film_one_frame_short_is_refused(studio: PipelineStudio) -> None:
    with pytest.raises(OutputInvalid, match="does not match the request") as ended:
        await studio.run_pipeline("video.generate", FILM_INPUT | {"prompt": "[sandbox:bad-output]"})
    assert ended.value.detail == "frames: 8 instead of 9"


@pytest.mark.parametrize(("word", "error"), [("fail-once", EngineFailed), ("lost", WorkerLost)])
async def test_a_word_for_the_first_attempt_spares_the_second(
    studio: PipelineStudio, word: str, error: type[PipelineFailed]
) -> None:
    order = PICTURE_INPUT | {"prompt": f"a fox [sandbox:{word}]"}
    with pytest.raises(error):
        await studio.run_pipeline("image.generate", order)
    assert await studio.run_pipeline("image.generate", order)


async def test_slow_takes_the_seconds_it_names(studio: PipelineStudio) -> None:
    started = time.monotonic()
    await studio.run_pipeline(
        "image.generate", PICTURE_INPUT | {"prompt": "a fox [sandbox:slow=1]"}
    )
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("prompt", "faults", "slow"),
    [
        ("plain", set(), None),
        ("a [sandbox:fail-once] b [sandbox:slow=999]", {"fail-once"}, 120),
        ("[sandbox:slow=0]", set(), 1),
        ("[sandbox:unknown] [sandbox: fail] sandbox:fail", set(), None),
        (None, set(), None),
    ],
)
async def test_only_whole_words_count(prompt: object, faults: set[str], slow: int | None) -> None:
    words = ReservedWords.from_prompt(prompt)
    assert (set(words.faults), words.slow_seconds) == (faults, slow)
