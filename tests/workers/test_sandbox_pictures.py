from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.workers.studio import PICTURE_INPUT, SMALL_CANVAS, PipelineStudio
from workers.video.strip import Pixels

pytestmark = pytest.mark.anyio

RED, BLUE = (200, 30, 30), (30, 30, 200)


def read_pixels(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.promise("engines: equal-jobs-separate-files")
async def test_equal_plans_give_equal_bytes_in_separate_files(studio: PipelineStudio) -> None:
    one, two = [await studio.run_for_one("image.generate", PICTURE_INPUT) for _ in range(2)]
    assert one.path != two.path
    assert one.path.read_bytes() == two.path.read_bytes()
    assert one.sha256 == two.sha256


@pytest.mark.parametrize("change", [{"seed": 8}, {"prompt": "a cat"}, {"highDetail": True}])
async def test_another_seed_prompt_or_detail_gives_another_picture(
    studio: PipelineStudio, change: dict[str, object]
) -> None:
    before = await studio.run_for_one("image.generate", PICTURE_INPUT)
    after = await studio.run_for_one("image.generate", PICTURE_INPUT | change)
    assert before.sha256 != after.sha256


async def test_picture_k_is_drawn_from_seed_plus_k(studio: PipelineStudio) -> None:
    series = await studio.run_pipeline("image.generate", PICTURE_INPUT | {"count": 3})
    third = await studio.run_for_one(
        "image.generate", PICTURE_INPUT | {"seed": PICTURE_INPUT["seed"] + 2}
    )
    assert len({output.sha256 for output in series}) == 3
    assert series[2].sha256 == third.sha256


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
async def test_a_picture_comes_in_the_format_ordered(studio: PipelineStudio, kind: str) -> None:
    output = await studio.run_for_one(
        "image.generate", PICTURE_INPUT | {"outputFormat": kind, "width": 272}
    )
    with Image.open(output.path) as picture:
        assert (picture.format or "").lower() == kind
        assert picture.size == (output.width, output.height) == (272, 256)
    assert output.mime_type == f"image/{kind}"
    assert output.size_bytes == output.path.stat().st_size
    assert output.poster_path is not None
    assert output.poster_path.stat().st_size < 20_000


async def test_an_edit_changes_only_what_the_mask_shows_white(studio: PipelineStudio) -> None:
    base = studio.write_picture("base", RED)
    mask = studio.folder / "mask.png"
    half = Image.new("L", (128, 128))
    half.paste(255, (0, 0, 64, 128))
    half.save(mask)
    output = await studio.run_for_one(
        "image.edit", PICTURE_INPUT, {"images": [base], "mask": [mask]}
    )
    edited = read_pixels(output.path)
    assert (edited[:, 132:] == RED).all()
    assert (edited[:, :120] != RED).any(axis=2).mean() > 0.9


async def test_an_edit_without_a_mask_changes_the_whole_and_shows_references(
    studio: PipelineStudio,
) -> None:
    base, other = studio.write_picture("base", RED, side=300), studio.write_picture("other", BLUE)
    output = await studio.run_for_one("image.edit", PICTURE_INPUT, {"images": [base, other]})
    edited = read_pixels(output.path)
    assert (edited == RED).all(axis=2).mean() < 0.01
    assert (edited == BLUE).all(axis=2).any()


async def test_a_stronger_edit_goes_further(studio: PipelineStudio) -> None:
    files = {"images": [studio.write_picture("base", RED)]}
    weak, strong = [
        read_pixels(
            (
                await studio.run_for_one(
                    "image.edit", PICTURE_INPUT | {"strength": strength}, files
                )
            ).path
        )
        for strength in (0.0, 1.0)
    ]
    away = [np.abs(each.astype(np.int16) - RED).mean() for each in (weak, strong)]
    assert away[0] < away[1] / 2


async def test_an_upscale_is_the_source_enlarged_with_a_badge(studio: PipelineStudio) -> None:
    source = (await studio.run_for_one("image.generate", PICTURE_INPUT)).path
    order = {"width": 512, "height": 512, "outputFormat": "png"}
    enlarged = read_pixels(
        (await studio.run_for_one("image.upscale", order, {"image": [source]})).path
    )
    ideal = np.asarray(Image.open(source).resize((512, 512), Image.Resampling.LANCZOS))
    assert (enlarged[100:] == ideal[100:]).all()
    assert (enlarged[:100] != ideal[:100]).any()


@pytest.mark.parametrize("prompt", ["x" * 4000, "a\tb\nc " * 500, "狐狸 🦊", " "])
async def test_any_prompt_can_be_written_on_the_picture(
    studio: PipelineStudio, prompt: str
) -> None:
    output = await studio.run_for_one("image.generate", PICTURE_INPUT | {"prompt": prompt})
    assert (output.width, output.height) == (SMALL_CANVAS["width"], SMALL_CANVAS["height"])
