"""Stored media with chosen measures, and one call from JSON to plan."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from gateway.kit.errors import Problem
from gateway.library.facts import MediaFacts
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.base import Adjustment, Plan
from gateway.media.tasks.catalogue import TASKS, read_input
from gateway.media.tasks.prices import PriceTable

PRICES = PriceTable()
SEED = 42
Media = Mapping[str, Sequence[StoredMedia]]


def build_picture(
    width: int = 1280, height: int = 704, mime_type: str = "image/webp"
) -> StoredMedia:
    facts = MediaFacts(
        kind="image", mime_type=mime_type, sha256="a" * 64, size_bytes=9, width=width, height=height
    )
    return StoredMedia(facts=facts, key="k", source="asset://ast_1")


def build_sound(seconds: float | Fraction) -> StoredMedia:
    facts = MediaFacts(
        kind="audio",
        mime_type="audio/wav",
        sha256="b" * 64,
        size_bytes=9,
        duration=Fraction(seconds),
        has_audio=True,
    )
    return StoredMedia(facts=facts, key="k", source="https://cdn.example.com/voice.wav")


def build_clip(
    width: int = 1280,
    height: int = 704,
    frames: int = 121,
    fps: Fraction | int = 24,
    *,
    has_audio: bool = True,
    overlap_frames: int | None = None,
) -> StoredMedia:
    facts = MediaFacts(
        kind="video",
        mime_type="video/mp4",
        sha256="c" * 64,
        size_bytes=9,
        width=width,
        height=height,
        frames=frames,
        fps=Fraction(fps),
        duration=Fraction(frames) / fps,
        has_audio=has_audio,
    )
    return StoredMedia(facts=facts, key="k", source="job://job_A/0", overlap_frames=overlap_frames)


def plan_input(task: str, asked: dict[str, Any], media: Media | None = None) -> Plan:
    """Return the plan of a task for an input in wire names and measured media."""
    planned_task = TASKS[task]
    task_input = read_input(planned_task, asked)
    return planned_task.plan(task_input, media or {}, seed=SEED, prices=PRICES)


def get_refusal(task: str, asked: dict[str, Any], media: Media | None = None) -> Problem:
    """Return the problem with which planning refuses an input."""
    with pytest.raises(Problem) as caught:
        plan_input(task, asked, media)
    return caught.value


def list_changes(planned: Plan) -> list[tuple[str, Any, Any, str]]:
    """Return field, requested, effective and rule of each adjustment; messages are sentences."""
    for adjustment in planned.adjustments:
        assert adjustment.message.endswith(".")
    return [_short(adjustment) for adjustment in planned.adjustments]


def _short(adjustment: Adjustment) -> tuple[str, Any, Any, str]:
    return adjustment.field, adjustment.requested, adjustment.effective, adjustment.rule


def list_warning_codes(planned: Plan) -> list[str]:
    return [warning.code for warning in planned.warnings]
