import base64
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from gateway.library.preview_files import PREVIEW_SIDES
from tests.workers.studio import FILM_INPUT, PipelineStudio
from workers.pipelines.base import do_chores
from workers.pipelines.errors import OutputInvalid
from workers.video.chores.chore_forms import FinishPictureChore, PreviewOrder
from workers.video.preview_clips import CLIP_WIDTH, fit_clip
from workers.video.previews import MAX_PLACEHOLDER_CHARACTERS, draw_pictures, try_previews

SIDES = st.one_of(st.integers(1, 40), st.integers(1, 1_300), st.sampled_from([255, 256, 257, 1024]))


@example(width=1, height=1, noisy=True)
@example(width=1, height=1_300, noisy=True)
@example(width=1_025, height=1_024, noisy=False)
@given(width=SIDES, height=SIDES, noisy=st.booleans())
def test_previews_of_any_shape_are_never_enlarged(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, *, noisy: bool
) -> None:
    folder = tmp_path_factory.mktemp("previews")
    small = Image.effect_noise((24, 24), 90).convert("RGB") if noisy else Image.new("RGB", (1, 1))
    picture = small.resize((width, height), Image.Resampling.BILINEAR)
    order: PreviewOrder = {"sides": PREVIEW_SIDES, "prefix": f"{folder}/p_"}
    form = try_previews(lambda form: draw_pictures(picture, order, form))
    assert form["problem"] is None
    longest = max(width, height)
    drawn = [int(side) for side in form["pictures"]]
    assert sorted(drawn) == [
        side
        for place, side in enumerate(PREVIEW_SIDES)
        if side < longest or not any(each >= longest for each in PREVIEW_SIDES[:place])
    ]
    for side, path in form["pictures"].items():
        with Image.open(path) as preview:
            assert preview.format == "WEBP"
            assert max(preview.size) == min(int(side), longest)
            scale = max(preview.size) / longest
            assert preview.width == pytest.approx(max(1, width * scale), abs=1)
            assert preview.height == pytest.approx(max(1, height * scale), abs=1)
    placeholder = form["placeholder"] or ""
    assert len(placeholder) <= MAX_PLACEHOLDER_CHARACTERS
    head, _, data = placeholder.partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(BytesIO(base64.b64decode(data))) as tiny:
        assert max(tiny.size) <= min(24, longest)


@given(width=st.integers(2, 4_096), height=st.integers(2, 4_096))
def test_a_clip_of_any_shape_has_even_sides_and_is_never_enlarged(width: int, height: int) -> None:
    size = fit_clip(width, height)
    assert all(side % 2 == 0 and side >= 2 for side in size)
    assert size[0] <= min(width, CLIP_WIDTH)
    assert size[1] == pytest.approx(height * min(1, CLIP_WIDTH / width), abs=2)


@pytest.mark.anyio
async def test_a_film_has_a_silent_clip_of_its_first_three_seconds(studio: PipelineStudio) -> None:
    film = FILM_INPUT | {"width": 384, "durationFrames": 73}
    output = await studio.run_for_one("video.generate", film)
    assert {side: path.suffix for side, path in output.previews.pictures.items()} == {
        256: ".webp",
        512: ".webp",
    }
    assert output.previews.clip is not None
    with av.open(str(output.previews.clip)) as clip:
        assert not clip.streams.audio
        stream = clip.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.width) == ("h264", 320)
        assert (stream.frames, stream.average_rate) == (72, Fraction(24))
    # faststart: a browser can play it before all of it is there
    assert output.previews.clip.read_bytes().index(b"moov") < 64


@pytest.mark.anyio
async def test_an_output_is_made_though_its_previews_cannot_be(tmp_path: Path) -> None:
    Image.new("RGB", (300, 200)).save(tmp_path / "made.png")
    chore: FinishPictureChore = {
        "do": "finish_picture",
        "source": str(tmp_path / "made.png"),
        "target": str(tmp_path / "output.png"),
        "poster": str(tmp_path / "poster.webp"),
        "previews": {"sides": PREVIEW_SIDES, "prefix": str(tmp_path / "missing" / "preview_")},
        "format": "png",
        "base": None,
        "mask": None,
    }
    [answer] = await do_chores([chore], otherwise=OutputInvalid)
    assert answer["facts"]["width"] == 300
    previews = answer["previews"]
    assert previews is not None
    assert (previews["pictures"], previews["clip"]) == ({}, None)
    assert (previews["problem"] or "").startswith("FileNotFoundError")
