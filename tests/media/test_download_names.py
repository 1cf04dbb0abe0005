"""File names of downloads, for any prompt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kit.search_text import fold_text
from gateway.media.jobs.download_names import DEVICE_NAMES, build_download_name

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(png|mp4|flac)")
MIME_TYPES = {"image": "image/png", "video": "video/mp4", "audio": "audio/flac"}


@given(st.text(max_size=200), st.sampled_from(sorted(MIME_TYPES)), st.integers(0, 9))
def test_any_prompt_becomes_a_short_ascii_name(prompt: str, kind: str, index: int) -> None:
    name = build_download_name(prompt, kind=kind, mime_type=MIME_TYPES[kind], index=index, count=1)
    assert NAME.fullmatch(name), name
    assert len(name) <= 48
    stem = name.partition(".")[0]
    assert stem.count("-") <= 6 + (stem.partition("-")[0] in {"picture", "video", "sound"})
    assert stem not in DEVICE_NAMES
    assert stem.endswith(f"-{index + 1}") or not index


@pytest.mark.parametrize(
    ("prompt", "index", "count", "name"),
    [
        ("Fox astronaut", 1, 4, "fox-astronaut-2.png"),
        ("Fox astronaut", 0, 4, "fox-astronaut-1.png"),
        ("Fox astronaut", 0, 1, "fox-astronaut.png"),
        ("Élan & Ñandú: don't stop me now, please", 0, 1, "elan-nandu-dont-stop-me-now.png"),
        ("狐", 0, 1, "picture.png"),
        ("", 2, 3, "picture-3.png"),
        ("con", 0, 1, "picture-con.png"),
        ("x" * 100, 0, 1, f"{'x' * 44}.png"),
    ],
)
def test_a_name_is_words_of_the_prompt(prompt: str, index: int, count: int, name: str) -> None:
    built = build_download_name(
        prompt, kind="image", mime_type="image/png", index=index, count=count
    )
    assert built == name


@given(st.text(max_size=100))
def test_text_folds_once_and_for_all(words: str) -> None:
    assert fold_text(fold_text(words)) == fold_text(words) == fold_text(words.upper())
