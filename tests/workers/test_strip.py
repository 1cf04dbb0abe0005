from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.workers.reel import read_strips, write_numbered_film
from workers.video.rates import convert_frame_count, samples_for_frames, to_frame_rate
from workers.video.strip import read_strip, write_strip


@pytest.mark.parametrize("width", [64, 128, 256, 640])
def test_a_frame_number_survives_the_encoder(tmp_path: Path, width: int) -> None:
    film = write_numbered_film(
        tmp_path / "film.mp4", range(43688, 43694), width=width, height=64, sound=False
    )
    assert read_strips(film) == list(range(43688, 43694))


def test_a_picture_without_a_strip_has_no_number() -> None:
    grey = np.full((64, 64, 3), 128, dtype=np.uint8)
    assert read_strip(grey) is None
    write_strip(grey, 40000)
    assert read_strip(grey) == 40000


def test_only_the_bottom_rows_hold_the_strip() -> None:
    pixels = np.full((480, 64, 3), 128, dtype=np.uint8)
    write_strip(pixels, 0)
    assert (pixels[:460] == 128).all()
    assert (pixels[460:] == 0).all()
    write_strip(pixels, 65535)
    assert (pixels[460:] == 255).all()


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        (24, Fraction(24)),
        (29.97003, Fraction(30000, 1001)),
        (23.976024, Fraction(24000, 1001)),
        (12.5, Fraction(25, 2)),
        ("30000/1001", Fraction(30000, 1001)),
    ],
)
def test_a_rate_on_the_wire_is_read_exactly(written: float | str, rate: Fraction) -> None:
    assert to_frame_rate(written) == rate


def test_samples_follow_the_running_total_of_frames() -> None:
    fps = Fraction(30000, 1001)
    each = [samples_for_frames(n + 1, fps) - samples_for_frames(n, fps) for n in range(3000)]
    assert sum(each) == 3000 * 1001 * 48 // 30
    assert set(each) == {1601, 1602}
    assert each[:5] == [1602, 1601, 1602, 1601, 1602]


def test_frames_at_another_rate_are_the_nearest_number() -> None:
    assert convert_frame_count(25, Fraction(50), Fraction(24)) == 12
    assert convert_frame_count(1, Fraction(60), Fraction(12)) == 1
    assert convert_frame_count(17, Fraction(24), Fraction(24)) == 17
