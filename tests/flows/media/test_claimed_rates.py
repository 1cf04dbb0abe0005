"""Frames are the work: a rate that a file or a request claims makes none of them cheaper."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import Client, assert_problem, quote_item, to_data_uri
from tests.media.made_media import write_film


def make_claiming_clip(folder: Path, rate: Fraction | int, frames: int = 31) -> str:
    """Return a clip, inline, that claims this many frames a second."""
    path = write_film(folder / f"{frames}-{rate}.mp4".replace("/", "-"), frames=frames, rate=rate)
    return to_data_uri("video/mp4", path.read_bytes())


@pytest.mark.promise("jobs: price-follows-work")
@pytest.mark.parametrize("rate", [30, Fraction(60_000, 1001), 120])
def test_the_same_frames_cost_the_same_at_every_rate_above_30(
    client: Client, tmp_path: Path, rate: Fraction | int
) -> None:
    given = {"video": make_claiming_clip(tmp_path, rate), "target": "2160p"}
    dry = client.submit("video.upscale", given, dry=True).json()
    assert dry["effectiveInput"]["frames"] == 31
    assert (dry["priceMicrousd"], dry["breakdown"]["quantity"]) == (40_000, "1")
    (quoted,) = client.create_quote(quote_item("video.upscale", given))["items"]
    assert quoted["priceMicrousd"] == 40_000


@pytest.mark.parametrize(
    ("task", "field", "more"),
    [
        ("video.upscale", "video", {}),
        ("video.extend", "video", {"prompt": "on"}),
        ("video.combine", "videos.1", {}),
    ],
)
def test_a_source_above_120_frames_a_second_is_refused_and_holds_nothing(
    client: Client, tmp_path: Path, task: str, field: str, more: dict[str, Any]
) -> None:
    fast, slow = make_claiming_clip(tmp_path, 10_000), make_claiming_clip(tmp_path, 25)
    source = {"videos": [slow, fast]} if task == "video.combine" else {"video": fast}
    told = assert_problem(client.submit(task, source | more), 422, "media_unreadable")
    assert told["field"] == f"input.{field}"
    assert told["hint"] == "Give a clip of at most 120 frames a second."
    assert "10000 frames a second" in told["detail"]
    assert client.get_balance()["heldMicrousd"] == 0


@pytest.mark.parametrize("fps", [30, 48, 50])
def test_a_clip_of_the_same_frames_costs_the_same_at_every_rate_above_30(
    client: Client, fps: int
) -> None:
    given = {"prompt": "a fox", "durationFrames": 505, "fps": fps}
    dry = client.submit("video.generate", given, dry=True).json()
    assert (dry["priceMicrousd"], dry["breakdown"]["quantity"]) == (504_000, "16.8")


@pytest.mark.parametrize("rate", [30, 50, 120])
def test_new_frames_cost_the_same_at_every_rate_above_30(
    client: Client, tmp_path: Path, rate: int
) -> None:
    path = write_film(tmp_path / "long.mp4", frames=31, rate=rate, size=(256, 256))
    given = {
        "video": to_data_uri("video/mp4", path.read_bytes()),
        "prompt": "on",
        "extendFrames": 120,
    }
    dry = client.submit("video.extend", given, dry=True).json()
    assert (dry["priceMicrousd"], dry["breakdown"]["quantity"]) == (120_000, "4")
