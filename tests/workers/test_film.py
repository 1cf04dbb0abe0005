from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.workers.reel import (
    draw_numbered,
    list_idr_frames,
    measure_sound_seconds,
    read_frames,
    read_strips,
    write_numbered_film,
)
from workers.video.film import Film, FilmShape
from workers.video.frames import decode_frames, open_media
from workers.video.probe import measure_film
from workers.video.remux import clean_film


def test_a_kt1_film_can_be_cut_at_every_legal_overlap(tmp_path: Path) -> None:
    film = write_numbered_film(tmp_path / "film.mp4", range(97), width=64, height=64, overlap=33)
    assert {0, 1, 9, 17, 25, 33, 48, 96} <= set(list_idr_frames(film))


def test_frames_of_another_film_do_not_force_their_pictures(tmp_path: Path) -> None:
    source = write_numbered_film(tmp_path / "source.mp4", range(9), width=64, height=64)
    with (
        open_media(source) as container,
        Film(tmp_path / "film.mp4", FilmShape(64, 64, Fraction(24)), sound=False) as film,
    ):
        for _ in range(3):
            film.add_frame(av.VideoFrame.from_ndarray(draw_numbered(64, 64, 1), format="rgb24"))
        for frame in decode_frames(container):
            film.add_frame(frame)
    assert list_idr_frames(tmp_path / "film.mp4") == [0, 1, 9]


def test_the_sound_lasts_exactly_as_long_as_the_picture(tmp_path: Path) -> None:
    film = write_numbered_film(tmp_path / "film.mp4", range(25))
    assert measure_sound_seconds(film) == Fraction(25, 24)


def test_a_probe_measures_what_is_there(tmp_path: Path) -> None:
    facts = measure_film(write_numbered_film(tmp_path / "film.mp4", range(17), width=192, fps=25))
    assert (facts.width, facts.height, facts.frames) == (192, 128, 17)
    assert facts.fps == Fraction(25)
    assert facts.duration == facts.sound == Fraction(17, 25)
    assert facts.codec == "h264"


def test_cleaning_drops_tags_and_keeps_every_frame(tmp_path: Path) -> None:
    source, clean = tmp_path / "tagged.mp4", tmp_path / "clean.mp4"
    with av.open(str(source), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata.update(prompt="a secret prompt", comment="a secret comment")
        stream = container.add_stream("libx264", rate=24)
        stream.width = stream.height = 64
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(draw_numbered(64, 64, number), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert b"secret" in source.read_bytes()
    clean_film(source, clean)
    assert b"secret" not in clean.read_bytes()
    assert read_strips(clean) == list(range(5))
    assert clean.read_bytes().index(b"moov") < clean.read_bytes().index(b"mdat")


def test_the_same_frames_decode_to_the_same_pixels(tmp_path: Path) -> None:
    one, two = (write_numbered_film(tmp_path / f"{name}.mp4", range(9)) for name in "ab")
    assert np.array_equal(read_frames(one), read_frames(two))
